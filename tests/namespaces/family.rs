//! The documents of a whole node, versions 1 and 3, beside version 2 and `ip`.
//!
//! All of them must agree with one another about the same moment.

use serde_json::{Value, json};

use crate::routes::at_rest;
use crate::support::agree::Node;
use crate::support::once::{netstatusd, refused};
use crate::support::outcome::Outcome;
use crate::vendor::devices_at_rest;

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\naddr add 10.0.0.25/32 dev v0\n\
                     route add default via 10.0.0.254\nlink add br0 type bridge\nlink set v1 master br0\n\
                     addr add 10.9.0.1/24 dev lo";

fn at_rest_v1(mut document: Value) -> Value {
    for key in ["bytes_sent", "bytes_received", "timestamp"] {
        document["network_details"][key] = Value::Null;
    }
    document
}

fn shown(node: &Node, arguments: &[&str]) -> Outcome<Value> {
    let output = netstatusd(&node.namespace, &[&["show"], arguments].concat())?;
    assert!(output.status.success(), "{output:?}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn version_1_is_interface_1() -> Outcome {
    let node = Node::with(LINKS)?;
    node.says("1", "/interface_details/speed", &json!(10_000))?;
    let v2 = at_rest(node.daemon.document("1")?);
    let v1 = at_rest_v1(node.daemon.json("/v1/network/status/1")?);
    assert_eq!(v1["network_details"], v2["interface_details"]);
    for key in ["node_name", "update_status"] {
        assert_eq!(v1[key], v2[key]);
    }
    let first = &v2["network_statuses"][0];
    for key in [
        "address",
        "floating_addresses",
        "netmask",
        "mtu",
        "assigned_by",
        "dns_servers",
    ] {
        assert_eq!(v1["network_status"][key], first[key], "{key}");
    }
    assert_eq!(v1["network_status"]["gateway"], "10.0.0.254");
    assert_eq!(
        (&v1["id"], &v1["network_status"]["id"]),
        (&json!(1), &json!(1))
    );
    for path in ["/v1/network/status", "/v1/network/status/"] {
        let list = node.daemon.json(path)?;
        assert_eq!(list.as_array().map(Vec::len), Some(1));
        assert_eq!(at_rest_v1(list[0].clone()), v1);
    }
    assert_eq!(at_rest_v1(shown(&node, &["--api", "v1"])?), v1);
    assert_eq!(node.daemon.get("/v1/network/status/2")?.status, 404);
    assert_eq!(node.daemon.get("/v1/network/status/x")?.status, 400);
    Ok(())
}

#[test]
fn version_3_has_every_device_that_ip_has() -> Outcome {
    let node = Node::with(LINKS)?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    node.says("br0", "/update_status", &json!("CHANGES_APPLIED"))?;
    let v3 = node.daemon.json("/v3/network/status/1")?;
    let said = node.namespace.ip_json("-d addr show")?;
    let devices: Vec<&Value> = v3["devices"].as_array().into_iter().flatten().collect();
    let links: Vec<&Value> = said.as_array().into_iter().flatten().collect();
    assert_eq!(devices.len(), links.len());
    for (device, link) in devices.iter().zip(&links) {
        let addresses = link["addr_info"].as_array().into_iter().flatten();
        let addresses: Vec<&Value> = addresses.map(|address| &address["local"]).collect();
        assert_eq!(device["name"], link["ifname"]);
        assert_eq!(device["mac_address"], link["address"]);
        assert_eq!(device["mtu"], link["mtu"]);
        assert_eq!(
            device["permanent_mac_address"].as_str(),
            Some(link["permaddr"].as_str().unwrap_or_default())
        );
        let part = &device["api_network_specific_fields"];
        let expected = match link["ifname"].as_str().unwrap_or_default() {
            "v1" => ("UNDERLYING", "br0", 0),
            // It has an address that others can know.
            "lo" | "v0" | "br0" => ("FRONTEND", "", 0),
            _ => ("NONE", "", addresses.len()),
        };
        let listed = part["addresses"].as_array().map(Vec::len);
        assert_eq!(part["type"], expected.0, "{device}");
        assert_eq!(part["upper_interface_name"], expected.1, "{device}");
        assert_eq!(listed, Some(expected.2), "{device}");
    }
    let own = devices.iter().find(|device| device["name"] == "v0");
    let own = own
        .map(|device| device["api_network_specific_fields"].clone())
        .unwrap_or_default();
    let network = &own["qumulo_ip_addresses"][0];
    assert_eq!(network["address"], "10.0.0.1");
    assert_eq!(network["floating_addresses"], json!(["10.0.0.25"]));
    assert_eq!(network["gateway"], "10.0.0.254");
    assert_eq!(network["network_id"], 1);
    let environment = json!({
        "dns_servers": ["192.0.2.53"],
        "dns_search_domains": ["a.example"],
        "systemwide_default_gateways": ["10.0.0.254"],
    });
    assert_eq!(v3["environment"], environment);
    assert_eq!(
        v3["network_statuses"]["1"],
        json!({"name": "Default", "status": "APPLIED", "details": ""})
    );
    let rest = devices_at_rest(v3);
    for path in ["/v3/network/status", "/v3/network/status/"] {
        assert_eq!(devices_at_rest(node.daemon.json(path)?[0].clone()), rest);
    }
    assert_eq!(devices_at_rest(shown(&node, &["--api", "v3"])?), rest);
    refused(&node.namespace, &["show", "v0", "--api", "v3"], 2, "v0")?;
    assert_eq!(node.daemon.get("/v3/network/status/2")?.status, 404);
    Ok(())
}

#[test]
fn networks_by_number() -> Outcome {
    let node = Node::with(LINKS)?;
    let list = node.daemon.json("/v2/network/interfaces/1/networks/")?;
    assert_eq!(
        list,
        node.daemon.json("/v2/network/interfaces/v0/networks")?
    );
    assert_eq!(
        list[0],
        node.daemon.json("/v2/network/interfaces/1/networks/1/")?
    );
    assert_eq!(
        (&list[0]["ip_ranges"], &list[0]["floating_ip_ranges"]),
        (&json!(["10.0.0.1"]), &json!(["10.0.0.25"]))
    );
    for (path, status) in [
        ("1/networks/99", 404),
        ("1/networks/99999999999999999999999", 404),
        ("1/networks/x", 400),
        ("nosuch/networks/", 404),
    ] {
        let reply = node.daemon.get(&format!("/v2/network/interfaces/{path}"))?;
        assert_eq!(reply.status, status, "{path}");
        assert!(reply.json()?["description"].is_string());
    }
    Ok(())
}

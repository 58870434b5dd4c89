//! What is wanted and what is so: a node becomes as configured, step by step, and says what is
//! still missing; a file made from a node wants what the node has.
//!
//! Every step is an `ip` command; each difference is named.

use std::fs;

use serde_json::{Value, json};

use crate::routes::at_rest;
use crate::support::agree::Node;
use crate::support::configured::Configured;
use crate::support::configured::Difference::{
    Gateway, Mtu, Netmask, NoAddress, NoLease, NoLink, NotAlone,
};
use crate::support::daemon::Scratch;
use crate::support::namespace::Namespace;
use crate::support::once::netstatusd;
use crate::support::outcome::{Outcome, eventually, fail};

const WANTED: &str = r#"
[node]
id = 1

[[interface]]
id = 7
name = "v0"
mtu = 1400
default_gateway = "10.0.0.254"

[[interface.network]]
id = 1
name = "Default"
assigned_by = "STATIC"
ip_ranges = ["10.0.0.11-14"]
floating_ip_ranges = ["10.0.0.21-10.0.0.40"]
netmask = "255.255.255.0"
dns_servers = ["192.0.2.53"]
"#;

#[test]
fn pending_turns_to_applied_as_each_thing_becomes_true() -> Outcome {
    let namespace = Namespace::new()?;
    let node = Configured::with(&namespace, WANTED)?;
    node.differs("7", &[NoLink("v0")])?;
    let missing = node.daemon.document("v0")?;
    assert_eq!(missing["interface_details"]["interface_status"], "MISSING");
    assert_eq!(missing["interface_details"]["mac_address"], "");
    assert_eq!(missing["interface_details"]["bytes_sent"], "0");
    assert_ne!(missing["interface_details"]["timestamp"], "0");
    assert_eq!(missing["interface_status"]["mtu"], 0);
    node.networks("7", &json!([["Default", "STATIC", "", [], "", 0, 0]]))?;
    let (mtu, gateway, address, netmask) = (
        Mtu("v0", 1500, 1400),
        Gateway("v0", "none", "10.0.0.254"),
        NoAddress("Default", "10.0.0.11-14", "v0"),
        Netmask("10.0.0.12", "v0", "255.255.0.0", "255.255.255.0"),
    );
    namespace.ip("link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up")?;
    node.differs("7", &[mtu, gateway, address])?;
    namespace.ip("link set v0 mtu 1400")?;
    node.differs("7", &[gateway, address])?;
    // Outside the ranges it is no network's, and no floating one's either.
    namespace.ip("addr add 10.0.0.99/24 dev v0")?;
    node.differs("7", &[gateway, address])?;
    namespace.ip("route add default via 10.0.0.254")?;
    node.differs("7", &[address])?;
    namespace.ip("addr add 10.0.0.12/16 dev v0")?;
    node.differs("7", &[netmask])?;
    namespace.ip("addr del 10.0.0.12/16 dev v0\naddr add 10.0.0.12/24 dev v0")?;
    node.differs("7", &[])?;
    namespace.ip("addr add 10.0.0.25/32 dev v0\naddr add 10.0.0.50/32 dev v0")?;
    let expected = json!([[
        "Default",
        "STATIC",
        "10.0.0.12",
        ["10.0.0.25"],
        "255.255.255.0",
        1400,
        0
    ]]);
    node.networks("7", &expected)?;
    namespace.ip("link del v0")?;
    node.differs("7", &[NoLink("v0")])
}

#[test]
fn exactly_the_configured_interfaces_are_served() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(
        "link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02\n\
         link property add dev v0 altname storage\nlink set v0 up\nlink set v1 up",
    )?;
    let wanted =
        "interface = [{ id = 5, mac = \"02:00:00:00:00:02\" }, { id = 3, name = \"storage\" }]";
    let node = Configured::with(&namespace, wanted)?;
    let list = node.daemon.json("/v2/network/interfaces/")?;
    let named: Value = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| json!([one["id"], one["name"]]))
        .collect();
    assert_eq!(named, json!([[3, "v0"], [5, "v1"]]));
    for (word, status) in [
        ("1", 404),
        ("lo", 404),
        ("v0", 200),
        ("storage", 200),
        ("v1", 200),
        ("3", 200),
    ] {
        assert_eq!(
            node.daemon
                .get(&format!("/v2/network/interfaces/{word}"))?
                .status,
            status,
            "{word}"
        );
    }
    // A rename changes what a name finds, and nothing for an address.
    namespace.ip("link set v1 name w1")?;
    eventually("w1 is interface 5", || {
        let name = node.daemon.document("5")?["interface_status"]["name"].clone();
        if name == "w1" {
            Ok(())
        } else {
            fail(name.to_string())
        }
    })?;
    namespace.ip("link property del dev v0 altname storage")?;
    // Two that are one link are told.
    node.reload(
        "interface = [{ id = 1, name = \"v0\" }, { id = 2, mac = \"02:00:00:00:00:01\" }]",
    )?;
    node.differs("1", &[NotAlone("v0", 2, 1)])?;
    node.differs("2", &[NotAlone("v0", 1, 2)])?;
    assert_eq!(node.daemon.get("/v2/network/interfaces/5")?.status, 404);
    Ok(())
}

#[test]
fn addresses_on_a_macvlan_or_a_bridge_are_the_networks() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(
        "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\naddr add 10.0.0.12/24 dev v0\n\
         link add vrrp link v0 type macvlan mode bridge\nlink set vrrp up\naddr add 10.0.0.25/32 dev vrrp",
    )?;
    let wanted = WANTED.replace("mtu = 1400\ndefault_gateway = \"10.0.0.254\"", "");
    let node = Configured::with(&namespace, &wanted)?;
    node.differs("7", &[])?;
    let expected = |mtu: u32| {
        json!([[
            "Default",
            "STATIC",
            "10.0.0.12",
            ["10.0.0.25"],
            "255.255.255.0",
            mtu,
            0
        ]])
    };
    node.networks("7", &expected(1500))?;
    namespace.ip(
        "link del vrrp\naddr flush dev v0\nlink add br0 type bridge\nlink set br0 mtu 1300\nlink set br0 up\n\
         link set v0 master br0\naddr add 10.0.0.12/24 dev br0\naddr add 10.0.0.25/32 dev br0",
    )?;
    let mtu = namespace.ip_json("link show br0")?[0]["mtu"]
        .as_u64()
        .unwrap_or_default();
    let expected = expected(u32::try_from(mtu)?);
    // Nothing differed before the change, nor does it on the way.
    node.networks("7", &expected)?;
    node.differs("7", &[])
}

#[test]
fn a_lease_comes_and_goes() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip("link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up")?;
    let network = r#"{ id = 1, name = "n", assigned_by = "DHCP" }"#;
    let wanted = format!("interface = [{{ id = 1, name = \"v0\", network = [{network}] }}]");
    let node = Configured::with(&namespace, &wanted)?;
    node.differs("1", &[NoLease("n", "v0")])?;
    namespace.ip("addr add 10.0.0.77/24 dev v0 valid_lft 900 preferred_lft 900")?;
    node.differs("1", &[])?;
    node.networks(
        "1",
        &json!([["n", "DHCP", "10.0.0.77", [], "255.255.255.0", 1500, 0]]),
    )?;
    namespace.ip("addr del 10.0.0.77/24 dev v0")?;
    node.differs("1", &[NoLease("n", "v0")])
}

#[test]
fn a_file_made_from_a_node_wants_what_it_has() -> Outcome {
    let node = Node::with(
        "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\naddr add 10.0.0.1/24 dev v0\n\
         addr add 10.0.0.25/32 dev v0\naddr add 2001:db8::1/64 dev v0 nodad\nroute add default via 10.0.0.254\n\
         addr add 10.3.0.7/24 dev v0 valid_lft 900 preferred_lft 900\naddr add 10.3.0.8/24 dev v0\n\
         addr add 10.3.0.9/24 dev v0 valid_lft 800 preferred_lft 800\nlink add br0 type bridge\n\
         route add default via 2001:db8::9 dev v0",
    )?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    for link in ["v0", "v1", "br0"] {
        node.says(link, "/update_status", &json!("CHANGES_APPLIED"))?;
    }
    let namespace = &node.namespace;
    let made = netstatusd(namespace, &["config", "init"])?;
    assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
    let folder = Scratch::new()?;
    let file = folder.path().join("c.toml");
    fs::write(&file, &made.stdout)?;
    let path = file.display().to_string();
    let checked = netstatusd(namespace, &["config", "check", &path])?;
    assert!(checked.status.success(), "{checked:?}");
    let shown = |arguments: &[&str]| -> Outcome<Vec<Value>> {
        let output = netstatusd(namespace, &[&["show"], arguments].concat())?;
        let said: Value = serde_json::from_slice(&output.stdout)?;
        Ok(said
            .as_array()
            .into_iter()
            .flatten()
            .cloned()
            .map(at_rest)
            .collect())
    };
    let configured = shown(&["--config", &path])?;
    assert_eq!(shown(&[])?, configured);
    assert!(configured.len() >= 3, "{configured:?}");
    let applied = |document: &Value| document["update_status"] == "CHANGES_APPLIED";
    assert!(configured.iter().all(applied), "{configured:#?}");
    // And it is that very state that is wanted: any change is a difference.
    node.namespace
        .ip("addr del 10.0.0.1/24 dev v0\nlink set v0 mtu 1400")?;
    let output = netstatusd(
        namespace,
        &["show", "v0", "--format", "table", "--config", &path],
    )?;
    let table = String::from_utf8(output.stdout)?;
    let mtu = Mtu("v0", 1400, 1500).to_string();
    for sentence in [&*mtu, "has no address of 10.0.0.1 on v0"] {
        assert!(table.contains(sentence), "no `{sentence}` in\n{table}");
    }
    Ok(())
}

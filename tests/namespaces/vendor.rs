//! The vendor's own client, unmodified, against the daemon's unix socket.
//!
//! It is `qq` from the vendor's package, which `tests/run` installs into `target/venv`.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::routes::at_rest;
use crate::support::agree::Node;
use crate::support::daemon::{Daemon, Scratch};
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, fail, skipped};

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\nroute add default via 10.0.0.254";

/// Where `tests/run` installs what `tests/requirements.txt` names.
fn environment() -> PathBuf {
    std::env::var_os("NETSTATUSD_VENV").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/venv")),
        PathBuf::from,
    )
}

/// Runs `qq` as a user of this node would, with a home of its own.
fn qq(daemon: &Daemon, home: &Scratch, arguments: &[&str]) -> Outcome<Output> {
    let mut qq = Command::new(environment().join("bin/qq"));
    qq.args(["--host", "localhost", "--socket-path"])
        .arg(daemon.socket())
        .args(arguments);
    qq.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    Ok(qq.output()?)
}

fn said(daemon: &Daemon, home: &Scratch, arguments: &[&str]) -> Outcome<Value> {
    let output = qq(daemon, home, arguments)?;
    if !output.status.success() {
        return fail(format!(
            "qq {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn the_vendors_client_polls_this_node() -> Outcome {
    if !environment().join("bin/qq").exists() {
        return skipped("the_vendors_client_polls_this_node: no qq (tests/run installs it)");
    }
    let node = Node::with(LINKS)?;
    let home = Scratch::new()?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    let served = at_rest(node.daemon.document("1")?);
    let polled = said(&node.daemon, &home, &["network_poll"])?;
    assert_eq!(at_rest(polled[0].clone()), served);
    let one = said(
        &node.daemon,
        &home,
        &["network_poll", "--interface-id", "1", "--node-id", "1"],
    )?;
    assert_eq!(at_rest(one), served);
    let interfaces = said(&node.daemon, &home, &["network_list_interfaces"])?;
    assert_eq!(interfaces, node.daemon.json("/v2/network/interfaces/")?);
    let interface = said(
        &node.daemon,
        &home,
        &["network_get_interface", "--interface-id", "1"],
    )?;
    assert_eq!(interface, interfaces[0]);
    // Somebody who once logged in to a cluster sends a token nobody here asked for.
    let token = home.path().join("token");
    std::fs::write(&token, r#"{"version": 1, "bearer_token": "session-v1:x"}"#)?;
    let with_token = [
        "--credentials-store",
        &token.display().to_string(),
        "network_poll",
    ];
    assert_eq!(
        at_rest(said(&node.daemon, &home, &with_token)?[0].clone()),
        served
    );
    refused(&node, &home)
}

/// An error must be one that the client understands: it prints class and description.
fn refused(node: &Node, home: &Scratch) -> Outcome {
    for arguments in [
        &["network_poll", "--interface-id", "99"][..],
        &["network_poll", "--interface-id", "1", "--node-id", "2"],
    ] {
        let output = qq(&node.daemon, home, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with("Error 404: ") && said.contains("_error: "),
            "{said}"
        );
    }
    Ok(())
}

/// Every read-only command about interfaces, networks and the node says what the daemon does.
fn reads_the_family(daemon: &Daemon, interface: &str, network: &str) -> Outcome {
    let home = Scratch::new()?;
    let of_interface = ["--interface-id", interface];
    let path = format!("/v2/network/interfaces/{interface}");
    let networks = said(
        daemon,
        &home,
        &[&["network_list_networks"], &of_interface[..]].concat(),
    )?;
    assert_eq!(networks, daemon.json(&format!("{path}/networks/"))?);
    let of_network = [&of_interface[..], &["--network-id", network]].concat();
    let one = said(
        daemon,
        &home,
        &[&["network_get_network"], &of_network[..]].concat(),
    )?;
    assert_eq!(one, daemon.json(&format!("{path}/networks/{network}"))?);
    assert_eq!(one["id"].to_string(), network);
    let listed = networks.as_array().into_iter().flatten();
    assert_eq!(listed.filter(|listed| **listed == one).count(), 1);
    let interfaces = said(daemon, &home, &["network_list_interfaces"])?;
    let got = said(
        daemon,
        &home,
        &[&["network_get_interface"], &of_interface[..]].concat(),
    )?;
    let interfaces = interfaces.as_array().into_iter().flatten();
    assert_eq!(interfaces.filter(|listed| **listed == got).count(), 1);
    let polled = said(
        daemon,
        &home,
        &["network_poll", "--interface-id", interface],
    )?;
    assert_eq!(
        at_rest(polled[0].clone()),
        at_rest(daemon.document(interface)?)
    );
    reads_version_3(daemon, &home)?;
    let missing = [&of_interface[..], &["--network-id", "99"]].concat();
    is_told_what_is_missing(daemon, &home, &missing)
}

/// The third version's client.
fn reads_version_3(daemon: &Daemon, home: &Scratch) -> Outcome {
    let status = said(daemon, home, &["network_status"])?;
    let node = said(daemon, home, &["network_status", "--node-id", "1"])?;
    assert_eq!(
        devices_at_rest(status[0].clone()),
        devices_at_rest(node.clone())
    );
    assert_eq!(
        devices_at_rest(node),
        devices_at_rest(daemon.json("/v3/network/status/1")?)
    );
    Ok(())
}

fn is_told_what_is_missing(daemon: &Daemon, home: &Scratch, network: &[&str]) -> Outcome {
    let output = qq(daemon, home, &[&["network_get_network"], network].concat())?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.starts_with("Error 404: ") && told.contains("has no network 99"),
        "{told}"
    );
    Ok(())
}

/// A version 3 document without what changes from one moment to the next.
pub(crate) fn devices_at_rest(mut document: Value) -> Value {
    for device in document["devices"].as_array_mut().into_iter().flatten() {
        for key in ["bytes_sent", "bytes_received", "timestamp"] {
            device[key] = Value::Null;
        }
    }
    document
}

#[test]
fn the_vendors_client_reads_the_family_without_configuration() -> Outcome {
    if !environment().join("bin/qq").exists() {
        return skipped("the_vendors_client_reads_the_family: no qq (tests/run installs it)");
    }
    let node = Node::with(LINKS)?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    node.says("v1", "/update_status", &json!("CHANGES_APPLIED"))?;
    reads_the_family(&node.daemon, "1", "1")
}

#[test]
fn the_vendors_client_reads_the_family_with_configuration() -> Outcome {
    if !environment().join("bin/qq").exists() {
        return skipped("the_vendors_client_reads_the_family: no qq (tests/run installs it)");
    }
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let folder = Scratch::new()?;
    let file = folder.path().join("c.toml");
    std::fs::write(
        &file,
        r#"interface = [
            { id = 3, name = "v0", network = [
                { id = 8, name = "Default", assigned_by = "STATIC", ip_ranges = ["10.0.0.1-9"] },
                { id = 5, name = "Tagged", assigned_by = "DHCP", vlan_id = 12 },
            ] },
            { id = 4, name = "bond0" },
        ]"#,
    )?;
    let daemon = Daemon::start(&namespace, &["--config", &file.display().to_string()])?;
    for interface in ["3", "4"] {
        let network = if interface == "3" { "5" } else { "1" };
        reads_the_family(&daemon, interface, network)?;
    }
    Ok(())
}

//! The vendor's own client, unmodified, against the daemon's unix socket.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::routes::at_rest;
use crate::support::agree::Node;
use crate::support::daemon::Scratch;
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
fn qq(node: &Node, home: &Scratch, arguments: &[&str]) -> Outcome<Output> {
    let mut qq = Command::new(environment().join("bin/qq"));
    qq.args(["--host", "localhost", "--socket-path"])
        .arg(node.daemon.socket())
        .args(arguments);
    qq.env("HOME", home.path()).env_remove("XDG_CONFIG_HOME");
    Ok(qq.output()?)
}

fn said(node: &Node, home: &Scratch, arguments: &[&str]) -> Outcome<Value> {
    let output = qq(node, home, arguments)?;
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
    let polled = said(&node, &home, &["network_poll"])?;
    assert_eq!(at_rest(polled[0].clone()), served);
    let one = said(
        &node,
        &home,
        &["network_poll", "--interface-id", "1", "--node-id", "1"],
    )?;
    assert_eq!(at_rest(one), served);
    let interfaces = said(&node, &home, &["network_list_interfaces"])?;
    assert_eq!(interfaces, node.daemon.json("/v2/network/interfaces/")?);
    let interface = said(
        &node,
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
    assert_eq!(at_rest(said(&node, &home, &with_token)?[0].clone()), served);
    refused(&node, &home)
}

/// An error must be one that the client understands: it prints class and description.
fn refused(node: &Node, home: &Scratch) -> Outcome {
    for arguments in [
        &["network_poll", "--interface-id", "99"][..],
        &["network_poll", "--interface-id", "1", "--node-id", "2"],
    ] {
        let output = qq(node, home, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.starts_with("Error 404: ") && said.contains("_error: "),
            "{said}"
        );
    }
    Ok(())
}

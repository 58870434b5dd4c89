//! Bonds with their ports on real cables, each with a partner at the other end.
//!
//! Their mode, speed and carrier are the kernel's own word in `/proc/net/bonding` and sysfs.

use serde_json::{Value, json};

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::once::{netstatusd, refused};
use crate::support::outcome::{Outcome, eventually, fail};

/// How a bond of two cables is made. The other end is a bond of the same kind in a namespace
/// of its own: with `mode 802.3ad` a real LACP partner.
pub(crate) const LACP: &str = "mode 802.3ad lacp_rate fast miimon 50";
const ACTIVE_BACKUP: &str = "mode active-backup miimon 50";

/// A namespace with `bond0` on the cables `eth0` and `eth1`; the namespace of their other
/// ends `cable0` and `cable1`, ports of a bond of the same kind. Nothing waits for LACP.
pub(crate) fn bonded(kind: &str) -> Outcome<(Namespace, Namespace)> {
    let own = Namespace::new()?;
    let peer = own.peer()?;
    peer.ip(&format!(
        "link add bond0 type bond {kind}\nlink set bond0 up"
    ))?;
    own.ip(&format!(
        "link add bond0 type bond {kind}\nlink set bond0 up"
    ))?;
    for number in [0, 1] {
        own.ip(&format!(
            "link add eth{number} type veth peer name cable{number} netns {}\n\
             link set eth{number} master bond0",
            peer.path()
        ))?;
        peer.ip(&format!("link set cable{number} master bond0"))?;
    }
    own.ip("addr add 203.0.113.11/24 dev bond0\nroute add default via 203.0.113.1")?;
    Ok((own, peer))
}

/// Waits until the bond's state, cable and speed are these, and all else as `ip` says.
fn is(node: &Node, state: &str, cable: &str, speed: u32) -> Outcome {
    node.says(
        "bond0",
        "/interface_details/interface_status",
        &json!(state),
    )?;
    node.says("bond0", "/interface_details/cable_status", &json!(cable))?;
    node.says("bond0", "/interface_details/speed", &json!(speed))?;
    node.agrees()
}

/// Waits until the kernel itself says which port it sends by, or `None`.
fn sends_by(node: &Node, port: &str) -> Outcome {
    let line = format!("Currently Active Slave: {port}");
    eventually(&line, || {
        let said = node.namespace.sh("cat /proc/net/bonding/bond0")?;
        let said = String::from_utf8_lossy(&said).into_owned();
        if said.lines().any(|own| own == line) {
            Ok(())
        } else {
            fail(said)
        }
    })
}

fn mode(node: &Node, expected: &Value) -> Outcome {
    node.says("bond0", "/interface_status/bonding_mode", expected)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn an_lacp_bond_loses_its_members_and_finds_them_again() -> Outcome {
    let (own, peer) = bonded(LACP)?;
    let node = Node::start(own)?;
    mode(&node, &json!("IEEE_8023AD"))?;
    is(&node, "UP", "CONNECTED", 20_000)?;
    peer.ip("link set cable0 down")?;
    is(&node, "UP", "CONNECTED", 10_000)?;
    peer.ip("link set cable1 down")?;
    is(&node, "DOWN", "DISCONNECTED", 0)?;
    peer.ip("link set cable1 up")?;
    is(&node, "UP", "CONNECTED", 10_000)?;
    peer.ip("link set cable0 up")?;
    is(&node, "UP", "CONNECTED", 20_000)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_backup_takes_over() -> Outcome {
    let (own, peer) = bonded(ACTIVE_BACKUP)?;
    let node = Node::start(own)?;
    mode(&node, &json!("ACTIVE_BACKUP"))?;
    sends_by(&node, "eth0")?;
    is(&node, "UP", "CONNECTED", 10_000)?;
    peer.ip("link set cable0 down")?;
    sends_by(&node, "eth1")?;
    is(&node, "UP", "CONNECTED", 10_000)?;
    peer.ip("link set cable1 down")?;
    sends_by(&node, "None")?;
    is(&node, "DOWN", "DISCONNECTED", 0)?;
    peer.ip("link set cable0 up")?;
    sends_by(&node, "eth0")?;
    is(&node, "UP", "CONNECTED", 10_000)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn modes_that_the_schema_has_no_word_for() -> Outcome {
    let kinds = [
        "balance-rr",
        "balance-xor",
        "broadcast",
        "balance-tlb",
        "balance-alb",
    ];
    for kind in kinds {
        let (own, _peer) = bonded(&format!("mode {kind} miimon 50"))?;
        // `agrees` knows the mode from ip and from /proc/net/bonding: there must be no key.
        let node = Node::start(own)?;
        mode(&node, &Value::Null)?;
    }
    Ok(())
}

#[test]
#[ignore = "runs in the lab kernel"]
fn the_mode_of_a_bond_can_change() -> Outcome {
    let node = Node::with("link add bond0 type bond mode 802.3ad")?;
    mode(&node, &json!("IEEE_8023AD"))?;
    node.after("link set bond0 type bond mode active-backup\nlink set bond0 up")?;
    mode(&node, &json!("ACTIVE_BACKUP"))
}

/// On 6.1 its operstate is UNKNOWN for a moment and DOWN from then on; `agrees` follows.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_bond_without_ports() -> Outcome {
    let node = Node::with("link add bond0 up type bond mode 802.3ad")?;
    mode(&node, &json!("IEEE_8023AD"))?;
    is(&node, "DOWN", "DISCONNECTED", 0)?;
    node.after("link set bond0 down")?;
    is(&node, "DOWN", "UNKNOWN", 0)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_port_is_no_interface_until_it_is_released() -> Outcome {
    let (own, _peer) = bonded(ACTIVE_BACKUP)?;
    let node = Node::start(own)?;
    node.forgets("eth0")?;
    // Released, it has its own MAC back; the bond keeps the one it borrowed.
    node.after("link set eth0 nomaster")?;
    node.says("eth0", "/interface_status/name", &json!("eth0"))?;
    node.after("link set eth0 down\nlink set eth0 master bond0")?;
    node.forgets("eth0")
}

/// A bond lends its address to its ports; which one each brought along, only the bond knows.
#[test]
#[ignore = "runs in the lab kernel"]
fn version_3_names_the_address_that_a_port_gets_back() -> Outcome {
    let (own, _peer) = bonded(LACP)?;
    let node = Node::start(own)?;
    let by_ip = node.namespace.ip_json("-d link show")?;
    let v3 = node.daemon.json("/v3/network/status/1")?;
    for name in ["eth0", "eth1"] {
        let by_name = |list: &Value, key: &str| {
            let mut entries = list.as_array().into_iter().flatten();
            entries.find(|one| one[key] == name).cloned()
        };
        let link = by_name(&by_ip, "ifname").unwrap_or_default();
        let device = by_name(&v3["devices"], "name").unwrap_or_default();
        let before = &link["linkinfo"]["info_slave_data"]["perm_hwaddr"];
        assert!(before.is_string() && link["permaddr"].is_null(), "{link}");
        assert_eq!(device["permanent_mac_address"], *before);
        assert_eq!(device["mac_address"], link["address"]);
    }
    Ok(())
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_bridge_on_a_bond_has_its_speed() -> Outcome {
    let (own, peer) = bonded(LACP)?;
    own.ip(
        "addr flush dev bond0\nlink add vmbr0 type bridge\nlink set bond0 master vmbr0\n\
         link set vmbr0 up\naddr add 203.0.113.11/24 dev vmbr0",
    )?;
    let node = Node::start(own)?;
    node.forgets("bond0")?;
    node.says("vmbr0", "/interface_details/speed", &json!(20_000))?;
    peer.ip("link set cable1 down")?;
    node.says("vmbr0", "/interface_details/speed", &json!(10_000))?;
    node.agrees()
}

#[test]
#[ignore = "runs in the lab kernel"]
fn show_says_what_the_daemon_says_and_both_end_well() -> Outcome {
    let (own, _peer) = bonded(ACTIVE_BACKUP)?;
    let mut node = Node::start(own)?;
    let shown = netstatusd(&node.namespace, &["show", "bond0", "--format", "json"])?;
    let shown: Value = serde_json::from_slice(&shown.stdout)?;
    for part in ["interface_status", "network_statuses"] {
        assert_eq!(shown[part], node.daemon.document("bond0")?[part]);
    }
    refused(&node.namespace, &["show", "eth0"], 1, "eth0")?;
    node.daemon.signal("TERM")?;
    assert!(node.daemon.ended()?.success());
    Ok(())
}

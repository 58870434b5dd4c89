//! virtio failover: a link over a card that is passed through and its standby, which have a
//! master and no kind. `tests/lab/standby` is the device behind the standby. The other must
//! be on a PCI bus, which this kernel has none of.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::Outcome;

/// The kernel lets none of the two links leave the namespace it started with.
#[test]
#[ignore = "runs in the lab kernel"]
fn the_standby_is_part_of_the_failover_link() -> Outcome {
    let own = Namespace::first_of_the_lab()?;
    own.ip("link set eth0 up\naddr add 10.0.0.11/24 dev eth0\nroute add default via 10.0.0.1")?;
    let by_ip = own.ip_json("-d link show eth1")?;
    assert_eq!(by_ip[0]["master"], "eth0", "{by_ip}");
    assert!(by_ip[0]["linkinfo"].is_null(), "{by_ip}");
    let node = Node::start(own)?;
    node.forgets("eth1")?;
    let address = json!([["Default", "STATIC", "10.0.0.11", [], "255.255.255.0"]]);
    node.networks("eth0", &address)?;
    assert_eq!(node.id("eth0")?, json!(1));
    node.says(
        "eth0",
        "/interface_details/cable_status",
        &json!("CONNECTED"),
    )?;
    // Without its standby, that is a link again, and the other has nothing left.
    node.after("link set eth1 down")?;
    node.says(
        "eth0",
        "/interface_details/cable_status",
        &json!("DISCONNECTED"),
    )
}

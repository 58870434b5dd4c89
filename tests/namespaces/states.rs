//! Every state a link can be in, and how its document follows.
//!
//! States are set by `ip` or by the other end of the cable.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::outcome::Outcome;

const CABLE: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\nroute add default via 10.0.0.254 dev v0";

#[test]
fn the_cable_is_pulled_and_put_back() -> Outcome {
    let node = Node::with(CABLE)?;
    node.after("link set v1 down")?;
    let document = node.daemon.document("v0")?;
    assert_eq!(
        document["interface_details"]["cable_status"],
        "DISCONNECTED"
    );
    assert_eq!(
        document["interface_details"]["interface_status"],
        "LOWERLAYERDOWN"
    );
    assert_eq!(document["interface_details"]["speed"], 0);
    // Without carrier the kernel keeps the route, marked; there is no other to prefer.
    assert_eq!(
        document["interface_status"]["default_gateway"],
        "10.0.0.254"
    );
    node.after("link set v1 up")?;
    node.says("v0", "/interface_details/speed", &json!(10_000))
}

#[test]
fn a_link_taken_down_loses_its_gateway_without_a_route_event() -> Outcome {
    let node = Node::with(CABLE)?;
    node.says(
        "v0",
        "/interface_status/default_gateway",
        &json!("10.0.0.254"),
    )?;
    node.after("link set v0 down")?;
    let document = node.daemon.document("v0")?;
    assert_eq!(document["interface_details"]["cable_status"], "UNKNOWN");
    assert_eq!(document["interface_details"]["interface_status"], "DOWN");
    assert_eq!(document["interface_status"]["default_gateway"], "");
    node.after("link set v0 up")?;
    node.after("route add default via 10.0.0.253 dev v0")
}

#[test]
fn dormant_is_told() -> Outcome {
    let node = Node::with(CABLE)?;
    // One by one: the kernel may take a short blink of the carrier for none.
    node.after("link set v0 mode dormant\nlink set v1 down")?;
    node.after("link set v1 up")?;
    node.says(
        "v0",
        "/interface_details/interface_status",
        &json!("DORMANT"),
    )?;
    node.after("link set v0 mode default\nlink set v1 down")?;
    node.after("link set v1 up")?;
    node.says("v0", "/interface_details/interface_status", &json!("UP"))
}

/// `RTM_NEWLINK` with `IFLA_LINKMODE` and `IFLA_OPERSTATE`, which `ip` has no words for.
const SET_OPERSTATE: &str = "
import socket, struct, sys
name, mode, operstate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
attribute = lambda kind, value: struct.pack('=HHBxxx', 5, kind, value)
body = struct.pack('=BxHiII', 0, 0, socket.if_nametoindex(name), 0, 0)
body += attribute(17, mode) + attribute(16, operstate)
netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
netlink.bind((0, 0))
netlink.send(struct.pack('=IHHII', 16 + len(body), 16, 5, 1, 0) + body)
error = struct.unpack_from('=i', netlink.recv(4096), 16)[0]
sys.exit(f'netlink says {error}' if error else 0)
";

#[test]
fn testing_is_told() -> Outcome {
    let node = Node::with(CABLE)?;
    node.namespace
        .run(&["python3", "-c", SET_OPERSTATE, "v0", "2", "4"])?;
    node.says(
        "v0",
        "/interface_details/interface_status",
        &json!("TESTING"),
    )?;
    node.agrees()?;
    node.namespace
        .run(&["python3", "-c", SET_OPERSTATE, "v0", "0", "6"])?;
    node.says("v0", "/interface_details/interface_status", &json!("UP"))?;
    node.agrees()
}

#[test]
fn mtu_and_mac_change() -> Outcome {
    let node = Node::with(CABLE)?;
    node.after("link set v0 mtu 9000")?;
    assert_eq!(node.daemon.document("v0")?["interface_status"]["mtu"], 9000);
    node.after("link set v0 address 02:00:00:00:00:07")?;
    assert_eq!(
        node.daemon.document("v0")?["interface_details"]["mac_address"],
        "02:00:00:00:00:07"
    );
    // The counters are still this link's: its MAC in sysfs changed with it.
    node.after("addr add 10.0.0.2/24 dev v0")
}

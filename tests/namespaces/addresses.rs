//! Addresses made by hand, of every flavour: which is `address`, which float, which have an
//! entry of their own, and in what order.
//!
//! The expected entries are spelt out, since no other program knows these words.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::outcome::Outcome;

/// A cable, its near end `v0` without IPv6: link-local addresses have tests of their own.
const CABLE: &str = "link add v0 type veth peer name v1\nlink set v0 addrgenmode none\n\
                     link set v0 up\nlink set v1 up\n";

fn cable_with(addresses: &str) -> Outcome<Node> {
    Node::with(&format!("{CABLE}{addresses}"))
}

#[test]
fn none_at_all() -> Outcome {
    let node = cable_with("")?;
    node.networks("v0", &json!([["Default", "STATIC", "", [], ""]]))
}

#[test]
fn a_secondary_floats_until_it_is_promoted() -> Outcome {
    let node = cable_with("addr add 10.0.0.9/24 dev v0\naddr add 10.0.0.1/24 dev v0")?;
    node.networks(
        "v0",
        &json!([[
            "Default",
            "STATIC",
            "10.0.0.9",
            ["10.0.0.1"],
            "255.255.255.0"
        ]]),
    )?;
    node.namespace
        .sh("echo 1 >/proc/sys/net/ipv4/conf/v0/promote_secondaries")?;
    node.after("addr del 10.0.0.9/24 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"]]),
    )
}

#[test]
fn a_host_address_takes_the_netmask_around_it() -> Outcome {
    let node = cable_with("addr add 10.0.0.1/32 dev v0\naddr add 10.0.0.9/24 dev v0")?;
    node.networks(
        "v0",
        &json!([[
            "Default",
            "STATIC",
            "10.0.0.9",
            ["10.0.0.1"],
            "255.255.255.0"
        ]]),
    )?;
    node.after("addr del 10.0.0.9/24 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.0.0.1", [], "255.255.255.255"]]),
    )
}

#[test]
fn a_host_address_elsewhere_joins_the_first_network_of_its_family() -> Outcome {
    let node = cable_with("addr add 10.0.0.1/24 dev v0")?;
    node.after("addr add 10.0.1.1/24 dev v0")?;
    node.after("addr add 192.0.2.7/32 dev v0\naddr add 2001:db8::7/128 dev v0 nodad")?;
    node.networks(
        "v0",
        &json!([
            [
                "Default",
                "STATIC",
                "10.0.0.1",
                ["192.0.2.7"],
                "255.255.255.0"
            ],
            ["v0 10.0.1.0/24", "STATIC", "10.0.1.1", [], "255.255.255.0"],
            [
                "v0 2001:db8::7/128",
                "STATIC",
                "2001:db8::7",
                [],
                "2001:db8::7/128"
            ],
        ]),
    )
}

#[test]
fn a_point_to_point_address_is_a_host_address() -> Outcome {
    let node = cable_with("addr add 10.2.0.1 peer 10.2.0.2/32 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.2.0.1", [], "255.255.255.255"]]),
    )?;
    node.after("addr add 10.0.0.1/24 dev v0")?;
    node.networks(
        "v0",
        &json!([[
            "Default",
            "STATIC",
            "10.0.0.1",
            ["10.2.0.1"],
            "255.255.255.0"
        ]]),
    )
}

#[test]
fn the_same_address_three_times_is_said_once() -> Outcome {
    let node = cable_with("addr add 10.0.0.1/24 dev v0")?;
    node.after("addr add 10.0.0.1/32 dev v0\naddr add 10.0.0.1 peer 10.9.9.9/32 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"]]),
    )?;
    // Each is known by peer and prefix: taking one away leaves the others.
    node.after("addr del 10.0.0.1/24 dev v0")?;
    node.says("v0", "/network_statuses/0/address", &json!("10.0.0.1"))?;
    node.after("addr del 10.0.0.1/32 dev v0\naddr del 10.0.0.1 peer 10.9.9.9/32 dev v0")?;
    node.says("v0", "/network_statuses/0/address", &json!(""))
}

#[test]
fn the_older_of_two_comes_first() -> Outcome {
    let node = cable_with("addr add 2001:db8::9/64 dev v0 nodad\naddr add 10.0.9.1/24 dev v0")?;
    // A comparison with `ip` lies between them: their ages differ by more than the kernel's grain.
    node.after("addr add 2001:db8::1/64 dev v0 nodad\naddr add 10.0.1.1/24 dev v0")?;
    node.networks(
        "v0",
        &json!([
            ["Default", "STATIC", "10.0.9.1", [], "255.255.255.0"],
            ["v0 10.0.1.0/24", "STATIC", "10.0.1.1", [], "255.255.255.0"],
            [
                "v0 2001:db8::/64",
                "STATIC",
                "2001:db8::9",
                ["2001:db8::1"],
                "2001:db8::/64"
            ],
        ]),
    )
}

#[test]
fn a_wider_subnet_is_not_older() -> Outcome {
    let node = cable_with("addr add 10.0.0.1/24 dev v0")?;
    node.after("addr add 10.1.0.1/16 dev v0")?;
    node.networks(
        "v0",
        &json!([
            ["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"],
            ["v0 10.1.0.0/16", "STATIC", "10.1.0.1", [], "255.255.0.0"],
        ]),
    )
}

#[test]
fn deprecated_is_the_last_resort() -> Outcome {
    let node = cable_with("addr add 2001:db8::1/64 dev v0 nodad preferred_lft 0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "2001:db8::1", [], "2001:db8::/64"]]),
    )?;
    node.after("addr add 2001:db8::2/64 dev v0 nodad")?;
    let both = json!([[
        "Default",
        "STATIC",
        "2001:db8::2",
        ["2001:db8::1"],
        "2001:db8::/64"
    ]]);
    node.networks("v0", &both)?;
    node.after("addr change 2001:db8::1/64 dev v0 preferred_lft forever valid_lft forever")?;
    let older = json!([[
        "Default",
        "STATIC",
        "2001:db8::1",
        ["2001:db8::2"],
        "2001:db8::/64"
    ]]);
    node.networks("v0", &older)
}

#[test]
fn a_lease_is_a_network_of_its_own() -> Outcome {
    let node = cable_with(
        "addr add 10.0.0.1/24 dev v0\n\
         addr add 10.0.0.9/24 dev v0 valid_lft 3000 preferred_lft 3000",
    )?;
    node.networks(
        "v0",
        &json!([
            ["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"],
            ["v0 10.0.0.0/24", "DHCP", "10.0.0.9", [], "255.255.255.0"],
        ]),
    )?;
    node.after("addr del 10.0.0.1/24 dev v0\naddr add 10.0.0.9/24 dev v0 valid_lft 3000 preferred_lft 3000")?;
    node.networks(
        "v0",
        &json!([["Default", "DHCP", "10.0.0.9", [], "255.255.255.0"]]),
    )?;
    // Beside a leased one, a permanent address in the same subnet floats.
    node.after("addr add 10.0.0.2/24 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "DHCP", "10.0.0.9", ["10.0.0.2"], "255.255.255.0"]]),
    )
}

#[test]
fn link_local_only_where_there_is_nothing_else() -> Outcome {
    let node = Node::with(
        "link add v0 type veth peer name v1\nlink set v0 address 02:00:00:00:00:01\n\
         link set v0 up\nlink set v1 up\naddr add 169.254.7.7/16 dev v0",
    )?;
    node.networks(
        "v0",
        &json!([
            ["Default", "LINK_LOCAL", "169.254.7.7", [], "255.255.0.0"],
            [
                "v0 fe80::/64",
                "LINK_LOCAL",
                "fe80::ff:fe00:1",
                [],
                "fe80::/64"
            ],
        ]),
    )?;
    node.after("addr add 10.0.0.1/24 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"]]),
    )
}

#[test]
fn a_link_local_address_with_another_prefix_was_put_there_by_somebody() -> Outcome {
    let node = cable_with("addr add 169.254.7.7/24 dev v0")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "169.254.7.7", [], "255.255.255.0"]]),
    )
}

#[test]
fn a_lifetime_that_is_refreshed_changes_nothing_else() -> Outcome {
    let node = cable_with("addr add 10.0.0.9/24 dev v0 valid_lft 3000 preferred_lft 3000")?;
    for _ in 0..3 {
        node.after("addr change 10.0.0.9/24 dev v0 valid_lft 3000 preferred_lft 3000")?;
    }
    node.after("addr change 10.0.0.9/24 dev v0 valid_lft forever preferred_lft forever")?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "10.0.0.9", [], "255.255.255.0"]]),
    )
}

#[test]
fn fe80_is_link_local_whoever_made_it() -> Outcome {
    let node = Node::with(
        "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\naddr add 10.0.0.1/24 dev v0\n\
         addr add fe80::7/64 dev v0 nodad valid_lft 900 preferred_lft 900\n\
         addr add fe80::8/128 dev v0 nodad valid_lft 900 preferred_lft 900",
    )?;
    let alone = json!([["Default", "STATIC", "10.0.0.1", [], "255.255.255.0"]]);
    node.networks("v0", &alone)
}

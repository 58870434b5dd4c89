//! Addresses that keepalived moves: they float while they are here, and are gone when the
//! other node has them.
//!
//! keepalived is the real one, with the daemon watching the link that it works on.

use serde_json::json;

use crate::network::{Network, on_network};
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail};
use crate::vrrp::{keepalived, stop};

fn own_address(network: &Network) -> Outcome {
    network.node.ip("addr add 192.0.2.10/24 dev c0")?;
    network.networks(&json!([["STATIC", "192.0.2.10", [], "255.255.255.0"]]))
}

#[test]
fn addresses_float_while_they_are_here() -> Outcome {
    on_network(
        "keepalived::addresses_float_while_they_are_here",
        |network| {
            own_address(&network)?;
            let instance = "state MASTER\n priority 200\n\
                        virtual_ipaddress {\n 192.0.2.100\n 192.0.2.101/24\n\
                        192.0.2.102/32 label c0:vip\n }";
            keepalived(&network.node, "/run/k", "c0", instance)?;
            let floating = ["192.0.2.100", "192.0.2.102", "192.0.2.101"];
            network.networks(&json!([[
                "STATIC",
                "192.0.2.10",
                floating,
                "255.255.255.0"
            ]]))?;
            stop(&network.node, "/run/k")?;
            network.networks(&json!([["STATIC", "192.0.2.10", [], "255.255.255.0"]]))
        },
    )
}

/// It makes them deprecated, so that nobody connects from them.
#[test]
fn ipv6_addresses_float_too() -> Outcome {
    on_network("keepalived::ipv6_addresses_float_too", |network| {
        network.node.ip("addr add 2001:db8:1::10/64 dev c0 nodad")?;
        let alone = json!([["STATIC", "2001:db8:1::10", [], "2001:db8:1::/64"]]);
        network.networks(&alone)?;
        let instance = "state MASTER\n priority 200\n\
                        virtual_ipaddress {\n fe80::5200:1/64\n 2001:db8:1::100/128\n }";
        keepalived(&network.node, "/run/k", "c0", instance)?;
        network.networks(&json!([[
            "STATIC",
            "2001:db8:1::10",
            ["2001:db8:1::100"],
            "2001:db8:1::/64"
        ]]))?;
        stop(&network.node, "/run/k")?;
        network.networks(&alone)
    })
}

#[test]
fn with_a_mac_of_its_own_the_address_is_on_another_link() -> Outcome {
    on_network("keepalived::with_a_mac_of_its_own", |network| {
        own_address(&network)?;
        let instance = "state MASTER\n priority 200\n use_vmac vrrp51\n\
                        virtual_ipaddress {\n 192.0.2.100\n }";
        keepalived(&network.node, "/run/k", "c0", instance)?;
        let keys = ["assigned_by", "address", "netmask"];
        let vip = json!([["STATIC", "192.0.2.100", "255.255.255.255"]]);
        network.entries("vrrp51", &keys, &vip)?;
        let mac = &network.daemon.document("vrrp51")?["interface_details"]["mac_address"];
        assert_eq!(mac, "00:00:5e:00:01:33");
        network.networks(&json!([["STATIC", "192.0.2.10", [], "255.255.255.0"]]))
    })
}

/// The other node takes the address when this one's keepalived stops, and gives it back.
#[test]
fn a_failover_moves_the_address() -> Outcome {
    on_network("keepalived::a_failover_moves_the_address", |network| {
        own_address(&network)?;
        let instance = |priority: u8| {
            format!("state BACKUP\n priority {priority}\n virtual_ipaddress {{\n 192.0.2.100\n }}")
        };
        let without = json!([["STATIC", "192.0.2.10", [], "255.255.255.0"]]);
        let with = json!([["STATIC", "192.0.2.10", ["192.0.2.100"], "255.255.255.0"]]);
        let has = |namespace: &Namespace, device: &str| {
            eventually("the other node has it", || {
                let said = namespace
                    .ip_json(&format!("addr show dev {device}"))?
                    .to_string();
                if said.contains("192.0.2.100") {
                    Ok(())
                } else {
                    fail(said)
                }
            })
        };
        keepalived(&network.node, "/run/k", "c0", &instance(200))?;
        network.networks(&with)?;
        keepalived(&network.server, "/run/srv/k", "s0", &instance(100))?;
        stop(&network.node, "/run/k")?;
        has(&network.server, "s0")?;
        network.networks(&without)?;
        keepalived(&network.node, "/run/k", "c0", &instance(200))?;
        network.networks(&with)
    })
}

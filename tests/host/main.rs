//! The daemon from its own unit file on a host with systemd: systemd-networkd with an
//! address of every kind, systemd-resolved with servers of single links, keepalived.
//!
//! What is expected comes from `networkctl`, `resolvectl` and `ip` on that host. It is a
//! container of a root file system that `tests/host/rootfs` makes; it needs root.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod support;

mod machine;

use machine::{Machine, on_machine, on_shared_machine};
use serde_json::{Value, json};
use support::outcome::{Outcome, eventually, fail};

/// Six cables to a server, which has DHCP without end and a router's announcements.
const NETWORK: &str = r"
ip netns add server
for n in 0 1 2 3 4 5; do
    ip link add s$n netns server type veth peer name c$n
    ip -n server link set s$n up
done
ip -n server addr add 192.0.2.1/24 dev s0
ip -n server addr add 2001:db8:2::1/64 dev s2 nodad
# No router: the route to it would tell whose the address is.
systemd-run --quiet --unit=dhcp ip netns exec server dnsmasq --keep-in-foreground \
    --conf-file=/dev/null --user=root --no-resolv --no-hosts --bind-interfaces --no-ping \
    --interface=s0 --dhcp-leasefile=/run/given --dhcp-authoritative --dhcp-option=3 \
    --dhcp-range=192.0.2.100,192.0.2.200,infinite \
    --dhcp-option=option:domain-name,lan.example
cat >/run/radvd.conf <<'END'
interface s2 {
    AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
    prefix 2001:db8:2::/64 { };
    RDNSS 2001:db8:2::53 { };
    DNSSL slaac.example { };
};
END
systemd-run --quiet --unit=router ip netns exec server sh -c '
    echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
    exec radvd --nodaemon --config /run/radvd.conf --logmethod none'
";

const KEEPALIVED: &str = r"
cat >/run/keepalived.conf <<'END'
vrrp_instance V {
    interface c4
    state MASTER
    virtual_router_id 51
    priority 200
    advert_int 1
    virtual_ipaddress {
        203.0.113.100
    }
}
END
systemd-run --quiet --unit=vip keepalived --dont-fork --vrrp --use-file=/run/keepalived.conf
";

/// Runs `check` on the host that has this network.
fn on_network(name: &str, check: impl FnOnce(&Machine) -> Outcome) -> Outcome {
    on_shared_machine(name, NETWORK, check)
}

#[test]
fn an_address_from_dhcp() -> Outcome {
    on_network("an_address_from_dhcp", |machine| {
        says_what_networkd_says(machine, "c0", "DHCPv4", "DHCP")
    })
}

#[test]
fn a_static_address() -> Outcome {
    on_network("a_static_address", |machine| {
        says_what_networkd_says(machine, "c1", "static", "STATIC")
    })
}

#[test]
fn an_address_from_a_router() -> Outcome {
    on_network("an_address_from_a_router", |machine| {
        says_what_networkd_says(machine, "c2", "NDisc", "DHCP")
    })
}

#[test]
fn a_link_local_address() -> Outcome {
    on_network("a_link_local_address", |machine| {
        says_what_networkd_says(machine, "c3", "IPv4LL", "LINK_LOCAL")
    })
}

#[test]
fn the_resolver_by_dhcp() -> Outcome {
    on_network("the_resolver_by_dhcp", |machine| {
        says_what_resolved_says(machine, "c0")
    })
}

#[test]
fn the_resolver_by_configuration() -> Outcome {
    on_network("the_resolver_by_configuration", |machine| {
        says_what_resolved_says(machine, "c1")
    })
}

#[test]
fn the_resolver_by_a_router() -> Outcome {
    on_network("the_resolver_by_a_router", |machine| {
        says_what_resolved_says(machine, "c2")
    })
}

#[test]
fn a_virtual_address_floats() -> Outcome {
    on_network("a_virtual_address_floats", |machine| {
        machine.sh(KEEPALIVED)?;
        floating(machine, &json!(["203.0.113.100"]))?;
        machine.sh("systemctl stop vip")?;
        floating(machine, &json!([]))
    })
}

#[test]
fn a_link_that_cannot_be_set_up_has_failed() -> Outcome {
    on_network("a_link_that_cannot_be_set_up_has_failed", |machine| {
        let failed = "systemd-networkd failed to set c5 up";
        setup_of_c5(machine, "failed", "FAILED", failed)?;
        // Nothing that is known to be wanted is missing.
        let status = machine.document("c5")?["update_status"].clone();
        assert_eq!(status, "CHANGES_APPLIED");
        // Told to try again, it waits for ever for the route that could not be set.
        machine.sh("sed -i /TCPCongestion/d /etc/systemd/network/c5.network
             networkctl reload
             ip link del c5
             ip link add s5 netns server type veth peer name c5
             ip -n server link set s5 up")?;
        setup_of_c5(machine, "configured", "APPLIED", "")
    })
}

/// Waits until c5 is so to systemd-networkd, and version 3 says the same in its words.
fn setup_of_c5(machine: &Machine, setup: &str, status: &str, details: &str) -> Outcome {
    eventually(&format!("c5 is {setup}"), || {
        let said = machine.json(&["networkctl", "--json=short", "status", "c5"])?;
        if said["AdministrativeState"] != setup {
            return fail(said.to_string());
        }
        let document = machine.get("/v3/network/status/1")?.json()?;
        let interfaces = document["managed_interface_statuses"].as_array();
        let mut own = interfaces.into_iter().flatten();
        let expected = json!({"name": "c5", "status": status, "details": details});
        if own.any(|own| *own == expected) {
            Ok(())
        } else {
            fail(document["managed_interface_statuses"].to_string())
        }
    })
}

#[test]
fn the_daemon_is_started_again() -> Outcome {
    on_machine("the_daemon_is_started_again", |machine| {
        let before = machine.property("MainPID")?;
        machine.sh("systemctl kill --signal=KILL netstatusd")?;
        eventually("it is started again", || {
            let now = machine.property("MainPID")?;
            if now == before || machine.property("ActiveState")? != "active" {
                return fail(now);
            }
            match machine.get("/readyz")?.status {
                200 => Ok(()),
                status => fail(format!("/readyz says {status}")),
            }
        })?;
        assert_eq!(machine.property("NRestarts")?, "1");
        Ok(())
    })
}

#[test]
fn the_daemon_stops() -> Outcome {
    on_machine("the_daemon_stops", |machine| {
        machine.sh("systemctl stop netstatusd")?;
        assert_eq!(machine.property("ActiveState")?, "inactive");
        assert_eq!(machine.property("Result")?, "success");
        assert_eq!(machine.property("ExecMainStatus")?, "0");
        // systemd takes the folder away with the service.
        machine.sh("test ! -e /run/netstatusd").map(drop)
    })
}

/// The one address of `link` that systemd-networkd has from this source.
fn says_what_networkd_says(machine: &Machine, link: &str, source: &str, by: &str) -> Outcome {
    eventually(&format!("{link} has an address from {source}"), || {
        let said = machine.json(&["networkctl", "--json=short", "status", link])?;
        let mut own = said["Addresses"].as_array().into_iter().flatten();
        let Some(own) = own.find(|own| own["ConfigSource"] == source) else {
            return fail(said.to_string());
        };
        let bytes: Vec<u8> = serde_json::from_value(own["Address"].clone())?;
        let address = if let Ok(v4) = <[u8; 4]>::try_from(bytes.as_slice()) {
            std::net::IpAddr::from(v4)
        } else {
            let v6 = <[u8; 16]>::try_from(bytes.as_slice());
            v6.map_err(|_| std::fmt::Error)?.into()
        };
        let by_ip = machine.json(&["ip", "-j", "addr", "show", "dev", link])?;
        if !by_ip.to_string().contains(&format!("\"{address}\"")) {
            return fail(format!("{address} is not among {by_ip}"));
        }
        let entry = &machine.document(link)?["network_statuses"][0];
        let (said, expected) = (
            json!([
                entry["address"],
                entry["assigned_by"],
                entry["floating_addresses"]
            ]),
            json!([address, by, []]),
        );
        if said == expected {
            Ok(())
        } else {
            fail(format!("{said}, not {expected}"))
        }
    })
}

/// The words that `resolvectl dns` or `resolvectl domain` has for `link`.
fn resolvectl(machine: &Machine, what: &str, link: &str) -> Outcome<Vec<String>> {
    let said = machine.sh(&format!("resolvectl {what} {link}"))?;
    let said = String::from_utf8_lossy(&said).into_owned();
    // "Link 2 (c0): word word"
    let words = said.split_once("):").map_or("", |(_, words)| words);
    Ok(words.split_whitespace().map(str::to_owned).collect())
}

fn says_what_resolved_says(machine: &Machine, link: &str) -> Outcome {
    eventually(&format!("the resolver of {link}"), || {
        let servers = resolvectl(machine, "dns", link)?;
        let mut domains = resolvectl(machine, "domain", link)?;
        domains.retain(|domain| !domain.starts_with('~'));
        if servers.is_empty() {
            return fail("resolved has no servers yet");
        }
        let entry = &machine.document(link)?["network_statuses"][0];
        let said = json!([entry["dns_servers"], entry["dns_search_domains"]]);
        let expected = json!([servers, domains]);
        if said == expected {
            Ok(())
        } else {
            fail(format!("{said}, not {expected}"))
        }
    })
}

fn floating(machine: &Machine, expected: &Value) -> Outcome {
    eventually("the floating addresses of c4", || {
        let document = machine.document("c4")?;
        let said = &document["network_statuses"][0]["floating_addresses"];
        let by_ip = machine
            .json(&["ip", "-j", "addr", "show", "dev", "c4"])?
            .to_string();
        let is_there = by_ip.contains("203.0.113.100");
        if said == expected && is_there == (*expected != json!([])) {
            Ok(())
        } else {
            fail(format!("{said}, not {expected}; ip: {by_ip}"))
        }
    })
}

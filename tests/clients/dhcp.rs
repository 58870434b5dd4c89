//! DHCPv4: short, long and infinite leases, as three clients take them.
//!
//! Of an infinite lease the kernel knows nothing: only what the client wrote down tells it
//! from an address somebody set. udhcpc leaves no trace at all.

use serde_json::json;

use crate::network::{Network, on_network};
use crate::support::outcome::{Outcome, fail};

const TIMES: [&str; 3] = ["2m", "24h", "infinite"];

/// One lease of this length: `take` and `give_back` are the client's commands; `remains` is
/// what it leaves in files, `by` what the document is to say.
struct Case<'a> {
    time: &'a str,
    take: &'a str,
    give_back: &'a str,
    remains: Option<&'a str>,
    /// The kernel is told of the lease's end, if it has one.
    tells_end: bool,
    domains: &'a [&'a str],
    by: &'a str,
}

impl Case<'_> {
    fn run(&self, network: &Network) -> Outcome {
        let range = format!("--dhcp-range=192.0.2.100,192.0.2.200,{}", self.time);
        network.serve(&[&range])?;
        network.is_bare()?;
        network.node.sh(self.take)?;
        let address = network.given(false)?;
        let expected = json!([[
            self.by,
            address,
            [],
            "255.255.255.0",
            ["192.0.2.1"],
            self.domains
        ]]);
        let keys = [
            "assigned_by",
            "address",
            "floating_addresses",
            "netmask",
            "dns_servers",
            "dns_search_domains",
        ];
        network.entries("c0", &keys, &expected)?;
        let finite = network.is_finite(&address)?;
        assert_eq!(finite, self.tells_end && self.time != "infinite");
        if let Some(file) = self.remains {
            network.node.run(&["test", "-s", file])?;
        }
        network.node.sh(self.give_back)?;
        network.is_bare()
    }
}

#[test]
fn dhclient() -> Outcome {
    for time in TIMES {
        let case = Case {
            time,
            take: "dhclient -4 -1 c0",
            give_back: "dhclient -4 -r c0",
            remains: Some("/var/lib/dhcp/dhclient.leases"),
            tells_end: true,
            domains: &["lan.example", "lab.example"],
            by: "DHCP",
        };
        on_network("dhcp::dhclient", |network| case.run(&network))?;
    }
    Ok(())
}

#[test]
fn dhcpcd() -> Outcome {
    for time in TIMES {
        let case = Case {
            time,
            // -A: it does not ask the segment for the address first.
            take: "dhcpcd -4 -A -w c0",
            give_back: "dhcpcd -4 -k c0",
            remains: None,
            tells_end: true,
            domains: &["lan.example", "lab.example"],
            by: "DHCP",
        };
        on_network("dhcp::dhcpcd", |network| case.run(&network))?;
    }
    Ok(())
}

/// It leaves nothing by which anybody could tell: documented as it is.
#[test]
fn udhcpc_looks_static() -> Outcome {
    for time in TIMES {
        let case = Case {
            time,
            take: "udhcpc -i c0 -q -n -f",
            give_back: "ip addr flush dev c0 scope global; rm /etc/resolv.conf",
            remains: None,
            tells_end: false,
            // It does not ask for more.
            domains: &["lan.example"],
            by: "STATIC",
        };
        on_network("dhcp::udhcpc_looks_static", |network| case.run(&network))?;
    }
    Ok(())
}

/// A lease that is over, or of another interface, vouches for nobody.
#[test]
fn an_address_set_by_hand_after_a_lease_is_static() -> Outcome {
    on_network("dhcp::an_address_set_by_hand", |network| {
        network.serve(&["--dhcp-range=192.0.2.100,192.0.2.200,infinite"])?;
        network.node.sh("dhclient -4 -1 c0")?;
        let address = network.given(false)?;
        network.networks(&json!([["DHCP", address, [], "255.255.255.0"]]))?;
        network.node.sh("dhclient -4 -r c0")?;
        network.node.ip(&format!("addr add {address}/24 dev c0"))?;
        network.networks(&json!([["STATIC", address, [], "255.255.255.0"]]))
    })
}

/// An address beside a lease, in its subnet, floats; the lease itself never does.
#[test]
fn what_is_added_beside_a_lease_floats() -> Outcome {
    on_network("dhcp::what_is_added_beside_a_lease_floats", |network| {
        network.serve(&["--dhcp-range=192.0.2.100,192.0.2.200,infinite"])?;
        // First, so that the kernel calls the leased one secondary.
        network.node.ip("addr add 192.0.2.77/24 dev c0")?;
        network.networks(&json!([["STATIC", "192.0.2.77", [], "255.255.255.0"]]))?;
        network.node.sh("dhcpcd -4 -A -w c0")?;
        let address = network.given(false)?;
        if !network
            .node
            .ip_json("addr show dev c0")?
            .to_string()
            .contains("secondary")
        {
            return fail("the kernel does not call the leased address secondary");
        }
        network.networks(&json!([
            ["STATIC", "192.0.2.77", [], "255.255.255.0"],
            ["DHCP", address, [], "255.255.255.0"]
        ]))
    })
}

//! DHCPv4: short, long and infinite leases, as three clients take them.
//!
//! Of an infinite lease the kernel knows nothing: only what the client wrote down tells it
//! from an address somebody set. udhcpc leaves no trace at all.

use serde_json::{Value, json};

use crate::network::{Network, on_network};
use crate::support::outcome::{Outcome, fail};

pub(crate) const TIMES: [&str; 3] = ["2m", "24h", "infinite"];

/// One lease of this length: `take` and `give_back` are the client's commands; `remains` is
/// the file it leaves, if any, `by` what the document is to say.
struct Case<'a> {
    time: &'a str,
    take: &'a str,
    give_back: &'a str,
    remains: Option<&'a str>,
    /// The kernel is told of the lease's end, if it has one.
    tells_end: bool,
    /// The flags of an address of its, beside `dynamic` where the kernel knows an end.
    flags: &'a [&'a str],
    /// Its default route has a protocol of its own, and names the address.
    marks_route: bool,
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
        self.leaves(network, &address)?;
        network.node.sh(self.give_back)?;
        network.is_bare()
    }

    /// What the client leaves with the kernel and in files.
    fn leaves(&self, network: &Network, address: &str) -> Outcome {
        let finite = self.tells_end && self.time != "infinite";
        assert_eq!(network.is_finite(address)?, finite);
        let dynamic = finite.then_some("dynamic");
        let marks: Vec<&str> = dynamic.into_iter().chain(self.flags.to_vec()).collect();
        assert_eq!(network.marks(address)?, marks);
        let (protocol, source) = if self.marks_route {
            (json!("dhcp"), json!(address))
        } else {
            (Value::Null, Value::Null)
        };
        network.default_route("192.0.2.1", &protocol, &source)?;
        let files = network
            .node
            .sh("find /var/lib/dhcp /var/lib/dhcpcd -name '*.lease*' -size +0")?;
        let files = String::from_utf8_lossy(&files).into_owned();
        let expected: Vec<&str> = self.remains.into_iter().collect();
        assert_eq!(files.lines().collect::<Vec<_>>(), expected);
        Ok(())
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
            flags: &[],
            marks_route: false,
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
            remains: Some("/var/lib/dhcpcd/c0.lease"),
            tells_end: true,
            flags: &["noprefixroute"],
            marks_route: true,
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
            flags: &[],
            marks_route: false,
            // It does not ask for more.
            domains: &["lan.example"],
            by: "STATIC",
        };
        on_network("dhcp::udhcpc_looks_static", |network| case.run(&network))?;
    }
    Ok(())
}

/// A lease that was given back vouches for nobody.
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

/// A lease in force vouches for its address however it came to the link; once it is over, or
/// if it is of another interface, it vouches for nobody.
#[test]
fn only_a_lease_in_force_and_of_this_interface_vouches() -> Outcome {
    for change in [
        // What the file says of the lease's end, then of its interface.
        "s|expire .*;|expire 1 2001/01/01 00:00:00;|",
        "s/\"c0\"/\"c9\"/",
    ] {
        on_network("dhcp::only_a_lease_in_force_vouches", |network| {
            network.serve(&["--dhcp-range=192.0.2.100,192.0.2.200,24h"])?;
            network.node.sh("dhclient -4 -1 c0")?;
            let address = network.given(false)?;
            // It tells its number when it is in the background already.
            let told = "until [ -s /run/dhclient.pid ]; do sleep 0.05; done";
            network.node.sh(&format!("timeout 10 sh -c '{told}'"))?;
            network.node.sh("kill -KILL \"$(cat /run/dhclient.pid)\"")?;
            network.node.ip(&format!(
                "addr flush dev c0 scope global\naddr add {address}/24 dev c0"
            ))?;
            assert!(!network.is_finite(&address)?);
            network.networks(&json!([["DHCP", address, [], "255.255.255.0"]]))?;
            let file = "/var/lib/dhcp/dhclient.leases";
            network
                .node
                .run(&["sed", "--in-place", "--expression", change, file])?;
            network.networks(&json!([["STATIC", address, [], "255.255.255.0"]]))
        })?;
    }
    Ok(())
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

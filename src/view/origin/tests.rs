//! What real clients leave behind, and who is concluded from it.
//!
//! Flags are the kernel's `IFA_F_`, protocols its `IFAPROT_` and `RTPROT_`; each row is what
//! the program that its comment names was seen to leave.

use super::*;
use crate::facts::IfIndex;
use crate::facts::sample::{address, route};
use Evidence::{Flags, Lease, Lifetime, Nothing, Protocol, Range, RouteSource};
use Origin::{Dhcp, LinkLocal, Slaac, Static};

const FOREVER: bool = true;
const FINITE: bool = false;

/// A default route of this protocol that names a source; 16 is `RTPROT_DHCP`.
fn from(protocol: u8, source: &str) -> DefaultRoute {
    DefaultRoute {
        protocol,
        source: source.parse().ok(),
        ..route("198.51.100.1")
    }
}

#[test]
fn evidence_in_order() {
    let temporary = AddressFlags::TEMPORARY.0;
    let template = AddressFlags::MANAGE_TEMPORARY.0;
    #[rustfmt::skip]
    let table = [
        // dhclient, dhcpcd, networkd: IPv4 with a lease
        ("198.51.100.5/24", 0, FINITE, 0, Dhcp, Lifetime),
        // a DHCP address added after a VIP of its subnet
        ("198.51.100.5/24", temporary, FINITE, 0, Dhcp, Lifetime),
        // udhcpc, ip addr add, keepalived
        ("198.51.100.5/24", 0x80, FOREVER, 0, Static, Nothing),
        ("198.51.100.100/32", 0x80, FOREVER, 18, Static, Nothing),
        // SLAAC, by the kernel's word or before it had one
        ("2001:db8::5/64", template, FINITE, 2, Slaac, Protocol),
        ("2001:db8::5/64", template, FINITE, 0, Slaac, Flags),
        ("2001:db8::6/64", temporary, FINITE, 0, Slaac, Flags),
        // a router that says "for ever"
        ("2001:db8::5/64", template, FOREVER, 2, Slaac, Protocol),
        // the same, as dhcpcd makes it
        ("2001:db8::5/64", template, FOREVER, 0, Slaac, Flags),
        // DHCPv6
        ("2001:db8::7/128", 0, FINITE, 0, Dhcp, Lifetime),
        ("2001:db8::7/64", 0, FINITE, 0, Static, Nothing),
        // link-local: by the kernel, by a program, by hand
        ("fe80::1/64", 0x80, FOREVER, 3, LinkLocal, Protocol),
        ("fe80::1/64", 0x80, FOREVER, 0, LinkLocal, Range),
        ("169.254.7.7/16", 0x80, FOREVER, 0, LinkLocal, Range),
        ("169.254.7.7/16", 0x80, FINITE, 0, Dhcp, Lifetime),
        ("169.254.7.7/24", 0x80, FOREVER, 0, Static, Nothing),
        // a client that leaves no lifetime but a route
        ("198.51.100.9/24", 0x80, FOREVER, 0, Dhcp, RouteSource),
        ("169.254.9.9/16", 0x80, FOREVER, 0, Dhcp, RouteSource),
        // leases, infinite or not
        ("203.0.113.7/24", 0x80, FOREVER, 0, Dhcp, Lease),
        ("203.0.113.7/24", 0, FINITE, 0, Dhcp, Lease),
        ("2001:db8:7::7/128", 0x80, FOREVER, 0, Dhcp, Lease),
    ];
    let routes = [
        from(16, "198.51.100.9"),
        from(16, "169.254.9.9"),
        from(4, "198.51.100.5"),
    ];
    let leased = ["203.0.113.7", "2001:db8:7::7"].map(|address| address.parse().unwrap());
    let traces = Traces {
        routes: &routes,
        leased: &leased,
    };
    for (cidr, flags, is_forever, protocol, origin, evidence) in table {
        let address = Address {
            flags: AddressFlags(flags),
            is_forever,
            protocol: AddressProtocol::from(protocol),
            ..address(IfIndex(1), cidr)
        };
        assert_eq!(
            of(&address, traces),
            (origin, evidence),
            "{cidr} {flags:#x} {is_forever}"
        );
    }
}

//! Plain facts for tests to vary, the same for every test.
//!
//! What a test is about it varies; the rest is the same everywhere.

use super::*;
use std::sync::Arc;

/// An Ethernet link `name` with this index, up and with carrier.
pub(crate) fn link(index: u32, name: &str) -> LinkFacts {
    let link = Link {
        index: IfIndex(index),
        name: IfName::new(name.as_bytes()).unwrap(),
        altnames: Box::default(),
        kind: LinkKind::Hardware,
        hardware: libc::ARPHRD_ETHER,
        flags: LinkFlags(0x1_0001),
        operstate: OperState::Up,
        mtu: 1500,
        mac: MacAddr::new(&[2, 0, 0, 0, 0, 1]).unwrap(),
        permanent_mac: None,
        mac_before_bond: None,
        master: None,
        port_kind: None,
        lower: None,
        lower_namespace: None,
        carrier_changes: 1,
    };
    LinkFacts {
        incarnation: index.into(),
        link,
        addresses: Vec::new(),
        default_routes: Vec::new(),
        speed: Reading::Pending,
        duplex: None,
    }
}

impl LinkFacts {
    /// With what `change` does to it.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// A VLAN on the link `lower`.
    pub(crate) fn vlan(self, id: u16, lower: u32) -> Self {
        self.with(|facts| {
            let id = VlanId::new(id).unwrap();
            facts.link.kind = LinkKind::Vlan { id };
            facts.link.lower = Some(IfIndex(lower));
        })
    }

    /// A port of the link `master`.
    pub(crate) fn port_of(self, master: u32) -> Self {
        self.with(|facts| facts.link.master = Some(IfIndex(master)))
    }

    /// With a permanent address in CIDR notation.
    pub(crate) fn address(self, cidr: &str) -> Self {
        let index = self.link.index;
        self.with(|facts| facts.addresses.push(address(index, cidr)))
    }

    /// With a default route.
    pub(crate) fn default_route(self, route: DefaultRoute) -> Self {
        self.with(|facts| facts.default_routes.push(route))
    }
}

/// A permanent address on `link`, in CIDR notation.
pub(crate) fn address(link: IfIndex, cidr: &str) -> Address {
    let (local, prefix_len) = cidr.split_once('/').unwrap();
    Address {
        key: AddressKey {
            link,
            local: local.parse().unwrap(),
            peer: None,
            prefix_len: prefix_len.parse().unwrap(),
        },
        flags: AddressFlags(0x80),
        is_forever: true,
        created: 0,
        protocol: AddressProtocol::Unspecified,
    }
}

/// A default route of the main table over `gateway`.
pub(crate) fn route(gateway: &str) -> DefaultRoute {
    let gateway: std::net::IpAddr = gateway.parse().unwrap();
    DefaultRoute {
        is_ipv6: gateway.is_ipv6(),
        hop: Hop::Gateway(gateway),
        state: HopState::Alive,
        table: TABLE_MAIN,
        metric: 100,
        preference: RouterPreference::Medium,
        weight: 1,
        protocol: 0,
        source: None,
    }
}

/// A snapshot of these links.
pub(crate) fn snapshot(links: impl IntoIterator<Item = LinkFacts>) -> Snapshot {
    let mut links: Vec<Arc<LinkFacts>> = links.into_iter().map(Arc::new).collect();
    links.sort_by_key(|facts| facts.link.index);
    Snapshot {
        kernel: KernelFacts {
            links,
            ..KernelFacts::default()
        },
        ..Snapshot::default()
    }
}

//! How a configured interface differs from what is wanted of it.
//!
//! One function for each thing that can be wanted.

use super::{Difference, What, is_tentative};
use crate::config::{Assignment, DesiredInterface, DesiredNetwork, Netmask};
use crate::facts::{BondMode, Dns, InterfaceId, Link, LinkKind, Subnet};
use crate::view::gateways::GatewayView;
use crate::view::networks::configured::Match;
use std::fmt::Display;
use std::net::IpAddr;

/// Nothing of the kind was seen.
const NONE: &str = "none";

/// The link of `desired` is not here; everything else follows from that.
pub(in crate::view) fn of_missing(desired: &DesiredInterface) -> Vec<Difference> {
    let selector = &desired.selector;
    let sentence = format!("there is no link {selector}");
    vec![Difference::new(What::Interface, selector, NONE, sentence)]
}

/// How the interface `link` differs from `desired`, its networks aside; `shared`
/// is another interface that is the same link.
pub(in crate::view) fn of_interface(
    desired: &DesiredInterface,
    link: &Link,
    gateways: GatewayView,
    shared: Option<InterfaceId>,
) -> Vec<Difference> {
    let name = link.name;
    let mut found = Vec::new();
    found.extend(shared.map(|other| {
        let own = desired.id;
        let sentence = format!("{name} is interface {other} and {own} at once");
        Difference::new(What::SharedLink, "a link of its own", &name, sentence)
    }));
    found.extend(desired.bonding_mode.and_then(|wanted| bond(wanted, link)));
    found.extend(desired.mtu.and_then(|wanted| mtu(wanted, link)));
    found.extend(
        [
            gateway(
                desired.default_gateway.map(IpAddr::V4),
                gateways.ipv4,
                "IPv4",
                link,
            ),
            gateway(
                desired.default_gateway_ipv6.map(IpAddr::V6),
                gateways.ipv6,
                "IPv6",
                link,
            ),
        ]
        .into_iter()
        .flatten(),
    );
    found
}

fn bond(wanted: BondMode, link: &Link) -> Option<Difference> {
    let seen = match link.kind {
        LinkKind::Bond { mode } if mode == wanted => return None,
        LinkKind::Bond { mode } => mode.to_string(),
        _ => NONE.to_owned(),
    };
    let sentence = format!("the bonding mode of {} is {seen}, not {wanted}", link.name);
    Some(Difference::new(What::BondingMode, &wanted, &seen, sentence))
}

fn mtu(wanted: u32, link: &Link) -> Option<Difference> {
    let (name, seen) = (link.name, link.mtu);
    let sentence = format!("the MTU of {name} is {seen}, not {wanted}");
    (wanted != seen).then(|| Difference::new(What::Mtu, &wanted, &seen, sentence))
}

fn gateway(
    wanted: Option<IpAddr>,
    seen: Option<IpAddr>,
    family: &str,
    link: &Link,
) -> Option<Difference> {
    let wanted = wanted.filter(|_| wanted != seen)?;
    let seen = seen.map_or_else(|| NONE.to_owned(), |seen| seen.to_string());
    let sentence = format!(
        "the {family} default gateway of {} is {seen}, not {wanted}",
        link.name
    );
    Some(Difference::new(What::Gateway, &wanted, &seen, sentence))
}

/// How the network at `position` of the interface `link` differs, on a host that
/// uses `dns`.
pub(in crate::view) fn of_network(
    position: usize,
    matched: &Match<'_>,
    link: &Link,
    dns: &Dns,
) -> Vec<Difference> {
    let desired = matched.desired;
    let mut found = Vec::new();
    match matched.device {
        None => found.push(no_vlan(desired, link)),
        Some(device) => {
            found.extend(desired.mtu.and_then(|wanted| mtu(wanted, &device.link)));
            found.extend(no_address(matched, &device.link));
        }
    }
    if let (Some(own), Some(subnet)) = (matched.own, matched.subnet) {
        let wanted = desired.netmask.filter(|wanted| !wanted.fits(subnet));
        found.extend(wanted.map(|wanted| netmask(wanted, subnet, own.local(), &own.facts.link)));
    }
    for place in matched.own.iter().chain(&matched.floating) {
        if is_tentative(place.flags(), place.facts) {
            found.push(Difference::tentative(place.facts, place.local()));
        }
    }
    let failed = matched.failed.iter();
    found.extend(failed.map(|place| Difference::duplicate(place.facts, place.local())));
    found.extend(not_in_use(
        "name server",
        &desired.dns_servers,
        &dns.servers,
    ));
    found.extend(not_in_use(
        "search domain",
        &desired.dns_search_domains,
        &dns.search,
    ));
    found
        .into_iter()
        .map(|difference| difference.of(position))
        .collect()
}

fn no_vlan(desired: &DesiredNetwork, link: &Link) -> Difference {
    let id = desired.vlan_id.get();
    let sentence = format!("there is no VLAN {id} on {}", link.name);
    Difference::new(What::Vlan, &id, NONE, sentence)
}

fn no_address(matched: &Match<'_>, device: &Link) -> Option<Difference> {
    // Another host's answer is the reason, and is told.
    if matched.own.is_some() || !matched.failed.is_empty() {
        return None;
    }
    let (network, device) = (&matched.desired.name, device.name);
    match &matched.desired.assigned_by {
        // Only floating addresses are wanted, and those may be on another node.
        Assignment::Static(ranges) if ranges.is_empty() => None,
        Assignment::Static(ranges) => {
            let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
            let wanted = ranges.join(", ");
            let sentence = format!("network {network} has no address of {wanted} on {device}");
            Some(Difference::new(What::Address, &wanted, NONE, sentence))
        }
        Assignment::Dhcp => {
            let sentence = format!("network {network} has no lease on {device}");
            Some(Difference::new(What::Lease, "a lease", NONE, sentence))
        }
        Assignment::LinkLocal => {
            let sentence = format!("network {network} has no link-local address on {device}");
            Some(Difference::new(
                What::Address,
                "a link-local address",
                NONE,
                sentence,
            ))
        }
    }
}

fn netmask(wanted: Netmask, seen: Subnet, own: IpAddr, device: &Link) -> Difference {
    // A mask alone would not tell two subnets of the same width apart.
    let seen = match wanted {
        Netmask::Mask(_) => seen.netmask(),
        Netmask::Subnet(_) => seen.to_string(),
    };
    let device = device.name;
    let sentence = format!("the netmask of {own} on {device} is {seen}, not {wanted}");
    Difference::new(What::Netmask, &wanted, &seen, sentence)
}

fn not_in_use<T: PartialEq + Display>(
    kind: &str,
    wanted: &[T],
    used: &[T],
) -> impl Iterator<Item = Difference> {
    let list: Vec<String> = used.iter().map(ToString::to_string).collect();
    let seen = if list.is_empty() {
        NONE.to_owned()
    } else {
        list.join(", ")
    };
    let missing = wanted.iter().filter(|wanted| !used.contains(wanted));
    missing.map(move |wanted| {
        let sentence = format!("the host does not use the {kind} {wanted}");
        Difference::new(What::Dns, &wanted, &seen, sentence)
    })
}

//! Which links are interfaces of the node, and which devices make one: the link and its VLANs.
//!
//! Written from the contract, over what `ip -d` says of each link.

use std::net::IpAddr;

use super::super::ip::Link;
use super::super::reading::Reading;

/// Whether a link is in the list of interfaces.
pub(crate) fn is_listed(link: &Link, host: &Reading) -> bool {
    let is_elsewheres = link.kind == "veth" && link.lower_is_elsewhere;
    let is_known = devices(link, host).iter().any(|own| has_routable(own));
    is_served(link, host) && (!is_elsewheres || is_known)
}

/// Whether a link is served when asked for by name.
pub(crate) fn is_served(link: &Link, host: &Reading) -> bool {
    !is_hidden(link, host) && base_of_network(link, host).is_none()
}

/// The devices of a served link: itself, and the VLANs that are networks of it.
pub(super) fn devices<'a>(link: &'a Link, host: &'a Reading) -> Vec<&'a Link> {
    let children = host.links.iter().filter(|other| {
        !is_hidden(other, host)
            && base_of_network(other, host).is_some_and(|base| base.name == link.name)
    });
    std::iter::once(link).chain(children).collect()
}

/// The table that holds the default routes of a device.
pub(super) fn routing_table(device: &Link, host: &Reading) -> u64 {
    let master = device.master.as_ref().and_then(|name| host.link(name));
    master.and_then(|vrf| vrf.vrf_table).unwrap_or(254)
}

/// Nothing of the node's, or a part of something else.
fn is_hidden(link: &Link, host: &Reading) -> bool {
    let is_port = link
        .master
        .as_ref()
        .is_some_and(|name| host.link(name).is_none_or(|master| master.kind != "vrf"));
    let is_private = link.has("LOOPBACK") && !has_routable(link);
    let is_switch_port = link.port_kind.as_deref() == Some("openvswitch");
    is_port || is_private || is_switch_port || link.kind == "vrf"
}

/// The served link that this VLAN is a network of.
fn base_of_network<'a>(link: &'a Link, host: &'a Reading) -> Option<&'a Link> {
    let mut base = link;
    while base.kind == "vlan" {
        let lower = base.lower.as_ref().filter(|_| !base.lower_is_elsewhere)?;
        base = host.link(lower)?;
    }
    (link.kind == "vlan" && !is_hidden(base, host)).then_some(base)
}

fn has_routable(link: &Link) -> bool {
    link.addresses.iter().any(|own| is_routable(own.ip))
}

/// Neither for this host alone nor for this link alone.
pub(super) fn is_routable(ip: IpAddr) -> bool {
    let local = match ip {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unicast_link_local(),
    };
    !local
}

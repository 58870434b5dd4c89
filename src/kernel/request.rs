//! The dumps that are asked of the kernel. `rtnetlink(7)`.

use super::fold::DumpObject;
use crate::facts::IfIndex;
use netlink_packet_route::address::AddressMessage;
use netlink_packet_route::link::{LinkAttribute, LinkExtentMask, LinkMessage};
use netlink_packet_route::route::{RouteAttribute, RouteMessage};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

/// Every link, or every address.
pub(super) fn all(object: DumpObject) -> RouteNetlinkMessage {
    match object {
        DumpObject::Links => {
            let mut message = LinkMessage::default();
            // Counters are read where they are asked for.
            let mask = vec![LinkExtentMask::SkipStats];
            message.attributes.push(LinkAttribute::ExtMask(mask));
            RouteNetlinkMessage::GetLink(message)
        }
        DumpObject::Addresses => RouteNetlinkMessage::GetAddress(AddressMessage::default()),
    }
}

/// Every route of `family`.
pub(super) fn routes(family: AddressFamily) -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetRoute(route_message(family))
}

/// The routes of `family` through `link` in `table`.
pub(super) fn routes_through(
    link: IfIndex,
    table: u32,
    family: AddressFamily,
) -> RouteNetlinkMessage {
    let mut message = route_message(family);
    message.attributes = vec![RouteAttribute::Oif(link.0), RouteAttribute::Table(table)];
    RouteNetlinkMessage::GetRoute(message)
}

fn route_message(family: AddressFamily) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family;
    message
}

//! What the kernel said once, as bytes, and the facts that follow from them.
//!
//! A recording holds replies as they came, so that a host can be judged again
//! elsewhere: a bug report is a test case. Taking one is in `record`.

use super::anonymous::anonymous;
use super::decode::{Decoded, NextHop, NextHopId, decode};
use super::fold::{DumpObject, Fold};
use super::pseudonyms::Pseudonyms;
use crate::facts::{DefaultRoute, IfIndex, KernelFacts, Reading, Uptime, WatchTally};
use netlink_packet_core::NetlinkBuffer;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The kernel's side of a node at one moment. Messages are whole, headers
/// included, one after the other, in the byte order of the host they are of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// `RTM_NEWLINK` of every link.
    pub links: Vec<u8>,
    /// `RTM_NEWADDR` of every address.
    pub addresses: Vec<u8>,
    /// `RTM_NEWROUTE` of every default route, of every table.
    pub default_routes: Vec<u8>,
    /// `RTM_NEWNEXTHOP` of every next hop object.
    pub next_hops: Vec<u8>,
    /// Speeds in Mb/s, where the driver tells one.
    pub speeds: Vec<(IfIndex, u32)>,
    /// When it was taken.
    pub taken: Uptime,
}

impl Recording {
    /// What a watch would know of this host.
    #[must_use]
    pub fn facts(&self) -> KernelFacts {
        let (fold, tally) = self.fold();
        KernelFacts {
            links: fold.links().cloned().collect(),
            taken: self.taken,
            missing_since: None,
            tally,
        }
    }

    /// The same under `pseudonyms`.
    #[must_use]
    pub fn under(&self, pseudonyms: &mut Pseudonyms) -> Self {
        let Self {
            links,
            addresses,
            default_routes,
            next_hops,
            speeds,
            taken,
        } = self;
        Self {
            links: anonymous(links, pseudonyms),
            addresses: anonymous(addresses, pseudonyms),
            default_routes: anonymous(default_routes, pseudonyms),
            next_hops: anonymous(next_hops, pseudonyms),
            speeds: speeds.clone(),
            taken: *taken,
        }
    }

    /// The recording folded, and what of it could not be read.
    pub(super) fn fold(&self) -> (Fold, WatchTally) {
        let mut fold = Fold::default();
        let mut tally = WatchTally::default();
        for (object, bytes) in [
            (DumpObject::Links, &self.links),
            (DumpObject::Addresses, &self.addresses),
        ] {
            fold.begin_dump(object, false);
            for message in decoded(bytes, &mut tally) {
                fold.dumped(message);
            }
            fold.end_dump(true);
        }
        for (link, routes) in self.default_routes(&fold, &mut tally) {
            fold.set_default_routes(link, &routes);
        }
        for (index, speed) in &self.speeds {
            fold.set_speed(*index, &Reading::Current(*speed));
        }
        (fold, tally)
    }

    /// Of each link the default routes in the table that holds its routes.
    fn default_routes(
        &self,
        fold: &Fold,
        tally: &mut WatchTally,
    ) -> BTreeMap<IfIndex, Vec<DefaultRoute>> {
        let mut of_links: BTreeMap<IfIndex, Vec<DefaultRoute>> = BTreeMap::new();
        let next_hops = self.next_hops(tally);
        for message in decoded(&self.default_routes, tally) {
            let Decoded::DefaultRoute(mut route) = message else {
                continue;
            };
            // Looking into a table cannot fail.
            let _ = route.resolve(|id| Ok::<_, Infallible>(next_hops.get(&id).cloned()));
            for (link, route) in route.hops {
                if fold.routing_table(link) == Some(route.table) {
                    of_links.entry(link).or_default().push(route);
                }
            }
        }
        of_links
    }

    fn next_hops(&self, tally: &mut WatchTally) -> BTreeMap<NextHopId, NextHop> {
        let objects = decoded(&self.next_hops, tally).into_iter();
        objects
            .filter_map(|message| match message {
                Decoded::NextHop(id, next_hop) => Some((id, next_hop)),
                _ => None,
            })
            .collect()
    }
}

/// The messages in `bytes`, as far as they are whole.
pub(super) fn messages(bytes: &[u8]) -> impl Iterator<Item = NetlinkBuffer<&[u8]>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let message = NetlinkBuffer::new_checked(rest).ok()?;
        let length = usize::try_from(message.length()).ok()?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(message)
    })
}

/// Where `bytes` cease to be whole messages of the type `message_type`; `None` if
/// they are that to the end.
#[must_use]
pub fn damage(bytes: &[u8], message_type: u16) -> Option<usize> {
    let mut offset = 0_usize;
    for message in messages(bytes) {
        let length = usize::try_from(message.length()).unwrap_or(usize::MAX);
        let end = offset.saturating_add(length).saturating_add(3) & !3;
        if message.message_type() != message_type || end > bytes.len() {
            break;
        }
        offset = end;
    }
    (offset != bytes.len()).then_some(offset)
}

fn decoded(bytes: &[u8], tally: &mut WatchTally) -> Vec<Decoded> {
    let decode_one = |message: NetlinkBuffer<&[u8]>| {
        let outcome = decode(message.message_type(), message.payload());
        outcome.count(tally);
        outcome.decoded
    };
    messages(bytes).map(decode_one).collect()
}

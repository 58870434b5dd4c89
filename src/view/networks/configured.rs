//! The networks of a configured interface, one for each that is wanted. Only its
//! ranges decide which addresses are a network's, wherever in the network's
//! device they stand, or on a macvlan or ipvlan over it.

use super::entry::Candidate;
use super::{NetworkView, candidates};
use crate::config::{Assignment, DesiredInterface, DesiredNetwork, Netmask};
use crate::facts::{AddressKey, IfIndex, LinkFacts, Snapshot, Subnet};
use crate::view::origin::Origin;
use crate::view::{devices, interface, resolver};
use std::collections::HashSet;
use std::net::IpAddr;

/// A wanted network and what there is of it.
#[derive(Debug)]
pub(in crate::view) struct Match<'a> {
    pub(in crate::view) desired: &'a DesiredNetwork,
    /// The link it is on; `None` if that is not here.
    pub(in crate::view) device: Option<&'a LinkFacts>,
    /// The node's own address.
    pub(in crate::view) own: Option<Place<'a>>,
    /// Its subnet; without an own address that of another of the network.
    pub(in crate::view) subnet: Option<Subnet>,
    /// Addresses of its floating ranges.
    pub(in crate::view) floating: Vec<Place<'a>>,
    /// Addresses that would be its own or float, but that another host has.
    pub(in crate::view) failed: Vec<Place<'a>>,
}

/// An address and the link it stands on.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Place<'a> {
    pub(in crate::view) facts: &'a LinkFacts,
    candidate: Candidate<'a>,
}

impl<'a> Place<'a> {
    pub(in crate::view) fn local(&self) -> IpAddr {
        self.candidate.address.key.local
    }

    /// What tells it from the same address with another prefix, or elsewhere.
    fn key(&self) -> (IfIndex, AddressKey) {
        (self.facts.link.index, self.candidate.address.key)
    }

    pub(in crate::view) fn flags(&self) -> crate::facts::AddressFlags {
        self.candidate.address.flags
    }

    /// Every address on `device` and on what stands on top of it.
    fn all(device: &'a LinkFacts, snapshot: &'a Snapshot) -> Vec<Self> {
        let links = std::iter::once(device).chain(devices::on_top(device, snapshot));
        let on = |facts| {
            let candidates = candidates(facts, snapshot).into_iter();
            candidates.map(move |candidate| Self { facts, candidate })
        };
        let mut places: Vec<Self> = links.flat_map(on).collect();
        places.sort_by_key(|place| place.candidate.rank_in_subnet());
        places
    }
}

/// Finds what there is of the networks of `desired`, whose link is `base`.
pub(in crate::view) fn find<'a>(
    desired: &'a DesiredInterface,
    base: Option<&'a LinkFacts>,
    snapshot: &'a Snapshot,
) -> Vec<Match<'a>> {
    let mut leased = HashSet::new();
    let networks = desired.networks.iter();
    networks
        .map(|network| {
            let device = base.and_then(|base| devices::of_network(network.vlan_id, base, snapshot));
            let places = device.map(|device| Place::all(device, snapshot));
            let mut places = places.unwrap_or_default();
            places.retain(|place| is_family(network, place.local()));
            let found = Search {
                network,
                interface: desired,
                places: &places,
            };
            let own = found.own(&leased);
            leased.extend(own.map(|own| own.key()));
            found.matched(device, own)
        })
        .collect()
}

fn is_family(network: &DesiredNetwork, address: IpAddr) -> bool {
    let family = network.is_ipv6();
    family.is_none_or(|is_ipv6| is_ipv6 == address.is_ipv6())
}

/// A wanted network among the addresses it can have, the best first.
struct Search<'s, 'a> {
    network: &'a DesiredNetwork,
    interface: &'a DesiredInterface,
    places: &'s [Place<'a>],
}

impl<'a> Search<'_, 'a> {
    /// The node's own address, if none of the `taken` ones.
    fn own(&self, taken: &HashSet<(IfIndex, AddressKey)>) -> Option<Place<'a>> {
        let usable = self.places.iter().filter(|place| {
            !place.candidate.is_failed() && self.may_own(place) && !self.floats(place)
        });
        usable
            .filter(|place| !taken.contains(&place.key()))
            .min_by_key(|place| self.order(place))
            .copied()
    }

    /// Whether an address can be the node's own.
    fn may_own(&self, place: &Place) -> bool {
        let local = place.local();
        match &self.network.assigned_by {
            Assignment::Static(ranges) => {
                ranges.iter().any(|range| range.contains(local)) && !self.is_anothers(place)
            }
            Assignment::LinkLocal => place.candidate.is_link_local(),
            Assignment::Dhcp => {
                !place.candidate.is_link_local()
                    && self.is_within(local)
                    && !self.is_spoken_for(local)
            }
        }
    }

    /// Whether a subnet that is wanted holds `local`.
    fn is_within(&self, local: IpAddr) -> bool {
        match self.network.netmask {
            Some(Netmask::Subnet(subnet)) => subnet.contains(local),
            Some(Netmask::Mask(_)) | None => true,
        }
    }

    /// Whether any network of the interface has `local` in its ranges.
    fn is_spoken_for(&self, local: IpAddr) -> bool {
        let networks = self.interface.networks.iter();
        let own = networks
            .clone()
            .flat_map(|network| network.assigned_by.ip_ranges());
        let mut ranges = own.chain(networks.flat_map(|network| &network.floating_ip_ranges));
        ranges.any(|range| range.contains(local))
    }

    /// Whether it stands with another prefix than the network's, which is that of
    /// another that has it in its ranges, too.
    fn is_anothers(&self, place: &Place) -> bool {
        let subnet = self.subnet(place);
        let fits =
            |network: &DesiredNetwork| network.netmask.is_some_and(|netmask| netmask.fits(subnet));
        let claims = |network: &DesiredNetwork| {
            let mut ranges = network.assigned_by.ip_ranges().iter();
            network.vlan_id == self.network.vlan_id
                && ranges.any(|range| range.contains(place.local()))
        };
        let mut networks = self.interface.networks.iter();
        !fits(self.network) && networks.any(|network| claims(network) && fits(network))
    }

    /// Orders addresses that can be the node's own: of one with several prefixes the
    /// wanted one first. What a DHCP client that leaves
    /// no trace has added looks static: it comes last.
    fn order(&self, place: &Place) -> impl Ord + use<> {
        let doubt = match (&self.network.assigned_by, place.candidate.origin) {
            (Assignment::Dhcp, Origin::Dhcp) => 0,
            (Assignment::Dhcp, Origin::Slaac) => 1,
            (Assignment::Dhcp, _) => 2,
            _ => 0,
        };
        let netmask = self.network.netmask;
        (
            place.candidate.is_last_resort(),
            doubt,
            netmask.is_some_and(|netmask| !netmask.fits(self.subnet(place))),
            place.local().is_ipv6(),
            place.candidate.rank_in_subnet(),
        )
    }

    fn floats(&self, place: &Place) -> bool {
        let mut ranges = self.network.floating_ip_ranges.iter();
        ranges.any(|range| range.contains(place.local()))
    }

    fn matched(&self, device: Option<&'a LinkFacts>, own: Option<Place<'a>>) -> Match<'a> {
        let mut known = HashSet::new();
        let floating = self.places.iter().filter(|place| self.floats(place));
        let (failed, mut floating): (Vec<Place>, Vec<Place>) = floating
            .filter(|place| known.insert(place.local()))
            .partition(|place| place.candidate.is_failed());
        let own_failed = self
            .places
            .iter()
            .filter(|place| place.candidate.is_failed() && self.may_own(place));
        let failed: Vec<Place> = own_failed.copied().chain(failed).collect();
        let standing = own
            .or(floating.first().copied())
            .or(failed.first().copied());
        let subnet = standing.map(|place| self.subnet(&place));
        // In derived entries those of the subnet itself come first, too.
        let is_outside =
            |place: &Place| subnet.is_some_and(|subnet| !subnet.contains(place.local()));
        floating.sort_by_key(is_outside);
        Match {
            desired: self.network,
            device,
            own,
            subnet,
            floating,
            failed,
        }
    }

    /// The subnet of `own`: for a host address the narrowest around it on its link.
    fn subnet(&self, own: &Place) -> Subnet {
        let subnet = own.candidate.subnet();
        let others = self.places.iter();
        let around = others
            .filter(|other| other.facts.link.index == own.facts.link.index)
            .map(|other| other.candidate.subnet())
            .filter(|around| !around.is_host() && around.contains(own.local()))
            .max_by_key(Subnet::prefix_len);
        around.filter(|_| subnet.is_host()).unwrap_or(subnet)
    }
}

impl Match<'_> {
    /// As it is reported, of an interface with the link `base`.
    pub(in crate::view) fn view(
        &self,
        base: Option<&LinkFacts>,
        snapshot: &Snapshot,
    ) -> NetworkView {
        let link = self.device.or(base).map(|facts| &facts.link);
        let dns = link.map(|link| resolver::of(link.index, snapshot));
        NetworkView {
            id: self.desired.id,
            name: self.desired.name.clone(),
            origin: self.origin(),
            address: self.own.map(|own| own.local()),
            floating: self.floating.iter().map(Place::local).collect(),
            subnet: self.subnet,
            mtu: link.map_or(0, |link| link.mtu),
            vlan_id: self.desired.vlan_id,
            device: self.device.map(|facts| facts.link.index),
            dns: dns.unwrap_or_else(|| interface::dns(snapshot).clone()),
        }
    }

    /// As configured; only between a DHCP server and a router the host knows better.
    fn origin(&self) -> Origin {
        let seen = self.own.map(|own| own.candidate.origin);
        match (&self.desired.assigned_by, seen) {
            (Assignment::Dhcp, Some(Origin::Slaac)) => Origin::Slaac,
            (Assignment::Dhcp, _) => Origin::Dhcp,
            (Assignment::Static(_), _) => Origin::Static,
            (Assignment::LinkLocal, _) => Origin::LinkLocal,
        }
    }
}

#[cfg(test)]
mod tests;

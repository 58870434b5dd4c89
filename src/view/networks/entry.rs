//! Grouping the addresses of one device by subnet: who is the node's own, who
//! floats, who stands alone.
//!
//! The order among them is the contract's, in one place.

use super::super::origin::{self, Origin, Traces};
use super::super::ranges::{is_global, is_link_local};
use crate::facts::{Address, AddressFlags, Subnet, Uptime};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::IpAddr;

/// An address with what is to be known of it to choose among them.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Candidate<'a> {
    pub(super) address: &'a Address,
    pub(super) origin: Origin,
    /// In 1/100 s.
    age: u32,
}

/// Orders addresses, the best first.
type Rank = (bool, bool, bool, bool, Reverse<u32>, IpAddr);

impl<'a> Candidate<'a> {
    pub(super) fn new(address: &'a Address, traces: Traces, taken: Uptime) -> Self {
        let (origin, _) = origin::of(address, traces);
        Self {
            address,
            origin,
            age: taken.age(address.created),
        }
    }

    /// Whether it is of use on this link only: `fe80::/10` whoever made it, 169.254/16
    /// unless somebody chose it.
    pub(super) fn is_link_local(&self) -> bool {
        match self.address.key.local {
            IpAddr::V4(_) => self.origin == Origin::LinkLocal,
            local @ IpAddr::V6(_) => is_link_local(local),
        }
    }

    /// Valid for ever, and not because the network lent it for ever.
    fn may_float(&self) -> bool {
        self.address.is_forever && !matches!(self.origin, Origin::Dhcp | Origin::Slaac)
    }

    fn has(&self, flag: AddressFlags) -> bool {
        self.address.flags.has(flag)
    }

    fn is_temporary(&self) -> bool {
        self.address.key.local.is_ipv6() && self.has(AddressFlags::TEMPORARY)
    }

    /// The bit of temporary IPv6 addresses means this in IPv4.
    fn is_secondary(&self) -> bool {
        self.address.key.local.is_ipv4() && self.has(AddressFlags::SECONDARY)
    }

    pub(super) fn is_failed(&self) -> bool {
        self.has(AddressFlags::DAD_FAILED)
    }

    fn is_deprecated(&self) -> bool {
        self.has(AddressFlags::DEPRECATED)
    }

    /// Taken only where there is no other.
    pub(super) fn is_last_resort(&self) -> bool {
        self.is_deprecated() || self.is_temporary()
    }

    /// The prefix is the peer's, if there is one.
    pub(super) fn subnet(&self) -> Subnet {
        let key = &self.address.key;
        Subnet::of(key.peer.unwrap_or(key.local), key.prefix_len)
    }

    fn rank(&self) -> Rank {
        (
            self.is_failed(),
            self.is_last_resort(),
            self.origin == Origin::Slaac,
            self.is_secondary(),
            Reverse(self.age),
            self.address.key.local,
        )
    }

    /// Within a subnet, host addresses come after those of its whole width.
    pub(super) fn rank_in_subnet(&self) -> (bool, bool, bool, bool, bool, Rank) {
        let rank = self.rank();
        let (is_failed, is_leaving, is_slaac, is_secondary, ..) = rank;
        let is_host = self.subnet().is_host();
        (is_failed, is_leaving, is_slaac, is_secondary, is_host, rank)
    }
}

/// An entry in the making.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) subnet: Subnet,
    pub(super) head: Option<Candidate<'a>>,
    pub(super) floating: Vec<IpAddr>,
}

impl Entry<'_> {
    /// Entries whose own address others can know come first.
    pub(super) fn has_no_global(&self) -> bool {
        !self
            .head
            .is_some_and(|head| is_global(head.address.key.local))
    }

    pub(super) fn rank(&self) -> impl Ord + use<> {
        let is_ipv6 = self.subnet.is_ipv6();
        let head = self.head.map(|head| head.rank());
        (is_ipv6, head.is_none(), head, self.subnet)
    }
}

/// The entries of one device with the addresses `candidates`.
pub(super) fn of_device<'a>(candidates: &[Candidate<'a>]) -> Vec<Entry<'a>> {
    let lasting: Vec<Candidate> = candidates
        .iter()
        .copied()
        .filter(|c| !c.is_temporary())
        .collect();
    // A temporary address stands for the device only if it has no other.
    let candidates = if lasting.is_empty() {
        candidates
    } else {
        &lasting
    };
    let is_fresh = |candidate: &Candidate| !candidate.is_failed() && !candidate.is_deprecated();
    let has_fresh = candidates.iter().any(is_fresh);
    let may_head =
        |candidate: &Candidate| !candidate.is_failed() && (is_fresh(candidate) || !has_fresh);

    let (groups, hosts) = group(candidates);
    let mut entries = Vec::new();
    for (subnet, members) in groups {
        entries.extend(split(subnet, members, &may_head));
    }
    for is_ipv6 in [false, true] {
        let hosts = hosts
            .iter()
            .copied()
            .filter(|host| host.subnet().is_ipv6() == is_ipv6);
        add_hosts(hosts.collect(), &mut entries, &may_head);
    }
    entries
}

/// By subnet, host addresses in the narrowest subnet that holds them; and the
/// permanent host addresses that are in none.
fn group<'a>(
    candidates: &[Candidate<'a>],
) -> (BTreeMap<Subnet, Vec<Candidate<'a>>>, Vec<Candidate<'a>>) {
    let (hosts, others): (Vec<Candidate>, Vec<Candidate>) = candidates
        .iter()
        .partition(|candidate| candidate.subnet().is_host());
    let mut groups: BTreeMap<Subnet, Vec<Candidate>> = BTreeMap::new();
    for other in others {
        groups.entry(other.subnet()).or_default().push(other);
    }
    // Few: what holds a host is found by prefix length, not by looking at each.
    let prefix_lens: BTreeSet<u8> = groups.keys().map(Subnet::prefix_len).collect();
    let mut alone = Vec::new();
    for host in hosts {
        let local = host.address.key.local;
        let around = prefix_lens
            .iter()
            .rev()
            .filter(|len| local.is_ipv6() || **len < 32)
            .map(|len| Subnet::of(local, *len))
            .find(|subnet| !subnet.is_host() && groups.contains_key(subnet));
        match around {
            Some(subnet) => groups.entry(subnet).or_default().push(host),
            None if host.may_float() => alone.push(host),
            None => groups.entry(host.subnet()).or_default().push(host),
        }
    }
    (groups, alone)
}

/// The entries of one subnet: its own address with those that float, then one
/// for each other address that somebody renews.
fn split<'a>(
    subnet: Subnet,
    mut members: Vec<Candidate<'a>>,
    may_head: &impl Fn(&Candidate) -> bool,
) -> Vec<Entry<'a>> {
    members.sort_by_key(Candidate::rank_in_subnet);
    let head = members.iter().copied().find(may_head);
    let mut first = Entry {
        subnet,
        head,
        floating: Vec::new(),
    };
    let mut alone = Vec::new();
    let mut known: HashSet<IpAddr> = head
        .map(|head| head.address.key.local)
        .into_iter()
        .collect();
    for member in members.iter().filter(|member| !member.is_failed()) {
        let local = member.address.key.local;
        if known.contains(&local) {
            continue;
        }
        if member.may_float() {
            known.insert(local);
            first.floating.push(local);
        } else if may_head(member) {
            alone.push(Entry {
                subnet,
                head: Some(*member),
                floating: Vec::new(),
            });
        }
    }
    let is_shown =
        head.is_some() || !first.floating.is_empty() || members.iter().any(Candidate::is_failed);
    let first = is_shown.then_some(first);
    first.into_iter().chain(alone).collect()
}

/// Adds permanent host addresses outside every subnet, all of one family: they
/// float in the device's first entry of that family, or open it.
fn add_hosts<'a>(
    mut hosts: Vec<Candidate<'a>>,
    entries: &mut Vec<Entry<'a>>,
    may_head: &impl Fn(&Candidate) -> bool,
) {
    hosts.sort_by_key(Candidate::rank_in_subnet);
    let Some(best) = hosts.first() else { return };
    let subnet = best.subnet();
    let first = entries
        .iter_mut()
        .filter(|entry| entry.subnet.is_ipv6() == subnet.is_ipv6())
        .min_by_key(|entry| (entry.has_no_global(), entry.rank()));
    match first {
        None => entries.extend(split(subnet, hosts, may_head)),
        Some(entry) => {
            let own = entry.head.map(|head| head.address.key.local);
            let mut known: HashSet<IpAddr> = entry.floating.iter().copied().chain(own).collect();
            let more = hosts.iter().filter(|host| !host.is_failed());
            let more = more.map(|host| host.address.key.local);
            entry
                .floating
                .extend(more.filter(|local| known.insert(*local)));
        }
    }
}

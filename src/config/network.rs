//! `[[interface.network]]`: a network of an interface, and whose addresses it has.
//!
//! It only classifies addresses and states what is wanted: it adds none.

use super::claim::{self, Claim};
use super::interface::MTU;
use super::mistake::Mistakes;
use super::netmask::Netmask;
use super::node::not_empty;
use super::range::AddressRange;
use super::reader::{At, Table};
use crate::facts::{NameServer, VlanId};
use std::collections::{HashMap, HashSet};

/// What is wanted of a network. What is `None` or empty is left to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredNetwork {
    /// Its number; unique in the file.
    pub id: u32,
    /// Its name; unique in its interface.
    pub name: String,
    /// Who assigns the node's own address.
    pub assigned_by: Assignment,
    /// Addresses that move between the nodes, all of one family.
    pub floating_ip_ranges: Vec<AddressRange>,
    /// The width of the subnet.
    pub netmask: Option<Netmask>,
    /// The VLAN it is in.
    pub vlan_id: VlanId,
    /// Maximum transfer unit in bytes, 68 to 65535.
    pub mtu: Option<u32>,
    /// Name servers that the host should use.
    pub dns_servers: Vec<NameServer>,
    /// Domains that the host should search.
    pub dns_search_domains: Vec<String>,
    /// The tenant it belongs to.
    pub tenant_id: Option<u32>,
}

/// Who assigns the node's own address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// A DHCP server or a router.
    Dhcp,
    /// The operator: the one that the node has of these, all of one family. Empty
    /// if the network has floating addresses only.
    Static(Vec<AddressRange>),
    /// The host itself, for this link only.
    LinkLocal,
}

impl Assignment {
    /// The ranges that the node's own address is in, if it is static.
    #[must_use]
    pub fn ip_ranges(&self) -> &[AddressRange] {
        match self {
            Self::Static(ranges) => ranges,
            Self::Dhcp | Self::LinkLocal => &[],
        }
    }
}

impl DesiredNetwork {
    /// Whether only IPv6 addresses, or only IPv4 ones, can be this network's.
    #[must_use]
    pub fn is_ipv6(&self) -> Option<bool> {
        let mut ranges = self
            .assigned_by
            .ip_ranges()
            .iter()
            .chain(&self.floating_ip_ranges);
        let netmask = self.netmask.map(|netmask| netmask.is_ipv6());
        netmask.or_else(|| ranges.next().map(AddressRange::is_ipv6))
    }
}

/// The ids of networks so far, with their names.
pub(super) type NetworkIds = HashMap<u32, String>;

/// Reads the networks of an interface of this `mtu`.
pub(super) fn read(
    tables: Vec<Table<'_>>,
    mtu: Option<u32>,
    ids: &mut NetworkIds,
    mistakes: &mut Mistakes,
) -> Vec<DesiredNetwork> {
    let mut networks: Vec<DesiredNetwork> = Vec::new();
    let (mut names, mut claims) = (HashSet::new(), Vec::new());
    for table in tables {
        let Some((network, raw)) = read_one(table, mtu, ids, mistakes) else {
            continue;
        };
        if !names.insert(network.name.clone()) {
            let what = format!(
                "`{}` is another network's name already; give each its own",
                network.name
            );
            mistakes.at(raw.name.map_or(0, |name| name.offset), what);
        }
        let own = raw.ip_ranges.into_iter().map(|range| (range, false));
        let floating = raw.floating.into_iter().map(|range| (range, true));
        claims.extend(own.chain(floating).map(|(range, floats)| Claim {
            network: networks.len(),
            range,
            floats,
        }));
        networks.push(network);
    }
    claim::check(claims, &networks, mistakes);
    networks
}

/// The keys of a network with their places.
struct Raw {
    id: Option<At<u32>>,
    name: Option<At<String>>,
    assigned_by: Option<At<Word>>,
    ip_ranges: Vec<At<AddressRange>>,
    floating: Vec<At<AddressRange>>,
    has_ranges: bool,
    netmask: Option<At<Netmask>>,
    vlan_id: Option<At<u32>>,
    mtu: Option<At<u32>>,
}

fn read_one(
    mut table: Table<'_>,
    interface_mtu: Option<u32>,
    ids: &mut NetworkIds,
    mistakes: &mut Mistakes,
) -> Option<(DesiredNetwork, Raw)> {
    let range = str::parse::<AddressRange>;
    let raw = Raw {
        id: table.number("id", &(1..=u32::MAX), mistakes),
        name: table.text("name", not_empty, mistakes),
        assigned_by: table.text("assigned_by", word, mistakes),
        ip_ranges: table.texts("ip_ranges", range, mistakes),
        floating: table.texts("floating_ip_ranges", range, mistakes),
        has_ranges: table.has_some("ip_ranges") || table.has_some("floating_ip_ranges"),
        netmask: table.text("netmask", netmask, mistakes).and_then(wanted),
        vlan_id: table.number("vlan_id", &(0..=4094), mistakes),
        mtu: table.number("mtu", &MTU, mistakes),
    };
    let dns_servers = table.texts("dns_servers", str::parse::<NameServer>, mistakes);
    let dns_search_domains = table.texts("dns_search_domains", domain, mistakes);
    let tenant_id = table.number("tenant_id", &(0..=u32::MAX), mistakes);
    let id = table.require(raw.id, "id", "1", mistakes);
    let name = table.require(raw.name.as_ref(), "name", "\"Default\"", mistakes);
    let word = table.require(raw.assigned_by, "assigned_by", "\"STATIC\"", mistakes);
    raw.check(table.offset(), interface_mtu, mistakes);
    table.finish(mistakes);
    let (id, name, word) = (id?, name?, word?);
    let vlan_id = raw.vlan();
    if let Some(other) = ids.insert(id.value, name.value.clone()) {
        let what = format!(
            "id {} is network `{other}`'s already; ids are unique in the file",
            id.value
        );
        mistakes.at(id.offset, what);
    }
    let network = DesiredNetwork {
        id: id.value,
        name: name.value.clone(),
        assigned_by: match word.value {
            Word::Dhcp => Assignment::Dhcp,
            Word::LinkLocal => Assignment::LinkLocal,
            Word::Static => Assignment::Static(values(&raw.ip_ranges)),
        },
        floating_ip_ranges: values(&raw.floating),
        netmask: raw.netmask.map(|netmask| netmask.value),
        vlan_id,
        mtu: raw.mtu.map(|mtu| mtu.value),
        dns_servers: values(&dns_servers),
        dns_search_domains: values(&dns_search_domains),
        tenant_id: tenant_id.map(|tenant| tenant.value),
    };
    Some((network, raw))
}

impl Raw {
    fn vlan(&self) -> VlanId {
        let id = self
            .vlan_id
            .and_then(|id| VlanId::new(u16::try_from(id.value).ok()?));
        id.unwrap_or_default()
    }

    /// Looks for keys that contradict each other.
    fn check(&self, offset: usize, interface_mtu: Option<u32>, mistakes: &mut Mistakes) {
        self.check_assignment(offset, mistakes);
        self.check_link_local(mistakes);
        self.check_families(mistakes);
        self.check_subnet(mistakes);
        for own in &self.ip_ranges {
            let other = self
                .floating
                .iter()
                .find(|other| other.value.overlaps(&own.value));
            if let Some(other) = other {
                let what = format!(
                    "`{}` overlaps `{}` of ip_ranges; an address floats or is a node's own",
                    other.value, own.value
                );
                mistakes.at(other.offset, what);
            }
        }
        if let (Some(own), Some(most)) = (self.mtu, interface_mtu) {
            let is_tagged = self.vlan() != VlanId::UNTAGGED;
            if own.value > most || (!is_tagged && own.value != most) {
                let wanted = if is_tagged {
                    "no more"
                } else {
                    "the same, untagged as it is"
                };
                let what = format!(
                    "`mtu` is {} on an interface of {most}; write {wanted}",
                    own.value
                );
                mistakes.at(own.offset, what);
            }
        }
    }

    fn check_assignment(&self, offset: usize, mistakes: &mut Mistakes) {
        let Some(word) = self.assigned_by else { return };
        match (word.value, self.ip_ranges.first()) {
            (Word::Static, _) if !self.has_ranges => mistakes.unless_torn(
                offset,
                "a STATIC network without ranges; write ip_ranges = [\"...\"], or another assigned_by",
            ),
            (Word::Dhcp | Word::LinkLocal, Some(first)) => mistakes.at(
                first.offset,
                "`ip_ranges` of a network that is not STATIC; remove them, or write assigned_by = \"STATIC\"",
            ),
            _ => {}
        }
    }

    fn check_families(&self, mistakes: &mut Mistakes) {
        let ranges = self.ip_ranges.iter().chain(&self.floating);
        let mut families = ranges.map(|range| (range.value.is_ipv6(), range.offset));
        let netmask = self.netmask.map(|netmask| netmask.value.is_ipv6());
        let Some(first) = netmask.or_else(|| families.clone().next().map(|(family, _)| family))
        else {
            return;
        };
        if let Some((_, offset)) = families.find(|(family, _)| *family != first) {
            mistakes.at(
                offset,
                "IPv4 and IPv6 in one network; write a network for each",
            );
        }
    }

    fn check_link_local(&self, mistakes: &mut Mistakes) {
        let (Some(word), Some(netmask)) = (self.assigned_by, self.netmask) else {
            return;
        };
        if matches!(word.value, Word::LinkLocal) && !netmask.value.is_link_local() {
            let what = format!(
                "`{}` is no netmask of link-local addresses; write \"255.255.0.0\" or \"fe80::/64\"",
                netmask.value
            );
            mistakes.at(netmask.offset, what);
        }
    }

    fn check_subnet(&self, mistakes: &mut Mistakes) {
        let Some(Netmask::Subnet(subnet)) = self.netmask.map(|netmask| netmask.value) else {
            return;
        };
        for range in &self.ip_ranges {
            let is_outside = |address| !subnet.contains(address);
            let is_same_family = range.value.is_ipv6() == subnet.is_ipv6();
            if is_same_family && range.value.ends().into_iter().any(is_outside) {
                let what = format!("`{}` is not within {subnet}; correct either", range.value);
                mistakes.at(range.offset, what);
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Word {
    Dhcp,
    Static,
    LinkLocal,
}

fn word(text: &str) -> Result<Word, String> {
    match text {
        "DHCP" => Ok(Word::Dhcp),
        "STATIC" => Ok(Word::Static),
        "LINK_LOCAL" => Ok(Word::LinkLocal),
        _ => Err(format!(
            "`{text}` assigns no addresses; write DHCP, STATIC or LINK_LOCAL"
        )),
    }
}

/// The empty text wants none in particular.
fn netmask(text: &str) -> Result<Option<Netmask>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// With its place, if there is any.
fn wanted<T>(at: At<Option<T>>) -> Option<At<T>> {
    let At { value, offset } = at;
    value.map(|value| At { value, offset })
}

fn domain(text: &str) -> Result<String, String> {
    let domain = text.trim_end_matches('.');
    let is_domain = !domain.is_empty() && !domain.contains(char::is_whitespace);
    is_domain
        .then(|| domain.to_owned())
        .ok_or_else(|| format!("`{text}` is no domain; write it as \"a.example\""))
}

fn values<T: Clone>(list: &[At<T>]) -> Vec<T> {
    list.iter().map(|at| at.value.clone()).collect()
}

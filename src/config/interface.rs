//! `[[interface]]`: an interface to serve, and what is wanted of it.
//!
//! It only names and states what is wanted: nothing is reported because it stands here.

use super::mistake::Mistakes;
use super::network::{self, DesiredNetwork, NetworkIds};
use super::reader::{At, Table};
use crate::facts::{BondMode, InterfaceId, MacAddr};
use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

/// MTU in bytes that a link can have: from what IPv4 demands (RFC 791).
pub(super) const MTU: std::ops::RangeInclusive<u32> = 68..=65_535;
/// Bytes of the longest altname, each written `\xNN`.
const LONGEST_NAME: usize = 4 * 127;

/// What is wanted of an interface. What is `None` is left to the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredInterface {
    /// Its number; unique.
    pub id: InterfaceId,
    /// Which link it is; unique.
    pub selector: Selector,
    /// Mode of the bond that it is.
    pub bonding_mode: Option<BondMode>,
    /// Maximum transfer unit in bytes, 68 to 65535.
    pub mtu: Option<u32>,
    /// Default gateway over IPv4.
    pub default_gateway: Option<Ipv4Addr>,
    /// Default gateway over IPv6.
    pub default_gateway_ipv6: Option<Ipv6Addr>,
    /// Its networks, with unique names; none: those derived from the kernel.
    pub networks: Vec<DesiredNetwork>,
}

/// How a link is found. Displayed as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    /// By kernel name or altname, bytes that are not UTF-8 as `\xNN`.
    Name(String),
    /// By permanent link-layer address, else by the one in use.
    Mac(MacAddr),
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Mac(mac) => mac.fmt(f),
        }
    }
}

pub(super) fn read(tables: Vec<Table<'_>>, mistakes: &mut Mistakes) -> Vec<Arc<DesiredInterface>> {
    let mut unique = Unique::default();
    tables
        .into_iter()
        .filter_map(|table| read_one(table, &mut unique, mistakes))
        .map(Arc::new)
        .collect()
}

/// What must not occur twice, with what has it.
#[derive(Default)]
struct Unique {
    ids: HashMap<InterfaceId, String>,
    selectors: HashMap<Selector, InterfaceId>,
    networks: NetworkIds,
}

fn read_one(
    mut table: Table<'_>,
    unique: &mut Unique,
    mistakes: &mut Mistakes,
) -> Option<DesiredInterface> {
    let id = table.number("id", &(1..=u32::MAX), mistakes);
    let id = table.require(id, "id", "1", mistakes);
    let selector = selector(&mut table, mistakes);
    let bonding_mode = table.text("bonding_mode", bonding_mode, mistakes);
    let mtu = table.number("mtu", &MTU, mistakes);
    let ipv4 = table.text("default_gateway", gateway::<Ipv4Addr>, mistakes);
    let ipv6 = table.text("default_gateway_ipv6", gateway::<Ipv6Addr>, mistakes);
    let tables = table.tables("network", mistakes);
    table.finish(mistakes);
    let mtu = mtu.map(|mtu| mtu.value);
    let networks = network::read(tables, mtu, &mut unique.networks, mistakes);
    let (id, selector) = (id?, selector?);
    let whole = DesiredInterface {
        id: InterfaceId(id.value),
        selector: selector.value,
        bonding_mode: bonding_mode.map(|mode| mode.value),
        mtu,
        default_gateway: ipv4.and_then(|gateway| gateway.value),
        default_gateway_ipv6: ipv6.and_then(|gateway| gateway.value),
        networks,
    };
    unique.check(&whole, id.offset, selector.offset, mistakes);
    Some(whole)
}

impl Unique {
    fn check(
        &mut self,
        own: &DesiredInterface,
        id: usize,
        selector: usize,
        mistakes: &mut Mistakes,
    ) {
        let name = own.selector.to_string();
        if let Some(other) = self.ids.insert(own.id, name) {
            let what = format!(
                "id {} is `{other}`'s already; give each interface its own",
                own.id
            );
            mistakes.at(id, what);
        }
        if let Some(other) = self.selectors.insert(own.selector.clone(), own.id) {
            let what = format!(
                "`{}` is interface {other} already; name each link once",
                own.selector
            );
            mistakes.at(selector, what);
        }
    }
}

fn selector(table: &mut Table<'_>, mistakes: &mut Mistakes) -> Option<At<Selector>> {
    let is_named = |at: At<String>| At {
        value: Selector::Name(at.value),
        offset: at.offset,
    };
    let has_mac = |at: At<MacAddr>| At {
        value: Selector::Mac(at.value),
        offset: at.offset,
    };
    let (name, mac) = (table.text("name", link_name, mistakes), table.take("mac"));
    match (name, mac) {
        (name, None) => table
            .require(name, "name", "\"bond0\", or mac = \"...\"", mistakes)
            .map(is_named),
        (None, Some(_)) => table.text("mac", mac_address, mistakes).map(has_mac),
        (Some(_), Some(mac)) => {
            mistakes.at(
                mac.span().start,
                "`mac` beside `name`; write only what the link is to be found by",
            );
            None
        }
    }
}

fn link_name(text: &str) -> Result<String, String> {
    let is_name = !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(['/', '\0']);
    is_name
        .then(|| text.to_owned())
        .ok_or_else(|| format!("`{text}` can be no link's name; write one as `ip link` shows it"))
}

fn mac_address(text: &str) -> Result<MacAddr, String> {
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|byte| {
            u8::from_str_radix(byte, 16)
                .ok()
                .filter(|_| byte.len() == 2)
        })
        .collect();
    let mac = bytes.as_deref().and_then(MacAddr::new);
    mac.filter(|mac| is_of_a_link(mac.as_bytes()))
        .ok_or_else(|| format!("`{text}` is no link's address; write it as \"a6:52:f9:b1:83:23\""))
}

/// Whether one link has it: not loopback's, which is zero, and no group's.
fn is_of_a_link(mac: &[u8]) -> bool {
    let is_group = mac.len() == 6 && mac.first().is_some_and(|first| first & 1 == 1);
    mac.len() > 1 && mac.iter().any(|byte| *byte != 0) && !is_group
}

fn bonding_mode(text: &str) -> Result<BondMode, String> {
    match text {
        "ACTIVE_BACKUP" => Ok(BondMode::ActiveBackup),
        "IEEE_8023AD" => Ok(BondMode::Ieee8023ad),
        _ => Err(format!(
            "`{text}` is no bonding mode known here; write ACTIVE_BACKUP or IEEE_8023AD"
        )),
    }
}

/// An address of one family; the empty text wants none in particular.
fn gateway<T: FromStr + Family>(text: &str) -> Result<Option<T>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let error = || {
        let family = T::FAMILY;
        format!("`{text}` is no {family} address of a gateway; write one, or \"\"")
    };
    let address: T = text.parse().map_err(|_| error())?;
    Some(address)
        .filter(T::is_of_a_host)
        .map(Some)
        .ok_or_else(error)
}

trait Family {
    const FAMILY: &str;

    /// Whether another host can have it.
    fn is_of_a_host(&self) -> bool;
}

impl Family for Ipv4Addr {
    const FAMILY: &str = "IPv4";

    fn is_of_a_host(&self) -> bool {
        let is_none = self.is_unspecified() || self.is_broadcast();
        !(is_none || self.is_loopback() || self.is_multicast())
    }
}

impl Family for Ipv6Addr {
    const FAMILY: &str = "IPv6";

    fn is_of_a_host(&self) -> bool {
        !(self.is_unspecified() || self.is_loopback() || self.is_multicast())
    }
}

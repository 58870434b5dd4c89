//! Netlink messages without anything that tells whose they are, pure.
//!
//! Kernels say more than is known here, so nothing is taken out: a new message is
//! made of the attributes that are known, each as it must be treated. `rtnetlink(7)`.

use super::decode::{NEXT_HOP_HEADER, each_attribute};
use super::pseudonyms::{Pseudonyms, Word};
use super::recording::messages;
use crate::facts::RTM_NEWNEXTHOP;
use std::net::IpAddr;

/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;

/// `ifi_type` of a GRE tunnel over IPv6. `if_arp.h`.
const ARPHRD_IP6GRE: u16 = 823;

/// What becomes of an attribute's value.
#[derive(Clone, Copy)]
enum Treatment {
    Keep,
    Mac,
    Ip,
    /// `struct rtvia`: a 16 bit family, then the address.
    Via,
    Name(Word),
    Nested(Table),
    /// By the kind of link that is named beside it.
    LinkInfo,
    /// `struct rtnexthop`s, each with attributes behind it.
    NextHops,
}

use Treatment::{Ip, Keep, LinkInfo, Mac, Name, Nested, NextHops, Via};

/// The attributes that stay.
type Table = &'static [(u16, Treatment)];

const LINK: Table = &[
    (libc::IFLA_ADDRESS, Mac),
    (libc::IFLA_BROADCAST, Mac),
    (libc::IFLA_IFNAME, Name(Word::Link)),
    (libc::IFLA_MTU, Keep),
    (libc::IFLA_LINK, Keep),
    (libc::IFLA_MASTER, Keep),
    (libc::IFLA_OPERSTATE, Keep),
    (libc::IFLA_LINKMODE, Keep),
    (libc::IFLA_LINKINFO, LinkInfo),
    (libc::IFLA_IFALIAS, Name(Word::Alias)),
    (libc::IFLA_CARRIER, Keep),
    (libc::IFLA_CARRIER_CHANGES, Keep),
    (libc::IFLA_LINK_NETNSID, Keep),
    (
        libc::IFLA_PROP_LIST,
        Nested(&[(libc::IFLA_ALT_IFNAME, Name(Word::Altname))]),
    ),
    (libc::IFLA_PERM_ADDRESS, Mac),
];
/// Of a link whose link-layer addresses are the ends of a tunnel.
const TUNNEL: Table = &[
    (libc::IFLA_ADDRESS, Ip),
    (libc::IFLA_BROADCAST, Ip),
    (libc::IFLA_PERM_ADDRESS, Ip),
];
// if_link.h: mode, number of the active port, numbers of the active aggregator.
const BOND: Table = &[(1, Keep), (2, Keep), (23, Nested(BOND_AGGREGATOR))];
const BOND_AGGREGATOR: Table = &[(1, Keep), (2, Keep), (3, Keep), (4, Keep), (5, Mac)];
/// State, MII status, link-layer address, aggregator.
const BOND_PORT: Table = &[(1, Keep), (2, Keep), (4, Mac), (6, Keep)];
/// Id, protocol.
const VLAN: Table = &[(1, Keep), (5, Keep)];
/// Table.
const VRF: Table = &[(1, Keep)];

const ADDRESS: Table = &[
    (libc::IFA_ADDRESS, Ip),
    (libc::IFA_LOCAL, Ip),
    (libc::IFA_CACHEINFO, Keep),
    (libc::IFA_FLAGS, Keep),
    // IFA_RT_PRIORITY, IFA_PROTO.
    (9, Keep),
    (11, Keep),
];

const ROUTE: Table = &[
    (libc::RTA_OIF, Keep),
    (libc::RTA_GATEWAY, Ip),
    (libc::RTA_PRIORITY, Keep),
    (libc::RTA_PREFSRC, Ip),
    (libc::RTA_MULTIPATH, NextHops),
    (libc::RTA_CACHEINFO, Keep),
    (libc::RTA_TABLE, Keep),
    // RTA_VIA, RTA_PREF, RTA_NH_ID.
    (18, Via),
    (20, Keep),
    (30, Keep),
];
const NEXT_HOP_OF_ROUTE: Table = &[(libc::RTA_GATEWAY, Ip), (18, Via)];
/// `NHA_ID`, `NHA_GROUP`, `NHA_GROUP_TYPE`, `NHA_BLACKHOLE`, `NHA_OIF`, `NHA_GATEWAY`.
const NEXT_HOP: Table = &[
    (1, Keep),
    (2, Keep),
    (3, Keep),
    (4, Keep),
    (5, Keep),
    (6, Ip),
];

/// The messages in `bytes` under `pseudonyms`.
pub(super) fn anonymous(bytes: &[u8], pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let mut all = Vec::new();
    for message in messages(bytes) {
        let message_type = message.message_type();
        let payload = message.payload();
        let (fixed, tables): (_, &[Table]) = match message_type {
            libc::RTM_NEWLINK if is_tunnel(payload) => (16, &[TUNNEL, LINK]),
            libc::RTM_NEWLINK => (16, &[LINK]),
            libc::RTM_NEWADDR => (8, &[ADDRESS]),
            libc::RTM_NEWROUTE => (12, &[ROUTE]),
            RTM_NEWNEXTHOP => (8, &[NEXT_HOP]),
            _ => continue,
        };
        let Some((fixed, attributes)) = payload.split_at_checked(fixed) else {
            continue;
        };
        let attributes = treated(attributes, tables, pseudonyms);
        let length = HEADER + fixed.len() + attributes.len();
        all.extend(u32::try_from(length).unwrap_or_default().to_ne_bytes());
        all.extend(message_type.to_ne_bytes());
        all.extend(message.flags().to_ne_bytes());
        // Sequence number and port are those of who asked.
        all.extend([0; 8]);
        all.extend(fixed);
        all.extend(attributes);
    }
    all
}

/// Whether the addresses of this link are IP addresses: `ifi_type` of a
/// `struct ifinfomsg`.
fn is_tunnel(link: &[u8]) -> bool {
    let hardware = link.get(2..).and_then(|rest| rest.first_chunk().copied());
    matches!(
        hardware.map(u16::from_ne_bytes),
        Some(
            libc::ARPHRD_TUNNEL
                | libc::ARPHRD_TUNNEL6
                | libc::ARPHRD_SIT
                | libc::ARPHRD_IPGRE
                | ARPHRD_IP6GRE
        )
    )
}

/// The attributes of `bytes` that are in `tables`; the first has the word.
fn treated(bytes: &[u8], tables: &[Table], pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let mut all = Vec::new();
    each_attribute(bytes, &mut 0, |kind, value, _| {
        let mut known = tables.iter().copied().flatten();
        let (_, treatment) = known.find(|(known, _)| *known == kind)?;
        let value = treat(value, *treatment, pseudonyms)?;
        append(&mut all, kind, &value);
        Some(())
    });
    all
}

/// `None` for a value that cannot be read: it is left out.
fn treat(value: &[u8], treatment: Treatment, pseudonyms: &mut Pseudonyms) -> Option<Vec<u8>> {
    Some(match treatment {
        Keep => value.to_vec(),
        Mac => pseudonyms.mac(value),
        Ip => ip(value, pseudonyms)?,
        Via => {
            let (family, address) = value.split_at_checked(2)?;
            [family, &ip(address, pseudonyms)?].concat()
        }
        Name(word) => {
            let name = value.split(|byte| *byte == 0).next()?;
            [pseudonyms.word(word, name), vec![0]].concat()
        }
        Nested(table) => treated(value, &[table], pseudonyms),
        LinkInfo => link_info(value, pseudonyms),
        NextHops => next_hops(value, pseudonyms),
    })
}

fn ip(value: &[u8], pseudonyms: &mut Pseudonyms) -> Option<Vec<u8>> {
    let address = match value.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(value).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(value).ok()?),
    };
    Some(match pseudonyms.ip(address) {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    })
}

/// `IFLA_LINKINFO`: the kernel writes each kind before the data that it explains.
fn link_info(bytes: &[u8], pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let mut all = Vec::new();
    let mut table: Table = &[];
    each_attribute(bytes, &mut 0, |kind, value, _| {
        match kind {
            libc::IFLA_INFO_KIND | libc::IFLA_INFO_SLAVE_KIND => {
                let is_port = kind == libc::IFLA_INFO_SLAVE_KIND;
                table = match (value.strip_suffix(b"\0").unwrap_or(value), is_port) {
                    (b"bond", false) => BOND,
                    (b"bond", true) => BOND_PORT,
                    (b"vlan", false) => VLAN,
                    (b"vrf", false) => VRF,
                    _ => &[],
                };
                append(&mut all, kind, value);
            }
            libc::IFLA_INFO_DATA | libc::IFLA_INFO_SLAVE_DATA => {
                append(&mut all, kind, &treated(value, &[table], pseudonyms));
            }
            _ => {}
        }
        Some(())
    });
    all
}

fn next_hops(mut bytes: &[u8], pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(length) = bytes.first_chunk().copied().map(u16::from_ne_bytes) {
        let own = bytes.get(..usize::from(length)).unwrap_or_default();
        let Some((fixed, attributes)) = own.split_at_checked(NEXT_HOP_HEADER) else {
            break;
        };
        let attributes = treated(attributes, &[NEXT_HOP_OF_ROUTE], pseudonyms);
        let length_now = u16::try_from(fixed.len() + attributes.len()).unwrap_or_default();
        all.extend(length_now.to_ne_bytes());
        all.extend(fixed.get(2..).unwrap_or_default());
        all.extend(attributes);
        let next = usize::from(length).next_multiple_of(4);
        bytes = bytes.get(next..).unwrap_or_default();
    }
    all
}

fn append(all: &mut Vec<u8>, kind: u16, value: &[u8]) {
    let length = u16::try_from(4 + value.len()).unwrap_or_default();
    all.extend(length.to_ne_bytes());
    all.extend(kind.to_ne_bytes());
    all.extend(value);
    all.resize(all.len().next_multiple_of(4), 0);
}

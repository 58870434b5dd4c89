//! `RTM_NEWADDR` and `RTM_DELADDR` to [`Address`] and [`AddressKey`].
//!
//! An attribute that does not parse costs that attribute, and is counted.

use super::{Decoded, each_attribute, ifindex_at, ip, is_ip_family, is_of_family, u8_at, u32_at};
use crate::facts::{Address, AddressFlags, AddressKey, AddressProtocol};
use std::net::IpAddr;

/// Bytes of `struct ifaddrmsg`.
const HEADER: usize = 8;
/// `if_addr.h`, since Linux 5.18; not in the libc crate.
const IFA_PROTO: u16 = 11;
/// `INFINITY_LIFE_TIME`.
const FOREVER: u32 = u32::MAX;

/// What the attributes say, as far as they do.
#[derive(Default)]
struct Attributes {
    address: Option<IpAddr>,
    local: Option<IpAddr>,
    flags: Option<u32>,
    valid_seconds: Option<u32>,
    created: u32,
    protocol: AddressProtocol,
}

pub(super) fn new_address(payload: &[u8], bad: &mut u32) -> Option<Decoded> {
    let attributes = Attributes::read(payload, bad)?;
    if !is_ip_family(u8_at(payload, 0)?) {
        return Some(Decoded::Other);
    }
    // The header has room for the low 8 flags only.
    let flags = attributes.flags.unwrap_or(u8_at(payload, 2)?.into());
    Some(Decoded::NewAddress(Address {
        key: attributes.key(payload)?,
        flags: AddressFlags(flags),
        is_forever: attributes
            .valid_seconds
            .is_none_or(|valid| valid == FOREVER),
        created: attributes.created,
        protocol: attributes.protocol,
    }))
}

pub(super) fn del_address(payload: &[u8], bad: &mut u32) -> Option<Decoded> {
    let attributes = Attributes::read(payload, bad)?;
    if !is_ip_family(u8_at(payload, 0)?) {
        return Some(Decoded::Other);
    }
    attributes.key(payload).map(Decoded::DelAddress)
}

impl Attributes {
    fn read(payload: &[u8], bad: &mut u32) -> Option<Self> {
        let mut read = Self::default();
        each_attribute(payload.get(HEADER..)?, bad, |kind, value, _| {
            read.add(kind, value)
        });
        Some(read)
    }

    fn add(&mut self, kind: u16, value: &[u8]) -> Option<()> {
        match kind {
            libc::IFA_ADDRESS => self.address = Some(ip(value)?),
            libc::IFA_LOCAL => self.local = Some(ip(value)?),
            libc::IFA_FLAGS => self.flags = Some(u32_at(value, 0)?),
            IFA_PROTO => self.protocol = u8_at(value, 0)?.into(),
            libc::IFA_CACHEINFO => {
                // struct ifa_cacheinfo: preferred, valid, cstamp, tstamp.
                self.valid_seconds = Some(u32_at(value, 4)?);
                self.created = u32_at(value, 8)?;
            }
            _ => {}
        }
        Some(())
    }

    fn key(&self, payload: &[u8]) -> Option<AddressKey> {
        let local = self.local.or(self.address)?;
        let peer = self.address.filter(|address| *address != local);
        let family = u8_at(payload, 0)?;
        let prefix_len = u8_at(payload, 1)?;
        let width = if local.is_ipv6() { 128 } else { 32 };
        let is_sound = is_of_family(local, family)
            && peer.is_none_or(|peer| is_of_family(peer, family))
            && prefix_len <= width;
        is_sound.then_some(AddressKey {
            link: ifindex_at(payload, 4)?,
            local,
            peer,
            prefix_len,
        })
    }
}

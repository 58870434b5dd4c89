//! Other names and addresses for those of a host, each the same every time.
//!
//! Two addresses share as many leading bits as their pseudonyms do and come in the
//! same order, so that a subnet stays a subnet and the lower address the lower one:
//! where the host has addresses on both sides of a bit the bit stays, elsewhere it
//! is random. For this, all must have been seen before the first is replaced.
//! An IPv4 address within an IPv6 one is replaced as the IPv4 address it is.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How often other random bits are tried.
const ATTEMPTS: u32 = 1000;

/// `::ffff:0:0/96`, shifted down.
const MAPPED: u128 = 0xffff;
/// `64:ff9b::/96`, shifted down.
const TRANSLATED: u128 = 0x0064_ff9b << 64;
/// `ff02::1:ff00:0/104`, shifted down.
const SOLICITED_NODE: u128 = 0xff02 << 88 | 0x01ff;

/// A host whose addresses stand so close that none can stand for another.
#[derive(Debug, thiserror::Error)]
#[error("the addresses of this node fill their ranges, so there are none to put in their place")]
pub struct Crowded;

/// What a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A link, by its kernel name.
    Link,
    /// A link, by an alternative name.
    Altname,
    /// A link, described by a person.
    Alias,
    /// A host.
    Host,
    /// A DNS domain.
    Domain,
}

/// The pseudonyms of one host.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    random: RandomState,
    /// None until all is seen: then everything stands for itself.
    attempt: Option<u32>,
    /// Each address with the length of its kind in bits.
    addresses: BTreeSet<(u32, u128)>,
    words: Vec<(Word, Vec<u8>)>,
}

impl Pseudonyms {
    /// Chooses, once all names and addresses have been asked for.
    ///
    /// # Errors
    /// If there are no addresses to put in place of those seen.
    pub fn choose(&mut self) -> Result<(), Crowded> {
        for attempt in 0..ATTEMPTS {
            self.attempt = Some(attempt);
            if self.is_sound() {
                return Ok(());
            }
        }
        Err(Crowded)
    }

    /// What stands for a link-layer address. Zeros stay, and Ethernet's groups:
    /// other links have no such bit.
    #[must_use]
    pub fn mac(&self, original: &[u8]) -> Vec<u8> {
        let is_group = matches!(original, [first, _, _, _, _, _] if first & 1 != 0);
        if is_group || original.iter().all(|byte| *byte == 0) {
            return original.to_vec();
        }
        let random = (0_u8..).flat_map(|part| self.hash((original, part)).to_ne_bytes());
        let mut mac: Vec<u8> = random.take(original.len()).collect();
        if let [first, _, _, _, _, _] = &mut mac[..] {
            // Administered locally, and no group's.
            *first = *first & !3 | 2;
        }
        mac
    }

    /// What stands for an address: one of the same kind.
    pub fn ip(&mut self, original: IpAddr) -> IpAddr {
        if let IpAddr::V6(v6) = original
            && let Some((prefix, within)) = embedded(v6)
        {
            let within = match self.ip(within.into()) {
                IpAddr::V4(v4) => v4.to_bits(),
                IpAddr::V6(_) => 0,
            };
            return Ipv6Addr::from_bits(prefix << 32 | u128::from(within)).into();
        }
        let (width, bits) = bits(original);
        if self.attempt.is_none() {
            self.addresses.insert((width, bits));
            return original;
        }
        let mapped = self.map(width, bits);
        match original {
            IpAddr::V4(_) => Ipv4Addr::from_bits(u32::try_from(mapped).unwrap_or_default()).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(mapped).into(),
        }
    }

    /// What stands for a name. The loopback's and none at all stay.
    pub fn word(&mut self, kind: Word, original: &[u8]) -> Vec<u8> {
        if original.is_empty() || (kind, original) == (Word::Link, b"lo") {
            return original.to_vec();
        }
        let is_it = |(of, word): &(Word, Vec<u8>)| *of == kind && word == original;
        let position = self.words.iter().position(is_it).unwrap_or_else(|| {
            self.words.push((kind, original.to_vec()));
            self.words.len() - 1
        });
        let (mut stem, end) = match kind {
            Word::Link => ("link".to_owned(), ""),
            Word::Altname => ("altname".to_owned(), ""),
            Word::Alias => ("alias".to_owned(), ""),
            Word::Host => ("host".to_owned(), ""),
            Word::Domain => ("domain".to_owned(), ".example"),
        };
        while self.has_word_with(&stem) {
            stem.push('-');
        }
        format!("{stem}{position}{end}").into_bytes()
    }

    /// Whether a name of the host's own could be taken for a pseudonym of this stem.
    fn has_word_with(&self, stem: &str) -> bool {
        let mut words = self.words.iter();
        words.any(|(_, word)| word.starts_with(stem.as_bytes()))
    }

    /// Every pseudonym is of the kind of its original and nobody's original, and
    /// their order is the same.
    fn is_sound(&self) -> bool {
        let mapped = |(width, bits): &(u32, u128)| (*width, self.map(*width, *bits));
        let is_sound = |original: &(u32, u128)| {
            let (width, bits) = mapped(original);
            let kept = kept_bits(width, bits);
            kept == kept_bits(width, original.1)
                && (kept == width || !self.addresses.contains(&(width, bits)))
        };
        self.addresses.iter().all(is_sound) && self.addresses.iter().map(mapped).is_sorted()
    }

    fn map(&self, width: u32, bits: u128) -> u128 {
        let kept = kept_bits(width, bits);
        (kept..width).fold(leading(width, bits, kept), |mapped, position| {
            let prefix = leading(width, bits, position);
            let own = leading(width, bits, position + 1) & 1;
            let bit = if self.is_seen(width, position + 1, prefix << 1 | (own ^ 1)) {
                own
            } else {
                u128::from(self.hash((width, position, prefix)) & 1)
            };
            mapped << 1 | bit
        })
    }

    /// Whether an address with these `length` leading bits was seen.
    fn is_seen(&self, width: u32, length: u32, prefix: u128) -> bool {
        let rest = width - length;
        let first = prefix << rest;
        let last = first | ((1 << rest) - 1);
        let mut seen = self.addresses.range((width, first)..=(width, last));
        seen.next().is_some()
    }

    fn hash(&self, what: impl std::hash::Hash) -> u64 {
        self.random.hash_one((self.attempt, what))
    }
}

/// The length of an address in bits, and those.
fn bits(address: IpAddr) -> (u32, u128) {
    match address {
        IpAddr::V4(v4) => (32, v4.to_bits().into()),
        IpAddr::V6(v6) => (128, v6.to_bits()),
    }
}

/// The first `length` of the `width` bits.
fn leading(width: u32, bits: u128, length: u32) -> u128 {
    bits.checked_shr(width - length).unwrap_or_default()
}

/// The IPv4 address at the end of an IPv6 one, and the 96 bits before it: mapped and
/// compatible ones (RFC 4291, 2.5.5) and those behind the well-known prefix of
/// translators (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<(u128, Ipv4Addr)> {
    let octets = address.octets();
    let within = Ipv4Addr::from(*octets.last_chunk::<4>()?);
    let prefix = address.to_bits() >> 32;
    let is_one = match prefix {
        // `::` and `::1` are no IPv4 addresses, nor are their neighbours.
        0 => within.to_bits().leading_zeros() < 8,
        prefix => matches!(prefix, MAPPED | TRANSLATED),
    };
    is_one.then_some((prefix, within))
}

/// How many leading bits say what kind of address it is; all, for what is the same
/// everywhere. RFC 6890, RFC 4291.
fn kept_bits(width: u32, bits: u128) -> u32 {
    let starts = |length: u32, prefix: u128| leading(width, bits, length) == prefix;
    let kinds: &[(u32, u128, u32)] = if width == 32 {
        &[
            (32, 0, 32),           // unspecified
            (8, 0, 8),             // this network
            (8, 127, 32),          // loopback
            (4, 0xe, 32),          // multicast
            (32, 0xffff_ffff, 32), // broadcast
            (4, 0xf, 4),           // reserved
            (16, 0xa9fe, 16),      // link-local
            (8, 10, 8),            // private, three times
            (12, 0xac1, 12),
            (16, 0xc0a8, 16),
        ]
    } else {
        &[
            (128, 0, 128),                   // unspecified
            (128, 1, 128),                   // loopback
            (104, 0, 104),                   // beside these
            (48, 0x0064_ff9b_0001, 48),      // of translators of one's own, RFC 8215
            (8, 0, 8),                       // reserved
            (12, 0xff3, 16),                 // multicast made of a prefix, RFC 3306
            (12, 0xff7, 16),                 // and of a router's address, RFC 3956
            (104, SOLICITED_NODE, 104),      // and of a node's
            (8, 0xff, 128),                  // multicast
            (64, 0xfe80_0000_0000_0000, 64), // link-local as it is in use, and the rest
            (10, 0x3fa, 10),
            (7, 0x7e, 7), // unique local
            (3, 1, 3),    // global
        ]
    };
    let kind = kinds
        .iter()
        .find(|(length, prefix, _)| starts(*length, *prefix));
    kind.map_or(0, |(_, _, kept)| *kept)
}

#[cfg(test)]
mod tests;

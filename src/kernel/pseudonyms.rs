//! Other names and addresses for those of a host, each the same every time.
//!
//! Two addresses share as many leading bits as their pseudonyms do and come in the
//! same order, so that a subnet stays a subnet and the lower address the lower one:
//! where the host has addresses on both sides of a bit the bit stays, elsewhere it
//! is random. For this, all must have been seen before the first is replaced.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How often other random bits are tried.
const ATTEMPTS: u32 = 1000;

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

    /// What stands for a link-layer address. Zeros and groups stay.
    #[must_use]
    pub fn mac(&self, original: &[u8]) -> Vec<u8> {
        let is_group = original.first().is_some_and(|first| first & 1 != 0);
        if is_group || original.iter().all(|byte| *byte == 0) {
            return original.to_vec();
        }
        let random = (0_u8..).flat_map(|part| self.hash((original, part)).to_ne_bytes());
        let mut mac: Vec<u8> = random.take(original.len()).collect();
        if let Some(first) = mac.first_mut() {
            // Administered locally, and no group's.
            *first = *first & !3 | 2;
        }
        mac
    }

    /// What stands for an address: one of the same kind.
    pub fn ip(&mut self, original: IpAddr) -> IpAddr {
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

/// How many leading bits say what kind of address it is. RFC 6890.
fn kept_bits(width: u32, bits: u128) -> u32 {
    let starts = |length: u32, prefix: u128| leading(width, bits, length) == prefix;
    let kinds: &[(u32, u128, u32)] = if width == 32 {
        &[
            (8, 0, 32),       // this host
            (8, 127, 32),     // loopback
            (3, 7, 32),       // multicast, reserved, broadcast
            (16, 0xa9fe, 16), // link-local
            (8, 10, 8),       // private, three times
            (12, 0xac1, 12),
            (16, 0xc0a8, 16),
        ]
    } else {
        &[
            (8, 0, 128),                     // unspecified, loopback, mapped IPv4
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

//! What every metadata document is made of, pure: link-layer addresses, IPv4
//! addresses, prefixes and masks, as text.
//!
//! Text that is none of these is an error.

use crate::facts::{CloudNic, MacAddr, Subnet};
use std::net::Ipv4Addr;

/// Why a document is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is not JSON, or not of the documented shape.
    #[error("not the documented JSON")]
    Json(#[from] serde_json::Error),
    /// A value is not what it is called.
    #[error("`{text}` is not {wanted}")]
    Value {
        /// The value, shortened.
        text: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// One NIC is described twice.
    #[error("the NIC {0} is described twice")]
    Twice(MacAddr),
}

/// Longest text that is shown or taken.
const LONGEST: usize = 255;

pub(super) fn not(wanted: &'static str, text: &str) -> ParseError {
    let text = text.chars().take(40).flat_map(char::escape_debug).collect();
    ParseError::Value { text, wanted }
}

/// An Ethernet address: twelve hexadecimal digits, with or without separators.
pub(super) fn mac(text: &str) -> Result<MacAddr, ParseError> {
    let wanted = "an Ethernet address";
    let digits: Vec<u8> = text
        .chars()
        .filter(|character| !matches!(character, ':' | '-'))
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()
        .ok_or_else(|| not(wanted, text))?;
    if digits.len() != 12 {
        return Err(not(wanted, text));
    }
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    MacAddr::new(&bytes).ok_or_else(|| not(wanted, text))
}

/// Addresses, each once; texts that are empty stand for none.
pub(super) fn addresses<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Ipv4Addr>, ParseError> {
    let mut addresses = Vec::new();
    for text in texts.into_iter().filter(|text| !text.is_empty()) {
        let address = text.parse().map_err(|_| not("an IPv4 address", text))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

/// The length of a prefix in bits.
pub(super) fn prefix_len(text: &str) -> Result<u8, ParseError> {
    let len = text.parse().ok().filter(|len| *len <= 32);
    len.ok_or_else(|| not("a prefix length", text))
}

/// An IPv4 subnet in CIDR notation.
pub(super) fn subnet(text: &str) -> Result<Subnet, ParseError> {
    let wanted = "an IPv4 subnet";
    let (address, len) = text.split_once('/').ok_or_else(|| not(wanted, text))?;
    let address: Ipv4Addr = address.parse().map_err(|_| not(wanted, text))?;
    prefix_len(len).map(|len| Subnet::of(address.into(), len))
}

/// The mask of a prefix of `len` bits.
pub(super) fn mask(len: u8) -> Ipv4Addr {
    let rest = 32_u32.saturating_sub(len.into());
    Ipv4Addr::from_bits(u32::MAX.checked_shl(rest).unwrap_or(0))
}

/// A mask in dotted notation.
pub(super) fn dotted_mask(text: &str) -> Result<Ipv4Addr, ParseError> {
    let is_mask = |mask: &Ipv4Addr| mask.to_bits().leading_ones() == mask.to_bits().count_ones();
    let mask = text.parse().ok().filter(is_mask);
    mask.ok_or_else(|| not("an IPv4 mask", text))
}

/// A word: one line of text that can be shown.
pub(super) fn word(text: &str) -> Result<String, ParseError> {
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return Err(not("a word", text));
    }
    Ok(text.to_owned())
}

/// Adds `nic`, which must not be there yet.
pub(super) fn add(nics: &mut Vec<CloudNic>, nic: CloudNic) -> Result<(), ParseError> {
    if nics.iter().any(|known| known.mac == nic.mac) {
        return Err(ParseError::Twice(nic.mac));
    }
    nics.push(nic);
    Ok(())
}

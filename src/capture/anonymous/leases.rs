//! Files of DHCP clients under pseudonyms, as far as the daemon reads them.
//!
//! Statements that the daemon does not know are left out.

use super::{address_under, text_under};
use crate::facts::IfName;
use crate::kernel::{Pseudonyms, Word};
use crate::probe::{lent_by_packet, packet_that_lends, value_of_key};
use std::fmt::Write;

/// Of systemd-networkd or `NetworkManager`: the address.
pub(super) fn state_file(text: &str, pseudonyms: &mut Pseudonyms) -> String {
    let address = value_of_key(text, "ADDRESS");
    let address = address.map(|address| address_under(address, pseudonyms));
    address.map_or_else(String::new, |address| format!("ADDRESS={address}\n"))
}

/// Of ISC dhclient, statement by statement.
pub(super) fn log(text: &str, pseudonyms: &mut Pseudonyms) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let statement = line.split(';').next().unwrap_or_default();
        let words: Vec<&str> = statement.split_ascii_whitespace().collect();
        if let Some(statement) = statement_under(&words, pseudonyms) {
            // Writing to a String cannot fail.
            let _ = writeln!(all, "{statement}");
        }
    }
    all
}

fn statement_under(words: &[&str], pseudonyms: &mut Pseudonyms) -> Option<String> {
    Some(match words {
        ["lease" | "lease6", "{"] | ["}"] => words.join(" "),
        ["iaaddr", address, "{"] => format!("iaaddr {} {{", address_under(address, pseudonyms)),
        // The number of an association is made of a link-layer address.
        [.., "{"] => "block {".to_owned(),
        ["interface", name] => {
            let name = name.trim_matches('"');
            IfName::new(name.as_bytes())?;
            format!(
                "interface \"{}\";",
                text_under(Word::Link, name, pseudonyms)
            )
        }
        ["fixed-address", address] => {
            format!("fixed-address {};", address_under(address, pseudonyms))
        }
        ["released"] => "released;".to_owned(),
        ["starts" | "max-life", _] | ["expire", ..] => {
            let (keyword, time) = words.split_first()?;
            let time: Vec<&str> = time.iter().map(|word| time_or_none(word)).collect();
            format!("{keyword} {};", time.join(" "))
        }
        _ => return None,
    })
}

/// A word of a time; for another, one that cannot be read as such.
fn time_or_none(word: &str) -> &str {
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'/' | b':');
    if matches!(word, "never" | "epoch") || word.bytes().all(is_part) {
        word
    } else {
        "unreadable"
    }
}

/// Of dhcpcd: a packet that lends the same and says nothing else; one that cannot
/// be read becomes empty.
pub(super) fn packet(bytes: &[u8], is_ipv6: bool, pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let Some(mut lent) = lent_by_packet(bytes, is_ipv6) else {
        return Vec::new();
    };
    for (address, _) in &mut lent {
        *address = pseudonyms.ip(*address);
    }
    packet_that_lends(&lent, is_ipv6)
}

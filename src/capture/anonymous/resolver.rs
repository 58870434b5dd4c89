//! Files of resolvers under pseudonyms: the lines that name servers and domains.
//!
//! All other lines are left out.

use super::text_under;
use crate::facts::NameServer;
use crate::kernel::{Pseudonyms, Word};
use crate::probe::{address_of_server, has_failed, value_of_key};
use std::fmt::Write;

/// A `resolv.conf(5)`.
pub(super) fn resolv_conf(text: &str, pseudonyms: &mut Pseudonyms) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let (keyword, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let words = rest.split_ascii_whitespace();
        let words: Vec<String> = match keyword {
            "nameserver" => words
                .take(1)
                .filter_map(|word| server(word.split([';', '#']).next()?, pseudonyms))
                .collect(),
            "search" | "domain" => words.map(|word| domain(word, pseudonyms)).collect(),
            _ => continue,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(all, "{keyword} {}", words.join(" "));
    }
    all
}

/// What systemd keeps of a link, with its name servers under the key `servers`: these
/// and its domains, and whether its setup failed.
pub(super) fn of_link(text: &str, servers: &str, pseudonyms: &mut Pseudonyms) -> String {
    let mut all = String::new();
    for key in [servers, "DOMAINS"] {
        let Some(words) = value_of_key(text, key) else {
            continue;
        };
        let words = words.split_ascii_whitespace();
        let words: Vec<String> = if key == servers {
            words
                .filter_map(|word| server_of_link(word, pseudonyms))
                .collect()
        } else {
            words.map(|word| domain(word, pseudonyms)).collect()
        };
        // Writing to a String cannot fail.
        let _ = writeln!(all, "{key}={}", words.join(" "));
    }
    if has_failed(text) {
        all.push_str("ADMIN_STATE=failed\n");
    }
    all
}

/// `address[:port][%link][#name]`: a port and a name stay one.
fn server_of_link(word: &str, pseudonyms: &mut Pseudonyms) -> Option<String> {
    let address = address_of_server(word);
    let (before, after) = word.split_once(address)?;
    let (port, name) = after.split_once('#').unwrap_or((after, ""));
    let is_port = |byte: u8| byte.is_ascii_digit() || matches!(byte, b']' | b':');
    let port = if port.bytes().all(is_port) { port } else { "" };
    let own = server(address, pseudonyms)?;
    let before = if before == "[" && port.starts_with(']') {
        before
    } else {
        ""
    };
    let mut own = format!("{before}{own}{port}");
    if !name.is_empty() {
        own.push('#');
        own.push_str(&domain(name, pseudonyms));
    }
    Some(own)
}

fn server(address: &str, pseudonyms: &mut Pseudonyms) -> Option<String> {
    let NameServer { address, zone } = address.parse().ok()?;
    let server = NameServer {
        address: pseudonyms.ip(address),
        // The zone of an address is a link.
        zone: zone.map(|zone| text_under(Word::Link, &zone, pseudonyms)),
    };
    Some(server.to_string())
}

/// A domain; the mark of one that only routes stays, and so does the root.
fn domain(word: &str, pseudonyms: &mut Pseudonyms) -> String {
    let name = word.trim_start_matches('~');
    let (mark, _) = word.split_at(word.len() - name.len());
    match name.trim_end_matches('.') {
        "" => word.to_owned(),
        name => format!("{mark}{}", text_under(Word::Domain, name, pseudonyms)),
    }
}

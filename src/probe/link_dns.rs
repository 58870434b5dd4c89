//! Name servers and search domains of a single link, from the file that
//! systemd-networkd or systemd-resolved keeps of it.
//!
//! They count only where the host asks systemd-resolved, which asks the servers of
//! the link that a name belongs to.

use super::dns::domains;
use super::state;
use crate::facts::Dns;

/// The words after `servers` and `DOMAINS`, each once. A domain that only routes
/// (`~corp.example`) is not searched.
pub(super) fn parse(text: &str, servers: &str) -> Dns {
    let words = |key| {
        state::value(text, key)
            .unwrap_or_default()
            .split_ascii_whitespace()
    };
    let mut dns = Dns::default();
    for server in words(servers).filter_map(|word| address(word).parse().ok()) {
        if !dns.servers.contains(&server) {
            dns.servers.push(server);
        }
    }
    dns.search = domains(words("DOMAINS").filter(|domain| !domain.starts_with('~')));
    dns
}

/// Of `address[:port][%link][#name]`, IPv6 in brackets if a port follows, the
/// address with its link.
pub(crate) fn address(word: &str) -> &str {
    let word = word.split('#').next().unwrap_or_default();
    if let Some((address, _)) = word.strip_prefix('[').and_then(|word| word.split_once(']')) {
        return address;
    }
    match word.split_once(':') {
        Some((address, port)) if !port.contains(':') => address,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        #[rustfmt::skip]
        let table: &[(&str, &[&str], &[&str])] = &[
            ("", &[], &[]),
            ("# This is private data. Do not parse.\nADMIN_STATE=configured\nDNS=\nDOMAINS=\n", &[], &[]),
            ("DNS=192.0.2.1 2001:db8:1::1 2001:db8:1::1\nDOMAINS=lan.example lan.example lab.example\nROUTE_DOMAINS=corp.example",
                &["192.0.2.1", "2001:db8:1::1"], &["lan.example", "lab.example"]),
            ("DNS=192.0.2.1:5353#dns.example [2001:db8::1]:53#dns.example fe80::1%c0 192.0.2.2#a",
                &["192.0.2.1", "2001:db8::1", "fe80::1%c0", "192.0.2.2"], &[]),
            ("DNS=nonsense 1.2 ::g [\nDOMAINS=~. ~corp.example . a.example.", &[], &["a.example"]),
            ("SERVERS=192.0.2.9\nDNSSEC=no", &[], &[]),
        ];
        for (text, servers, search) in table {
            let dns = parse(text, "DNS");
            let shown: Vec<String> = dns.servers.iter().map(ToString::to_string).collect();
            assert_eq!(shown, *servers, "{text:?}");
            assert_eq!(dns.search, *search, "{text:?}");
        }
        let of_resolved = parse("SERVERS=192.0.2.9\nDNS=192.0.2.1", "SERVERS");
        assert_eq!(of_resolved.servers[0].to_string(), "192.0.2.9");
    }
}

//! Name servers and search domains of single links, from the files of
//! systemd-networkd and systemd-resolved.
//!
//! They count only where the host asks systemd-resolved, which asks the servers of
//! the link that a name belongs to.

use super::dns::domains;
use super::file::FileSystem;
use super::folder::{Content, Folder};
use super::state;
use crate::facts::{Dns, IfIndex, LinkDns, Reading};

/// Of links that systemd-networkd configures.
const NETWORKD: &str = "/run/systemd/netif/links";
/// Of links that others configure, as they told systemd-resolved.
const RESOLVED: &str = "/run/systemd/resolve/netif";

/// The keys of the name servers.
const NETWORKD_SERVERS: &str = "DNS";
const RESOLVED_SERVERS: &str = "SERVERS";

/// The two folders.
#[derive(Debug)]
pub(crate) struct Files {
    networkd: Folder<Dns>,
    resolved: Folder<Dns>,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            networkd: Folder::new(NETWORKD),
            resolved: Folder::new(RESOLVED),
        }
    }
}

impl Files {
    /// What every link has of its own, if the host asks systemd-resolved.
    pub(crate) fn read(
        &mut self,
        files: &impl FileSystem,
        asks_resolved: bool,
    ) -> Reading<LinkDns> {
        if !asks_resolved {
            return Reading::Absent {
                reason: "the host's resolver does not tell links apart".to_owned(),
            };
        }
        let mut is_there = false;
        let mut failure = None;
        for (folder, servers) in [
            (&mut self.networkd, NETWORKD_SERVERS),
            (&mut self.resolved, RESOLVED_SERVERS),
        ] {
            let parse = |content: &Content| {
                let text = String::from_utf8_lossy(content.bytes);
                Ok(parse(&text, servers))
            };
            match folder.look(files, is_index, parse) {
                Ok(there) => is_there |= there,
                Err(reason) => failure = Some(reason),
            }
        }
        // Where both have a word, systemd-networkd's own is the one in use.
        let of_links = self.resolved.values().chain(self.networkd.values());
        let of_links = of_links
            .filter(|(_, dns)| **dns != Dns::default())
            .filter_map(|(name, dns)| Some((IfIndex(name.parse().ok()?), dns.clone())));
        let value = LinkDns(of_links.collect());
        match (failure, is_there) {
            (Some(reason), _) => Reading::Stale { value, reason },
            (None, true) => Reading::Current(value),
            (None, false) => Reading::Absent {
                reason: format!("there is no {NETWORKD}, no {RESOLVED}"),
            },
        }
    }
}

/// The folders, each with the key of its name servers.
pub(super) fn folders() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(NETWORKD, NETWORKD_SERVERS), (RESOLVED, RESOLVED_SERVERS)].into_iter()
}

/// Whether a file of this name is of a link.
pub(super) fn is_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The words after `servers` and `DOMAINS`, each once. A domain that only routes
/// (`~corp.example`) is not searched.
fn parse(text: &str, servers: &str) -> Dns {
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

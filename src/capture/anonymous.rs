//! A capture without anything that tells whose it is.
//!
//! Names and addresses are replaced, the same by the same, so that the documents
//! keep their shape; what the daemon does not read is left out.

use super::{Capture, CaptureError, beside};
use crate::facts::{Dns, IfName, Lease, LeaseClient, LeasedLink, Leases, LinkDns, NameServer};
use crate::kernel::{Pseudonyms, Word};
use std::fmt::Write;

impl Capture {
    /// The same host under pseudonyms, others at every call.
    ///
    /// # Errors
    /// If its addresses leave none to stand for them.
    pub fn anonymous(&self) -> Result<Self, CaptureError> {
        let mut pseudonyms = Pseudonyms::default();
        // Once to learn them all.
        self.under(&mut pseudonyms);
        pseudonyms.choose().map_err(CaptureError::Crowded)?;
        Ok(self.under(&mut pseudonyms))
    }

    fn under(&self, pseudonyms: &mut Pseudonyms) -> Self {
        let Self {
            kernel,
            hostname,
            resolv_conf,
            behind_stub,
            link_dns,
            leases,
        } = self;
        let mut resolver = |text: &Option<String>| {
            let text = text.as_ref();
            text.map(|text| resolv_conf_under(text, pseudonyms))
        };
        let (resolv_conf, behind_stub) = (resolver(resolv_conf), resolver(behind_stub));
        let hostname = hostname.as_ref();
        Self {
            hostname: hostname.map(|name| text_under(Word::Host, name, pseudonyms)),
            resolv_conf,
            behind_stub,
            link_dns: link_dns_under(link_dns, pseudonyms),
            leases: leases_under(leases, pseudonyms),
            kernel: kernel.under(pseudonyms),
        }
    }
}

fn link_dns_under(links: &LinkDns, pseudonyms: &mut Pseudonyms) -> LinkDns {
    let mut dns_under = |Dns { servers, search }: &Dns| {
        let servers = servers.iter().map(|server| NameServer {
            address: pseudonyms.ip(server.address),
            zone: zone_under(server.zone.as_deref(), pseudonyms),
        });
        let servers = servers.collect();
        let domains = search.iter();
        let domains = domains.map(|domain| text_under(Word::Domain, domain, pseudonyms));
        Dns {
            servers,
            search: domains.collect(),
        }
    };
    let links = links.0.iter();
    LinkDns(links.map(|(link, dns)| (*link, dns_under(dns))).collect())
}

fn leases_under(leases: &Leases, pseudonyms: &mut Pseudonyms) -> Leases {
    let mut all = Vec::new();
    for client in LeaseClient::ALL {
        for Lease { link, address } in leases.by(client).value().into_iter().flatten() {
            let link = match link {
                LeasedLink::Index(index) => LeasedLink::Index(*index),
                LeasedLink::Name(name) => {
                    let name = pseudonyms.word(Word::Link, name.as_bytes());
                    let Some(name) = IfName::new(&name) else {
                        continue;
                    };
                    LeasedLink::Name(name)
                }
            };
            let address = pseudonyms.ip(*address);
            all.push((client, Lease { link, address }));
        }
    }
    beside::leases(&all)
}

/// The zone of an address is a link.
fn zone_under(zone: Option<&str>, pseudonyms: &mut Pseudonyms) -> Option<String> {
    zone.map(|zone| text_under(Word::Link, zone, pseudonyms))
}

fn text_under(kind: Word, text: &str, pseudonyms: &mut Pseudonyms) -> String {
    String::from_utf8_lossy(&pseudonyms.word(kind, text.as_bytes())).into_owned()
}

/// The lines of a `resolv.conf(5)` that name servers and domains.
fn resolv_conf_under(text: &str, pseudonyms: &mut Pseudonyms) -> String {
    let mut all = String::new();
    for line in text.lines() {
        let (keyword, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let words = rest.split_ascii_whitespace();
        let words: Vec<String> = match keyword {
            "nameserver" => words
                .take(1)
                .filter_map(|word| server_under(word, pseudonyms))
                .collect(),
            "search" | "domain" => words
                .map(|word| word.trim_end_matches('.'))
                .map(|word| text_under(Word::Domain, word, pseudonyms))
                .collect(),
            _ => continue,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(all, "{keyword} {}", words.join(" "));
    }
    all
}

fn server_under(word: &str, pseudonyms: &mut Pseudonyms) -> Option<String> {
    let server: NameServer = word.split([';', '#']).next()?.parse().ok()?;
    let server = NameServer {
        address: pseudonyms.ip(server.address),
        zone: zone_under(server.zone.as_deref(), pseudonyms),
    };
    Some(server.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::IfIndex;

    #[test]
    fn a_resolver_keeps_what_it_says_and_loses_whose_it_is() {
        let text = "# made by hand.example.org\nnameserver 192.0.2.53 ; ours\nnameserver nonsense\n\
                    nameserver fe80::53%bond0\nnameserver 127.0.0.53\noptions trust-ad\n\
                    domain hand.example.org\nsearch one.example.org. two.example.org hand.example.org\n";
        let dns = Dns {
            servers: vec!["192.0.2.53".parse().unwrap()],
            search: vec!["two.example.org".to_owned()],
        };
        let lease = Lease {
            link: LeasedLink::Name(IfName::new(b"bond0").unwrap()),
            address: [192, 0, 2, 54].into(),
        };
        let capture = Capture {
            resolv_conf: Some(text.to_owned()),
            hostname: Some("hand".to_owned()),
            link_dns: LinkDns([(IfIndex(2), dns)].into()),
            leases: beside::leases(&[(LeaseClient::Dhcpcd, lease)]),
            ..Capture::default()
        };
        let other = capture.anonymous().unwrap();
        let said = other.resolv_conf.unwrap();
        for word in [
            "hand",
            "192.0.2.53",
            "bond0",
            "org",
            "ours",
            "nonsense",
            "fe80::53",
        ] {
            assert!(!said.contains(word), "{word} is in {said}");
        }
        let lines: Vec<Vec<&str>> = said.lines().map(|line| line.split(' ').collect()).collect();
        assert_eq!(lines[3], ["nameserver", "127.0.0.53"]);
        assert!(lines[2][1].starts_with("fe80::") && lines[2][1].contains('%'));
        assert_eq!((lines[4].len(), lines[5].len()), (2, 4));
        assert_eq!(lines[4][1], lines[5][3], "one domain has one pseudonym");
        let of_link = &other.link_dns.0[&IfIndex(2)];
        assert_eq!(of_link.servers[0].to_string(), lines[0][1]);
        assert_eq!(of_link.search, [lines[5][2]]);
        let leases = beside::leases_text(&other.leases);
        let (bond, server) = (lines[2][1].split_once('%').unwrap().1, lines[0][1]);
        assert!(leases.starts_with(&format!("dhcpcd {bond} ")), "{leases}");
        // .53 and .54 differ in their last two bits.
        let parts = |text: &str| text.trim().rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(parts(leases.rsplit_once(' ').unwrap().1), parts(server));
        assert_ne!(other.hostname.as_deref(), Some("hand"));
    }
}

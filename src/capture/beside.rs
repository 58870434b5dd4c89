//! What a capture holds from beside the kernel, as lines: leases and name servers
//! of single links.
//!
//! It is what follows from the files of DHCP clients and of systemd, not these
//! files: they hold far more of a host than the daemon wants to know.

use crate::facts::{
    Dns, IfIndex, IfName, Lease, LeaseClient, LeasedLink, Leases, LinkDns, Reading,
};
use std::fmt::Write;

/// A line per lease: client, link and address.
pub(super) fn leases_text(leases: &Leases) -> String {
    let mut text = String::new();
    for client in LeaseClient::ALL {
        for Lease { link, address } in leases.by(client).value().into_iter().flatten() {
            let client = client.name();
            // Writing to a String cannot fail.
            let _ = match link {
                LeasedLink::Index(index) => writeln!(text, "{client} #{index} {address}"),
                LeasedLink::Name(name) => writeln!(text, "{client} {name} {address}"),
            };
        }
    }
    text
}

/// The lease of one line.
pub(super) fn parse_lease(text: &str) -> Option<(LeaseClient, Lease)> {
    let [client, link, address] = text.split(' ').collect::<Vec<&str>>().try_into().ok()?;
    let mut clients = LeaseClient::ALL.into_iter();
    let client = clients.find(|known| known.name() == client)?;
    let link = match link.strip_prefix('#') {
        Some(index) => LeasedLink::Index(IfIndex(index.parse().ok()?)),
        None => LeasedLink::Name(IfName::new(link.as_bytes())?),
    };
    let address = address.parse().ok()?;
    Some((client, Lease { link, address }))
}

/// `leases`, each with its client, as the clients wrote them.
pub(super) fn leases(all: &[(LeaseClient, Lease)]) -> Leases {
    let mut leases = Leases::default();
    for client in LeaseClient::ALL {
        let own = all.iter().filter(|(of, _)| *of == client);
        let own: Vec<Lease> = own.map(|(_, lease)| lease.clone()).collect();
        *leases.by_mut(client) = if own.is_empty() {
            let reason = format!("there was no lease of {}", client.name());
            Reading::Absent { reason }
        } else {
            Reading::Current(own)
        };
    }
    leases
}

/// A line per server and per domain: the link's index, which of the two, and it.
pub(super) fn link_dns_text(links: &LinkDns) -> String {
    let mut text = String::new();
    for (index, dns) in &links.0 {
        // Writing to a String cannot fail.
        for server in &dns.servers {
            let _ = writeln!(text, "{index} server {server}");
        }
        for domain in &dns.search {
            let _ = writeln!(text, "{index} search {domain}");
        }
    }
    text
}

/// Adds what one line says to `links`.
pub(super) fn parse_link_dns(line: &str, links: &mut LinkDns) -> Option<()> {
    let [index, what, word] = line.split(' ').collect::<Vec<&str>>().try_into().ok()?;
    let dns: &mut Dns = links.0.entry(IfIndex(index.parse().ok()?)).or_default();
    match what {
        "server" => dns.servers.push(word.parse().ok()?),
        "search" => dns.search.push(word.to_owned()),
        _ => return None,
    }
    Some(())
}

//! What the host's resolver uses for the names of one network.
//!
//! A link's own servers and domains where it has any, else the host's.

use crate::facts::{Dns, IfIndex, Reading, Snapshot};

/// The servers and domains of the link `index` if it has servers of its own, else
/// the host's; a link may have domains of its own and leave the servers to others.
pub(super) fn of(index: IfIndex, snapshot: &Snapshot) -> Dns {
    let host = || snapshot.dns.value().cloned().unwrap_or_default();
    let own = Reading::value(&snapshot.link_dns).and_then(|links| links.0.get(&index));
    match own {
        Some(own) if !own.servers.is_empty() => own.clone(),
        Some(own) if !own.search.is_empty() => Dns {
            search: own.search.clone(),
            ..host()
        },
        _ => host(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{LinkDns, NameServer};

    fn dns(servers: &[&str], search: &[&str]) -> Dns {
        let server = |text: &&str| NameServer {
            address: text.parse().unwrap(),
            zone: None,
        };
        Dns {
            servers: servers.iter().map(server).collect(),
            search: search.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn own_before_the_hosts() {
        let host = dns(&["192.0.2.1"], &["host.example"]);
        let own = dns(&["192.0.2.2"], &[]);
        let of_links = [
            (IfIndex(2), own.clone()),
            (IfIndex(3), dns(&[], &["own.example"])),
            (IfIndex(4), dns(&[], &[])),
        ];
        let snapshot = Snapshot {
            dns: Reading::Current(host.clone()),
            link_dns: Reading::Current(LinkDns(of_links.into())),
            ..Snapshot::default()
        };
        assert_eq!(of(IfIndex(2), &snapshot), own);
        let mixed = dns(&["192.0.2.1"], &["own.example"]);
        assert_eq!(of(IfIndex(3), &snapshot), mixed);
        assert_eq!(of(IfIndex(4), &snapshot), host);
        assert_eq!(of(IfIndex(5), &snapshot), host);
        assert_eq!(of(IfIndex(5), &Snapshot::default()), Dns::default());
    }
}

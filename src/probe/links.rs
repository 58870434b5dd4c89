//! What systemd keeps of single links, a file for each: their name servers and
//! search domains ([`link_dns`]), and whether their setup failed.

use super::file::FileSystem;
use super::folder::{Content, Folder};
use super::{link_dns, state};
use crate::facts::{Dns, FailedSetups, IfIndex, LinkDns, Reading};

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
    networkd: Folder<Managed>,
    resolved: Folder<Dns>,
}

/// What systemd-networkd says of a link.
#[derive(Debug)]
struct Managed {
    dns: Dns,
    has_failed: bool,
}

/// What both say of all links.
#[derive(Debug)]
pub(crate) struct OfLinks {
    pub(crate) dns: Reading<LinkDns>,
    pub(crate) failed_setups: Reading<FailedSetups>,
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
    /// Of every link whether its setup failed, and what it has of its own in name
    /// servers, if the host asks systemd-resolved.
    pub(crate) fn read(&mut self, files: &impl FileSystem, asks_resolved: bool) -> OfLinks {
        let networkd = self
            .networkd
            .look(files, is_index, |content| Ok(managed(content)));
        let dns = if asks_resolved {
            self.dns(files, &networkd)
        } else {
            Reading::Absent {
                reason: "the host's resolver does not tell links apart".to_owned(),
            }
        };
        OfLinks {
            dns,
            failed_setups: self.failed_setups(networkd),
        }
    }

    fn dns(
        &mut self,
        files: &impl FileSystem,
        networkd: &Result<bool, String>,
    ) -> Reading<LinkDns> {
        let of_resolved = |content: &Content| Ok(link_dns::parse(&text(content), RESOLVED_SERVERS));
        let resolved = self.resolved.look(files, is_index, of_resolved);
        // Where both have a word, systemd-networkd's own is the one in use.
        let managed = self.networkd.values();
        let managed = managed.map(|(name, managed)| (name, &managed.dns));
        let of_links = self.resolved.values().chain(managed);
        let of_links = of_links
            .filter(|(_, dns)| **dns != Dns::default())
            .filter_map(|(name, dns)| Some((index(name)?, dns.clone())));
        let value = LinkDns(of_links.collect());
        match (networkd, resolved) {
            (_, Err(reason)) => Reading::Stale { value, reason },
            (Err(reason), _) => Reading::Stale {
                value,
                reason: reason.clone(),
            },
            (Ok(false), Ok(false)) => Reading::Absent {
                reason: format!("there is no {NETWORKD}, no {RESOLVED}"),
            },
            (Ok(_), Ok(_)) => Reading::Current(value),
        }
    }

    fn failed_setups(&self, networkd: Result<bool, String>) -> Reading<FailedSetups> {
        let managed = self.networkd.values();
        let failed = managed.filter(|(_, managed)| managed.has_failed);
        let value = FailedSetups(failed.filter_map(|(name, _)| index(name)).collect());
        match networkd {
            Ok(true) => Reading::Current(value),
            Ok(false) => Reading::Absent {
                reason: format!("there is no {NETWORKD}"),
            },
            Err(reason) => Reading::Stale { value, reason },
        }
    }
}

fn managed(content: &Content) -> Managed {
    let text = text(content);
    Managed {
        dns: link_dns::parse(&text, NETWORKD_SERVERS),
        has_failed: has_failed(&text),
    }
}

/// Whether systemd-networkd says so of the link whose file this `text` is.
pub(crate) fn has_failed(text: &str) -> bool {
    state::value(text, "ADMIN_STATE") == Some("failed")
}

fn text<'a>(content: &Content<'a>) -> std::borrow::Cow<'a, str> {
    String::from_utf8_lossy(content.bytes)
}

fn index(name: &str) -> Option<IfIndex> {
    name.parse().ok().map(IfIndex)
}

/// The folders, each with the key of its name servers.
pub(super) fn folders() -> impl Iterator<Item = (&'static str, &'static str)> {
    [(NETWORKD, NETWORKD_SERVERS), (RESOLVED, RESOLVED_SERVERS)].into_iter()
}

/// Whether a file of this name is of a link.
pub(super) fn is_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::file::FileContent;
    use super::super::{Captured, CapturedFiles};
    use super::*;

    fn files(texts: &[(&str, &str)]) -> CapturedFiles {
        let file = |(path, text): &(&str, &str)| {
            let content = FileContent {
                bytes: text.as_bytes().to_vec(),
                modified: 0,
            };
            let leads_to = None;
            ((*path).into(), Captured::File { content, leads_to })
        };
        CapturedFiles(texts.iter().map(file).collect())
    }

    #[test]
    fn the_setup_of_links_is_told_whoever_resolves_names() {
        // As systemd 252 writes them: networkd-link.c, link_save().
        let of = |state| format!("# This is private data. Do not parse.\nADMIN_STATE={state}\n");
        let states = [
            "pending",
            "initialized",
            "configuring",
            "configured",
            "unmanaged",
            "failed",
            "linger",
        ];
        for state in states {
            let files = files(&[("/run/systemd/netif/links/4", &of(state))]);
            let failed = (state == "failed").then_some(IfIndex(4));
            for asks_resolved in [false, true] {
                let said = Files::default().read(&files, asks_resolved);
                let expected = FailedSetups(failed.into_iter().collect());
                assert_eq!(said.failed_setups, Reading::Current(expected), "{state}");
                assert_eq!(said.dns.value().is_some(), asks_resolved);
            }
        }
        let said = Files::default().read(&files(&[]), true).failed_setups;
        let reason = "there is no /run/systemd/netif/links".to_owned();
        assert_eq!(said, Reading::Absent { reason });
    }
}

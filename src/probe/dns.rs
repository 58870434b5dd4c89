//! What the host's resolver uses, from `resolv.conf(5)`.
//!
//! Where `/etc/resolv.conf` names only a stub on loopback, the servers behind it
//! are in the file that systemd-resolved keeps for this purpose.

use super::file::{FileContent, FileSystem, Stamp};
use crate::facts::{Dns, NameServer, Reading};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

pub(super) const RESOLV_CONF: &str = "/etc/resolv.conf";
/// The servers behind the stub. `systemd-resolved.service(8)`.
pub(super) const BEHIND_STUB: &str = "/run/systemd/resolve/resolv.conf";
/// Of more servers the C library asks only the first. `MAXNS` of `resolv.h`.
const MAX_SERVERS: usize = 3;
/// Addresses of local forwarders, systemd-resolved's two among them.
const STUBS: [[u8; 4]; 3] = [[127, 0, 0, 53], [127, 0, 0, 54], [127, 0, 0, 1]];

/// The files that tell, and what they were like when they were last read.
#[derive(Debug)]
pub(crate) struct Files {
    resolv_conf: PathBuf,
    behind_stub: PathBuf,
    /// `None`: to be read in any case.
    seen: Option<[Stamp; 2]>,
    last: Reading<Dns>,
    asks_resolved: bool,
}

impl Default for Files {
    fn default() -> Self {
        Self::new(Path::new(RESOLV_CONF), Path::new(BEHIND_STUB))
    }
}

impl Files {
    fn new(resolv_conf: &Path, behind_stub: &Path) -> Self {
        Self {
            resolv_conf: resolv_conf.to_owned(),
            behind_stub: behind_stub.to_owned(),
            seen: None,
            last: Reading::Pending,
            asks_resolved: false,
        }
    }

    /// Whether a file is not what it was when it was last read.
    pub(super) fn have_changed(&self, files: &impl FileSystem) -> bool {
        self.seen.is_none_or(|seen| seen != self.stamps(files))
    }

    /// What the files say now.
    pub(super) fn read(&mut self, files: &impl FileSystem) -> Reading<Dns> {
        // Stamped first: a file that changes meanwhile is read again.
        self.seen = Some(self.stamps(files));
        self.last = match self.fetch(files) {
            Ok(dns) => Reading::Current(dns),
            // resolv.conf(5): without the file, the local host is asked.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Reading::Absent {
                reason: format!("there is no {}", self.resolv_conf.display()),
            },
            Err(error) => {
                // What is wrong may pass without a change of the file.
                self.seen = None;
                let reason = format!("cannot read {}: {error}", self.resolv_conf.display());
                std::mem::take(&mut self.last).failed(reason)
            }
        };
        self.last.clone()
    }

    /// Whether, when last read, they led to systemd-resolved.
    pub(super) fn ask_resolved(&self) -> bool {
        self.asks_resolved
    }

    fn fetch(&mut self, files: &impl FileSystem) -> io::Result<Dns> {
        let text = files.read(&self.resolv_conf)?.text();
        let behind = files.read(&self.behind_stub);
        let behind = behind.ok().as_ref().map(FileContent::text);
        self.asks_resolved = leads_to_resolved(&text, behind.as_deref());
        Ok(judge(&text, || behind))
    }

    fn stamps(&self, files: &impl FileSystem) -> [Stamp; 2] {
        [&self.resolv_conf, &self.behind_stub].map(|path| files.stamp(path))
    }
}

/// What a `resolv.conf` with this text says, or the one `behind` it if it names
/// only stubs.
fn judge(text: &str, behind: impl FnOnce() -> Option<String>) -> Dns {
    let dns = parse(text, MAX_SERVERS);
    if !names_only_stubs(&dns) {
        return dns;
    }
    // Another forwarder's stub has no such file; then the stub is all there is.
    // systemd-resolved itself asks any number of servers.
    behind().map_or(dns, |text| parse(&text, usize::MAX))
}

/// Whether who reads this `resolv.conf` gets systemd-resolved's answers or asks the
/// servers that it lists: its stub, or its own file in that place.
fn leads_to_resolved(text: &str, behind: Option<&str>) -> bool {
    behind.is_some_and(|behind| behind == text || names_only_stubs(&parse(text, MAX_SERVERS)))
}

fn names_only_stubs(dns: &Dns) -> bool {
    !dns.servers.is_empty()
        && dns.servers.iter().all(|server| match server.address {
            IpAddr::V4(address) => STUBS.contains(&address.octets()),
            IpAddr::V6(_) => false,
        })
}

/// Reads `resolv.conf(5)`: the first `most` name servers, each once, and the last
/// of `search` and `domain`. A keyword stands at the beginning of its line; lines
/// that say nothing of these are passed over.
#[must_use]
pub fn parse(text: &str, most: usize) -> Dns {
    let mut dns = Dns::default();
    let mut servers = Vec::new();
    for line in text.lines() {
        let (keyword, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let mut words = rest.split_ascii_whitespace();
        match keyword {
            "nameserver" => servers.extend(words.next().and_then(name_server)),
            "search" => dns.search = domains(words),
            "domain" => dns.search = domains(words.take(1)),
            _ => {}
        }
    }
    for server in servers.into_iter().take(most) {
        if !dns.servers.contains(&server) {
            dns.servers.push(server);
        }
    }
    dns
}

fn name_server(word: &str) -> Option<NameServer> {
    word.split([';', '#']).next()?.parse().ok()
}

/// Each once, without trailing dots.
pub(super) fn domains<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut domains: Vec<String> = Vec::new();
    for word in words {
        let domain = word.trim_end_matches('.');
        if !domain.is_empty() && !domains.iter().any(|known| known == domain) {
            domains.push(domain.to_owned());
        }
    }
    domains
}

#[cfg(test)]
mod tests;

//! What DHCP clients were lent, from the files in which they keep it.
//!
//! Of an infinite lease the kernel says "for ever", as of a static address: there
//! only these files tell one from the other.

mod dhclient;
mod dhcpcd;
mod state_files;

use super::file::FileSystem;
use super::folder::{Content, Folder};
use crate::facts::{Lease, LeaseClient, Reading};
use std::path::Path;

pub(crate) use dhcpcd::{lent as lent_by_packet, packet as packet_that_lends};

/// A lease as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    lease: Lease,
    /// Seconds since 1970; `None`: never.
    ends: Option<u64>,
}

type Parse = fn(&Content) -> Result<Vec<Written>, String>;

/// Where one client keeps its leases.
#[derive(Debug)]
pub(crate) struct Files {
    client: LeaseClient,
    folders: Vec<Folder<Vec<Written>>>,
}

impl Files {
    /// Those of every client.
    pub(crate) fn of_all() -> [Self; LeaseClient::ALL.len()] {
        LeaseClient::ALL.map(|client| Self::new(client, paths(client)))
    }

    fn new(client: LeaseClient, paths: &[&str]) -> Self {
        let folders = paths.iter().map(|path| Folder::new(*path)).collect();
        Self { client, folders }
    }

    /// Whose they are.
    pub(crate) fn client(&self) -> LeaseClient {
        self.client
    }

    /// The leases that are not over `now`, in seconds since 1970.
    pub(crate) fn read(&mut self, files: &impl FileSystem, now: u64) -> Reading<Vec<Lease>> {
        let parse = parse(self.client);
        let (mut is_there, mut failure) = (false, None);
        for folder in &mut self.folders {
            match folder.look(files, |name| is_wanted(self.client, name), parse) {
                Ok(there) => is_there |= there,
                Err(reason) => failure = Some(reason),
            }
        }
        let written = self.folders.iter().flat_map(Folder::values);
        let current = written
            .flat_map(|(_, written)| written)
            .filter(|written| written.ends.is_none_or(|ends| now < ends));
        let value: Vec<Lease> = current.map(|written| written.lease.clone()).collect();
        match (failure, is_there) {
            (Some(reason), _) => Reading::Stale { value, reason },
            (None, true) => Reading::Current(value),
            (None, false) => Reading::Absent {
                reason: self.nowhere(),
            },
        }
    }

    fn nowhere(&self) -> String {
        let paths = self.folders.iter().map(|folder| folder.path().display());
        let paths: Vec<String> = paths.map(|path| path.to_string()).collect();
        format!("there is no {}", paths.join(", no "))
    }
}

fn paths(client: LeaseClient) -> &'static [&'static str] {
    match client {
        LeaseClient::Networkd => &["/run/systemd/netif/leases"],
        LeaseClient::Dhclient => &[
            "/var/lib/dhcp",
            "/var/lib/dhclient",
            "/var/lib/NetworkManager",
        ],
        LeaseClient::Dhcpcd => &["/var/lib/dhcpcd", "/var/db/dhcpcd"],
        LeaseClient::NetworkManager => &["/var/lib/NetworkManager"],
    }
}

/// Whether a file in such a folder holds leases of this client: a DHCP server may
/// keep its own beside them.
fn is_wanted(client: LeaseClient, name: &str) -> bool {
    let ends_in = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match client {
        LeaseClient::Networkd => name.bytes().all(|byte| byte.is_ascii_digit()),
        LeaseClient::Dhclient => name.starts_with("dhclient") && ends_in(&[".leases", ".lease"]),
        LeaseClient::Dhcpcd => ends_in(&[".lease", ".lease6"]),
        LeaseClient::NetworkManager => name.starts_with("internal-") && ends_in(&[".lease"]),
    }
}

/// Whether leases are in this folder.
pub(super) fn is_folder(path: &Path) -> bool {
    let mut all = LeaseClient::ALL.into_iter().flat_map(paths);
    all.any(|folder| path == Path::new(folder))
}

/// Whose leases are in this file of a folder, if any are.
pub(super) fn client_of(folder: &Path, name: &str) -> Option<LeaseClient> {
    let is_its = |client: &LeaseClient| {
        let mut paths = paths(*client).iter();
        paths.any(|path| folder == Path::new(path)) && is_wanted(*client, name)
    };
    LeaseClient::ALL.into_iter().find(is_its)
}

fn parse(client: LeaseClient) -> Parse {
    match client {
        LeaseClient::Networkd => state_files::of_networkd,
        LeaseClient::Dhclient => |content| Ok(dhclient::parse(&text(content))),
        LeaseClient::Dhcpcd => dhcpcd::parse,
        LeaseClient::NetworkManager => state_files::of_network_manager,
    }
}

fn text(content: &Content) -> String {
    String::from_utf8_lossy(content.bytes).into_owned()
}

#[cfg(test)]
mod tests;

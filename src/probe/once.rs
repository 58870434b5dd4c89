//! What the files of a machine say at one moment, for captures and what is played
//! back of them.
//!
//! The same parsers as the daemon's probes read them.

use super::file::FileSystem;
use super::{cloud, dns, leases, links};
use crate::facts::{Dns, FailedSetups, Leases, LinkDns, Provider, Reading};

/// All that the probes read in files.
#[derive(Debug)]
pub(crate) struct FromFiles {
    pub(crate) dns: Reading<Dns>,
    pub(crate) link_dns: Reading<LinkDns>,
    pub(crate) failed_setups: Reading<FailedSetups>,
    pub(crate) leases: Leases,
    /// The cloud that the firmware tells of.
    pub(crate) provider: Option<Provider>,
}

/// Looks at every file that the probes look at, `now` in seconds since 1970.
pub(crate) fn look_once(files: &impl FileSystem, now: u64) -> FromFiles {
    let mut resolver = dns::Files::default();
    let dns = resolver.read(files);
    let of_links = links::Files::default().read(files, resolver.ask_resolved());
    let mut all = Leases::default();
    for mut of_client in leases::Files::of_all() {
        *all.by_mut(of_client.client()) = of_client.read(files, now);
    }
    FromFiles {
        dns,
        link_dns: of_links.dns,
        failed_setups: of_links.failed_setups,
        leases: all,
        provider: cloud::detect_by(files),
    }
}

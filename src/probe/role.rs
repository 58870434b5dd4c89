//! What a file is to the probes, by its path.
//!
//! It decides how a captured file is rewritten, and that others are left out.

use super::cloud::{DMI, XEN_UUID};
use super::{dns, leases, links};
use crate::facts::LeaseClient;
use std::path::Path;

/// Why a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A `resolv.conf(5)`.
    Resolver,
    /// Of a link, with its name servers under this key.
    OfLink(&'static str),
    /// This client's leases.
    Leases(LeaseClient),
    /// A string of the firmware.
    Firmware,
    /// A folder that holds such files.
    Folder,
}

/// The role of the file `path`; `None` if nobody reads it.
pub(crate) fn role(path: &Path) -> Option<Role> {
    if [dns::RESOLV_CONF, dns::BEHIND_STUB]
        .map(Path::new)
        .contains(&path)
    {
        return Some(Role::Resolver);
    }
    if links::folders().any(|(folder, _)| path == Path::new(folder)) || leases::is_folder(path) {
        return Some(Role::Folder);
    }
    let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
    if folder == Path::new(DMI) || path == Path::new(XEN_UUID) {
        return Some(Role::Firmware);
    }
    let of_link = links::folders().find(|(own, _)| folder == Path::new(own));
    if let Some((_, servers)) = of_link {
        return links::is_index(name).then_some(Role::OfLink(servers));
    }
    leases::client_of(folder, name).map(Role::Leases)
}

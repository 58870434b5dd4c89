//! The files of a capture under pseudonyms, by what each is to the daemon: names,
//! too, tell of links and connections. A file that it does not read is left out.
//!
//! How each kind is rewritten is in modules of their own.

use super::{leases, resolver, text_under};
use crate::facts::{IfName, LeaseClient};
use crate::kernel::net_dev::{self, PROC_NET_DEV, Row};
use crate::kernel::{Pseudonyms, Word};
use crate::probe::cloud::telling;
use crate::probe::{Captured, CapturedFiles, FileContent, Role, role};
use std::path::{Path, PathBuf};

/// `files` under `pseudonyms`.
pub(super) fn under(files: &CapturedFiles, pseudonyms: &mut Pseudonyms) -> CapturedFiles {
    let numbered = files.0.iter().enumerate();
    let others = numbered.filter_map(|(number, (path, captured))| {
        let is_table = path == Path::new(PROC_NET_DEV);
        let own = if is_table {
            path.clone()
        } else {
            path_under(path, role(path)?, number, pseudonyms)?
        };
        let captured = match captured {
            Captured::Unreadable { .. } => captured.clone(),
            Captured::File { content, .. } => Captured::File {
                content: FileContent {
                    bytes: if is_table {
                        counters(&content.bytes, pseudonyms)
                    } else {
                        bytes_under(path, role(path)?, content, pseudonyms)?
                    },
                    modified: content.modified,
                },
                leads_to: None,
            },
        };
        Some((own, captured))
    });
    CapturedFiles(others.collect())
}

/// `None` for a file that says nothing.
fn bytes_under(
    path: &Path,
    role: Role,
    content: &FileContent,
    pseudonyms: &mut Pseudonyms,
) -> Option<Vec<u8>> {
    let text = content.text();
    Some(match role {
        Role::Resolver => resolver::resolv_conf(&text, pseudonyms).into_bytes(),
        Role::OfLink(servers) => resolver::of_link(&text, servers, pseudonyms).into_bytes(),
        Role::Firmware => telling(&text)?.into(),
        Role::Leases(LeaseClient::Networkd | LeaseClient::NetworkManager) => {
            leases::state_file(&text, pseudonyms).into_bytes()
        }
        Role::Leases(LeaseClient::Dhclient) => leases::log(&text, pseudonyms).into_bytes(),
        Role::Leases(LeaseClient::Dhcpcd) => {
            let is_ipv6 = path.extension().is_some_and(|end| end == "lease6");
            leases::packet(&content.bytes, is_ipv6, pseudonyms)
        }
        Role::Folder => return None,
    })
}

/// The table with nothing but names and bytes.
fn counters(table: &[u8], pseudonyms: &mut Pseudonyms) -> Vec<u8> {
    let mut all = Vec::new();
    for row in net_dev::rows(table) {
        let Row {
            name,
            sent,
            received,
        } = row;
        all.extend(pseudonyms.word(Word::Link, name.as_bytes()));
        let columns = format!(": {received} 0 0 0 0 0 0 0 {sent} 0 0 0 0 0 0 0\n");
        all.extend(columns.into_bytes());
    }
    all
}

/// The same path, or another where its last part names a link; `number` tells
/// files apart that are named after anything else.
fn path_under(
    path: &Path,
    role: Role,
    number: usize,
    pseudonyms: &mut Pseudonyms,
) -> Option<PathBuf> {
    let (stem, end) = path
        .file_name()?
        .to_str()?
        .rsplit_once('.')
        .unwrap_or_default();
    let mut link = |name: &str| {
        IfName::new(name.as_bytes())?;
        Some(text_under(Word::Link, name, pseudonyms))
    };
    let name = match role {
        Role::Leases(LeaseClient::Dhclient) => format!("dhclient{number}.leases"),
        // What is named otherwise holds no lease.
        Role::Leases(LeaseClient::Dhcpcd) => format!("{}.{end}", link(stem)?),
        Role::Leases(LeaseClient::NetworkManager) => {
            const UUID: usize = 36;
            let rest = stem.strip_prefix("internal-")?;
            let name = link(rest.get(UUID..)?.strip_prefix('-')?)?;
            format!("internal-00000000-0000-4000-8000-{number:012x}-{name}.lease")
        }
        _ => return Some(path.to_owned()),
    };
    Some(path.with_file_name(name))
}

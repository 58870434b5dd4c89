//! The recorded hosts: each folder of `tests/fixtures` is one. Those with a script `host` can
//! be recorded anew and are named here, so that none is lost unseen; what was captured on a
//! host elsewhere has none and is a case as well.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Every case with a `host`.
const RECORDED: &[&str] = &[
    "admin-down",
    "backup-bond",
    "bond-without-ports",
    "bridge",
    "containers",
    "dhcp",
    "dormant",
    "duplicate-address",
    "embedded-addresses",
    "floating",
    "gateways",
    "ip-tunnels",
    "lacp-bond",
    "lacp-bond-degraded",
    "lease-files",
    "link-local",
    "loopback-address",
    "macvlan",
    "many-subnets",
    "next-hop-numbers",
    "nexthop-objects",
    "no-address",
    "no-carrier",
    "not-utf8",
    "plain-lab-kernel",
    "plain-running-kernel",
    "point-to-point",
    "policy-routing",
    "slaac",
    "slaac-and-static",
    "static",
    "stub-resolver",
    "tunnel",
    "vlan-in-bridge",
    "vlan-in-vlan",
    "vlan-on-port",
    "vrf",
];
/// Those of them that are judged with a configuration, too.
const CONFIGURED: &[&str] = &["dhcp", "duplicate-address", "floating", "lacp-bond"];

/// Where the cases are.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// The folder of every case, by name. All that are named above are there with what makes them
/// a case, and no other is.
pub(crate) fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures()).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir()).collect();
    folders.sort();
    let recorded = folders.iter().filter(|folder| folder.join("host").exists());
    let configured = recorded
        .clone()
        .filter(|folder| folder.join("config.toml").exists());
    assert_eq!(names(recorded), RECORDED, "the cases and their list differ");
    assert_eq!(
        names(configured),
        CONFIGURED,
        "the cases and their list differ"
    );
    folders
}

fn names<'a>(folders: impl Iterator<Item = &'a PathBuf>) -> Vec<&'a OsStr> {
    folders.filter_map(|folder| folder.file_name()).collect()
}

/// What `ip -j` said of the host, if it was asked: of a host elsewhere it was not.
pub(crate) fn said_by_ip(folder: &Path, file: &str) -> Option<serde_json::Value> {
    let bytes = fs::read(folder.join(file)).ok()?;
    // It writes names as they are, UTF-8 or not.
    let chunks = bytes.utf8_chunks().flat_map(|chunk| {
        let invalid = chunk.invalid().iter();
        let marked = invalid.map(|byte| format!(r"\\x{byte:02x}"));
        std::iter::once(chunk.valid().to_owned()).chain(marked)
    });
    Some(serde_json::from_str(&chunks.collect::<String>()).unwrap())
}

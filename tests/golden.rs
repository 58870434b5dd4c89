//! Recorded hosts through decoding, folding and judging, to their documents.
//!
//! Each folder of `tests/fixtures` holds what `netstatusd capture` wrote on a host,
//! and the documents that are expected of it. `UPDATE_GOLDEN=1` rewrites the
//! documents: look at every line that changes beside the folder's `ip.json`.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[path = "support/cases.rs"]
mod cases;

use netstatusd::api::{config_file, v1, v2, v3};
use netstatusd::capture::Capture;
use netstatusd::config::Config;
use netstatusd::facts::{
    AddressFlags, BondMode, IfIndex, Link, LinkFacts, LinkKind, Snapshot, WatchTally,
};
use netstatusd::kernel::counters::Sample;
use netstatusd::view::{Ids, Node, NodeView};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// What a daemon on the recorded host would know; every byte must be understood.
fn replay(folder: &Path) -> Snapshot {
    let snapshot = Capture::read(folder).unwrap().snapshot();
    let name = folder.display();
    assert_eq!(snapshot.kernel.tally, WatchTally::default(), "{name}");
    snapshot
}

#[test]
fn facts_are_what_ip_says() {
    for folder in cases::all() {
        let snapshot = replay(&folder);
        let Some(said) = cases::said_by_ip(&folder, "ip.json") else {
            continue;
        };
        let said = said.as_array().unwrap();
        let name = folder.display();
        assert_eq!(snapshot.links().len(), said.len(), "{name}");
        for (facts, said) in snapshot.links().iter().zip(said) {
            let own = said_by_us(&snapshot, &facts.link);
            assert_eq!(own, keys_of(said, &own), "{name}");
            assert_eq!(addresses(facts), addresses_of_ip(said), "{name}");
        }
    }
}

/// A link in the words of `ip`.
fn said_by_us(snapshot: &Snapshot, link: &Link) -> Value {
    let mut flags = vec![];
    flags.extend(link.flags.is_up().then_some("UP"));
    flags.extend(link.flags.has_carrier().then_some("LOWER_UP"));
    let name = |index: Option<IfIndex>| {
        let facts = index.and_then(|index| snapshot.link(index));
        facts.map(|facts| facts.link.name.to_string())
    };
    let kind = match &link.kind {
        LinkKind::Hardware => json!({ "info_kind": null }),
        LinkKind::Bond { mode } => json!({ "info_kind": "bond", "mode": word_of(*mode) }),
        LinkKind::Vlan { id } => json!({ "info_kind": "vlan", "id": id.get() }),
        LinkKind::Vrf { table } => json!({ "info_kind": "vrf", "table": table }),
        LinkKind::Veth => json!({ "info_kind": "veth" }),
        LinkKind::Other(kind) => json!({ "info_kind": kind }),
    };
    json!({
        "ifindex": link.index.0,
        "ifname": link.name.to_string(),
        "altnames": link.altnames.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "mtu": link.mtu,
        "operstate": format!("{:?}", link.operstate).to_uppercase(),
        "address": link.mac.to_string(),
        "flags": flags,
        // It keeps silent of one that is in use.
        "permaddr": link.permanent_mac.filter(|mac| *mac != link.mac).map(|mac| mac.to_string()),
        "perm_hwaddr": link.mac_before_bond.map(|mac| mac.to_string()),
        "master": name(link.master),
        // In another namespace there is no name.
        "link": name(link.lower.filter(|_| link.lower_namespace.is_none())),
        "link_netnsid": link.lower_namespace,
        "info_slave_kind": link.port_kind,
        "linkinfo": kind,
    })
}

/// `bonding.txt`, option `mode`.
fn word_of(mode: BondMode) -> &'static str {
    match mode {
        BondMode::ActiveBackup => "active-backup",
        BondMode::Ieee8023ad => "802.3ad",
        BondMode::Other(0) => "balance-rr",
        BondMode::Other(2) => "balance-xor",
        BondMode::Other(3) => "broadcast",
        BondMode::Other(5) => "balance-tlb",
        BondMode::Other(_) => "balance-alb",
    }
}

/// The values that `ip` has for the keys of `own`.
fn keys_of(said: &Value, own: &Value) -> Value {
    let value = |key: &String| match key.as_str() {
        "address" => json!(link_layer(&said[key]).unwrap_or_default()),
        "permaddr" => json!(link_layer(&said[key])),
        "altnames" => json!(said[key].as_array().map_or(&[][..], Vec::as_slice)),
        "linkinfo" => {
            let kind = &said[key]["info_kind"];
            let mut info = json!({ "info_kind": kind });
            if let Some(detail) = detail_of(kind) {
                info[detail] = said[key]["info_data"][detail].clone();
            }
            info
        }
        "info_slave_kind" => said["linkinfo"][key].clone(),
        "flags" => {
            let flags = said["flags"].as_array().unwrap().iter();
            let known = |flag: &&Value| *flag == "UP" || *flag == "LOWER_UP";
            let mut flags: Vec<&Value> = flags.filter(known).collect();
            flags.sort_by_key(|flag| flag.as_str() != Some("UP"));
            json!(flags)
        }
        "perm_hwaddr" => said["linkinfo"]["info_slave_data"][key].clone(),
        key => said[key].clone(),
    };
    let keys = own.as_object().unwrap().keys();
    keys.map(|key| (key.clone(), value(key))).collect()
}

/// What `ip` says of the kinds whose details we know.
fn detail_of(kind: &Value) -> Option<&'static str> {
    match kind.as_str()? {
        "bond" => Some("mode"),
        "vlan" => Some("id"),
        "vrf" => Some("table"),
        _ => None,
    }
}

/// A link-layer address as bytes are written: `ip` shows those of tunnels as IP addresses.
fn link_layer(said: &Value) -> Option<String> {
    let text = said.as_str()?;
    let octets = match text.parse() {
        Ok(IpAddr::V4(v4)) => v4.octets().to_vec(),
        Ok(IpAddr::V6(v6)) => v6.octets().to_vec(),
        Err(_) => return Some(text.to_owned()),
    };
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    Some(octets.join(":"))
}

/// Address, prefix length, whether it lasts for ever and is deprecated, in order.
fn addresses(facts: &LinkFacts) -> Vec<(IpAddr, u64, bool, bool)> {
    let own = facts.addresses.iter().map(|address| {
        let key = &address.key;
        let is_deprecated = address.flags.has(AddressFlags::DEPRECATED);
        (
            key.local,
            key.prefix_len.into(),
            address.is_forever,
            is_deprecated,
        )
    });
    let mut own: Vec<_> = own.collect();
    own.sort();
    own
}

fn addresses_of_ip(said: &Value) -> Vec<(IpAddr, u64, bool, bool)> {
    let addresses = said["addr_info"].as_array().unwrap().iter().map(|address| {
        (
            address["local"].as_str().unwrap().parse().unwrap(),
            address["prefixlen"].as_u64().unwrap(),
            address["valid_life_time"] == u32::MAX,
            address["deprecated"] == true,
        )
    });
    let mut addresses: Vec<_> = addresses.collect();
    addresses.sort();
    addresses
}

/// A node with what was captured of it.
struct Viewed {
    node: NodeView,
    capture: Capture,
}

/// The recorded host as its daemon would see it, with a configuration file or without.
fn view(folder: &Path, config: &str) -> Viewed {
    let node = Node::from(&Config::parse(config).unwrap());
    let snapshot = Arc::new(replay(folder));
    Viewed {
        node: NodeView::new(node, snapshot, &mut Ids::default(), Instant::now()),
        capture: Capture::read(folder).unwrap(),
    }
}

/// Every document of a node by name, as a daemon would write them but for space.
fn documents(viewed: &Viewed) -> Vec<(&'static str, String)> {
    let Viewed {
        node: view,
        capture,
    } = viewed;
    let sample = |facts: &LinkFacts| capture.sample(facts.link.name);
    let of = |interface| view.facts(interface).map(|facts| sample(facts));
    let of = |interface| of(interface).unwrap_or_default();
    let first = view.find("1");
    let v1 = first.and_then(|first| v1::Status::new(view, first, of(first), false));
    let v2 = view.interfaces();
    let v2 = v2.map(|interface| v2::Status::new(view, interface, of(interface), false));
    let interfaces = view.interfaces().map(v2::Config::from);
    let networks = view.interfaces().flat_map(v2::NetworkConfig::all);
    let links = view.snapshot().links().iter();
    let samples: Vec<Sample> = links.map(|facts| sample(facts)).collect();
    vec![
        ("v1", pretty(&v1.into_iter().collect::<Vec<_>>())),
        ("v2", pretty(&v2.collect::<Vec<_>>())),
        ("interfaces", pretty(&interfaces.collect::<Vec<_>>())),
        ("networks", pretty(&networks.collect::<Vec<_>>())),
        ("v3", pretty(&v3::Status::new(view, &samples, false))),
    ]
}

fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap() + "\n"
}

/// Each case without configuration, and with the one beside it, if there is one:
/// the beginning of its documents' names, and its view.
fn views() -> Vec<(PathBuf, Viewed)> {
    let mut views = Vec::new();
    for folder in cases::all() {
        views.push((folder.join(""), view(&folder, "")));
        if let Ok(config) = fs::read_to_string(folder.join("config.toml")) {
            views.push((folder.join("configured."), view(&folder, &config)));
        }
    }
    views
}

fn file(beginning: &Path, document: &str) -> PathBuf {
    PathBuf::from(format!("{}{document}.json", beginning.display()))
}

#[test]
fn every_version_says_what_is_expected() {
    let mut wrong = Vec::new();
    for (beginning, view) in views() {
        for (name, document) in documents(&view) {
            let file = file(&beginning, name);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&file, &document).unwrap();
            }
            if document != fs::read_to_string(&file).unwrap_or_default() {
                wrong.push(format!("{}:\n{document}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not as expected; UPDATE_GOLDEN=1 writes them for you to look at:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_document_is_of_its_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = std::env::var_os("NETSTATUSD_VENV");
    let venv = venv.map_or_else(|| root.join("target/venv"), PathBuf::from);
    let python = venv.join("bin/python");
    if !python.exists() {
        let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!is_ci, "skipped where nothing may be");
        eprintln!("skipped: no Python environment (tests/run installs it)");
        return;
    }
    // In files of its own: those beside the cases may be just being rewritten.
    let scratch = std::env::temp_dir().join(format!("nsd-golden-{}", std::process::id()));
    fs::create_dir(&scratch).unwrap();
    let mut beginnings = Vec::new();
    for (position, (_, view)) in views().iter().enumerate() {
        let beginning = scratch.join(format!("{position}."));
        for (name, document) in documents(view) {
            fs::write(file(&beginning, name), document).unwrap();
        }
        beginnings.push(beginning);
    }
    let mut wrong = Vec::new();
    for (name, schema) in [
        ("v1", "v1-node-network-status"),
        ("v2", "v2-interface-status"),
        ("interfaces", "v2-interface"),
        ("networks", "v2-network"),
        ("v3", "v3-node-network-status"),
    ] {
        let schemas = root.join("tests/schemas");
        let output = Command::new(&python)
            .arg(schemas.join("validate.py"))
            .arg(schemas.join(format!("{schema}.schema.json")))
            .args(beginnings.iter().map(|beginning| file(beginning, name)))
            .output()
            .unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    fs::remove_dir_all(&scratch).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file made from what a host has wants just that.
#[test]
fn a_configuration_made_of_a_host_changes_no_document() {
    for folder in cases::all() {
        let derived = view(&folder, "");
        let config = config_file::write(&derived.node);
        let configured = view(&folder, &config);
        let name = folder.display();
        if folder.ends_with("point-to-point") {
            // One address with two prefixes is two networks there; a file has it once.
            continue;
        }
        for (before, after) in documents(&derived).iter().zip(documents(&configured)) {
            // Ranges and subnets are spelt as in the file there.
            if before.0 != "networks" {
                assert_eq!(before.1, after.1, "{name}:\n{config}");
            }
        }
    }
}

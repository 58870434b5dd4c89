//! Recorded hosts through decoding, folding and judging, to their documents.
//!
//! Each folder of `tests/fixtures` holds what `netstatusd capture` wrote on a host,
//! and the documents that are expected of it. `UPDATE_GOLDEN=1` rewrites the
//! documents: look at every line that changes beside the folder's `ip.json`.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use netstatusd::api::{config_file, v1, v2, v3};
use netstatusd::capture::Capture;
use netstatusd::config::Config;
use netstatusd::facts::{AddressFlags, LinkFacts, Snapshot, WatchTally};
use netstatusd::kernel::counters::Sample;
use netstatusd::view::{Ids, Node, NodeView};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
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

/// What `ip -j -d addr` said of the recorded host.
fn said_by_ip(folder: &Path) -> Vec<Value> {
    let bytes = fs::read(folder.join("ip.json")).unwrap();
    // It writes names as they are, UTF-8 or not.
    serde_json::from_str(&String::from_utf8_lossy(&bytes)).unwrap()
}

#[test]
fn facts_are_what_ip_says() {
    for folder in cases() {
        let snapshot = replay(&folder);
        let said = said_by_ip(&folder);
        let name = folder.display();
        assert_eq!(snapshot.links().len(), said.len(), "{name}");
        for (facts, said) in snapshot.links().iter().zip(said) {
            let link = &facts.link;
            let mut flags = vec![];
            flags.extend(link.flags.is_up().then_some("UP"));
            flags.extend(link.flags.has_carrier().then_some("LOWER_UP"));
            let own = json!({
                "ifindex": link.index.0,
                "mtu": link.mtu,
                "operstate": format!("{:?}", link.operstate).to_uppercase(),
                "address": link.mac.to_string(),
                "flags": flags,
                "permaddr": link.permanent_mac.map(|mac| mac.to_string()),
                "perm_hwaddr": link.mac_before_bond.map(|mac| mac.to_string()),
            });
            assert_eq!(own, keys_of(&said, &own), "{name}");
            assert_eq!(addresses(facts), addresses_of_ip(&said), "{name}");
        }
    }
}

/// The values that `ip` has for the keys of `own`.
fn keys_of(said: &Value, own: &Value) -> Value {
    let value = |key: &String| match key.as_str() {
        "address" => json!(said["address"].as_str().unwrap_or_default()),
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

/// Address, prefix length, whether it lasts for ever and is deprecated, in order.
fn addresses(facts: &LinkFacts) -> Vec<(String, u64, bool, bool)> {
    let own = facts.addresses.iter().map(|address| {
        let key = &address.key;
        let is_deprecated = address.flags.has(AddressFlags::DEPRECATED);
        (
            key.local.to_string(),
            key.prefix_len.into(),
            address.is_forever,
            is_deprecated,
        )
    });
    let mut own: Vec<_> = own.collect();
    own.sort();
    own
}

fn addresses_of_ip(said: &Value) -> Vec<(String, u64, bool, bool)> {
    let addresses = said["addr_info"].as_array().unwrap().iter().map(|address| {
        (
            address["local"].as_str().unwrap().to_owned(),
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

fn cases() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() >= 35, "the fixtures are not all here");
    cases
}

/// Each case without configuration, and with the one beside it, if there is one:
/// the beginning of its documents' names, and its view.
fn views() -> Vec<(PathBuf, Viewed)> {
    let mut views = Vec::new();
    for folder in cases() {
        views.push((folder.join(""), view(&folder, "")));
        if let Ok(config) = fs::read_to_string(folder.join("config.toml")) {
            views.push((folder.join("configured."), view(&folder, &config)));
        }
    }
    assert!(views.len() >= 38, "the configurations are not all here");
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
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
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
    let beginnings: Vec<PathBuf> = views()
        .into_iter()
        .map(|(beginning, _)| beginning)
        .collect();
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
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}:\n{said}");
    }
}

/// A file made from what a host has wants just that.
#[test]
fn a_configuration_made_of_a_host_changes_no_document() {
    for folder in cases() {
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

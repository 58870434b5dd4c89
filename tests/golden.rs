//! Recorded hosts through decoding, folding and judging, to their documents.
//!
//! Each folder of `tests/fixtures` holds what `netstatusd capture` wrote on a host,
//! and the documents that are expected of it. `UPDATE_GOLDEN=1` rewrites the
//! documents: look at every line that changes beside the folder's `ip.json`.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use netstatusd::api::v2;
use netstatusd::capture::Capture;
use netstatusd::facts::{AddressFlags, LinkFacts, Snapshot, WatchTally};
use netstatusd::kernel::counters::Sample;
use netstatusd::view::{Ids, Node, NodeView};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
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

/// The documents of every listed interface, as a daemon would write them but for
/// space and counters.
fn v2_documents(snapshot: Snapshot) -> String {
    let view = NodeView::new(
        Node::default(),
        Arc::new(snapshot),
        &mut Ids::default(),
        Instant::now(),
    );
    let documents: Vec<v2::Status> = view
        .interfaces()
        .map(|interface| v2::Status::new(&view, interface, Sample::default(), false))
        .collect();
    serde_json::to_string_pretty(&documents).unwrap() + "\n"
}

fn cases() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut cases: Vec<PathBuf> = fs::read_dir(fixtures)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

#[test]
fn v2() {
    let cases = cases();
    assert!(cases.len() >= 23, "the fixtures are not all here");
    let mut wrong = Vec::new();
    for folder in cases {
        let documents = v2_documents(replay(&folder));
        let file = folder.join("v2.json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&file, &documents).unwrap();
        }
        if documents != fs::read_to_string(&file).unwrap() {
            wrong.push(format!("{}:\n{documents}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
}

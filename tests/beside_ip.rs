//! Recorded hosts beside what `ip` said of them: the facts that follow from their bytes, and
//! the documents that are expected of them (`golden`).
//!
//! A host that was captured elsewhere comes without `ip.json` and is not judged here.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/mod.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod support;

use netstatusd::capture::Capture;
use netstatusd::facts::{AddressFlags, BondMode, IfIndex, Link, LinkFacts, LinkKind, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use support::ip::link_layer;
use support::oracle::{self, Sample};
use support::reading::Reading;

#[test]
fn facts_are_what_ip_says() {
    for folder in cases::all() {
        let snapshot = Capture::read(&folder).unwrap().snapshot();
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
        "permaddr": link.permanent_mac.as_deref().filter(|mac| **mac != link.mac).map(ToString::to_string),
        "perm_hwaddr": link.mac_before_bond.as_ref().map(ToString::to_string),
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

/// What is expected is no mere echo: the oracle that judges the daemon beside the running
/// kernel judges it by what `ip` said of the recorded host.
#[test]
fn what_is_expected_is_what_the_oracle_demands() {
    let (mut wrong, mut beyond) = (Vec::new(), BTreeSet::new());
    for folder in cases::all() {
        if cases::said_by_ip(&folder, "ip.json").is_none() {
            continue;
        }
        let reading = Reading::recorded(&folder).unwrap();
        let expected = fs::read(folder.join("v2.json")).unwrap();
        let expected: Vec<Value> = serde_json::from_slice(&expected).unwrap();
        let mut names: Vec<&str> = expected.iter().map(name_in).collect();
        let listed = reading
            .links
            .iter()
            .filter(|link| oracle::is_listed(link, &reading));
        let mut listed: Vec<&str> = listed.map(|link| link.name.as_str()).collect();
        names.sort_unstable();
        listed.sort_unstable();
        assert_eq!(names, listed, "{}", folder.display());
        for document in &expected {
            let link = reading.link(name_in(document)).unwrap();
            let found = oracle::differences(&judged(&folder, &reading, document), link);
            for found in found {
                match beyond_ip(&folder, &found) {
                    Some(known) => _ = beyond.insert(known),
                    None => wrong.push(format!("{}: {found}", folder.display())),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        beyond.len(),
        BEYOND_IP.len(),
        "only these are of need: {beyond:?}"
    );
}

fn name_in(document: &Value) -> &str {
    document["interface_status"]["name"].as_str().unwrap()
}

/// Counters are of the moment when the files were read, or were not recorded.
fn judged<'a>(folder: &Path, reading: &'a Reading, document: &'a Value) -> Sample<'a> {
    let clock = fs::read_to_string(folder.join("clock")).unwrap();
    let clock = clock.trim().parse().unwrap();
    let taken = if reading.counters.is_empty() {
        0
    } else {
        clock
    };
    Sample {
        before: reading,
        document,
        after: reading,
        asked: (taken, taken),
        foreign_sysfs: false,
    }
}

/// What the oracle cannot know of a recorded host: in which case, and what it says then.
const BEYOND_IP: &[(&str, &str)] = &[
    ("", "the bond is not in /proc/net/bonding"),
    // Files of resolvers and DHCP clients are not asked there.
    ("lease-files", " dns_"),
    (
        "lease-files",
        "assigned_by: \"DHCP\", but ip says \"STATIC\"",
    ),
    ("stub-resolver", " dns_"),
    // One address with two prefixes is two networks.
    ("point-to-point", "203.0.113.10 is named 2 times"),
];

fn beyond_ip(folder: &Path, found: &str) -> Option<&'static (&'static str, &'static str)> {
    let is_here = |case: &str| case.is_empty() || folder.ends_with(case);
    let mut known = BEYOND_IP.iter();
    known.find(|(case, part)| is_here(case) && found.contains(part))
}

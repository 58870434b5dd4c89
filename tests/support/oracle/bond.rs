//! What a document must say of a bond: `ip` and `/proc/net/bonding`, two more witnesses of the
//! same kernel.
//!
//! Nothing of it is asked of the daemon; the words of the modes are the schema's.

use serde_json::{Value, json};

use super::super::ip::Link;
use super::{Differences, Sample};

/// The schema's word for a bond's mode; it has words for two of the seven.
fn mode_word(link: &Link) -> Option<&'static str> {
    match link.bond_mode.as_deref()? {
        "active-backup" => Some("ACTIVE_BACKUP"),
        "802.3ad" => Some("IEEE_8023AD"),
        _ => None,
    }
}

pub(super) fn check(sample: &Sample, link: &Link, found: &mut Differences) {
    let said = &sample.document["interface_status"]["bonding_mode"];
    found.same("bonding_mode", said, &json!(mode_word(link)));
    let Some(lines) = sample.before.bonds.get(&link.name) else {
        let is_bond = link.bond_mode.is_some();
        found.holds(!is_bond, "the bond is not in /proc/net/bonding");
        return;
    };
    let named = match value(lines, "Bonding Mode") {
        Some("fault-tolerance (active-backup)") => json!("ACTIVE_BACKUP"),
        Some("IEEE 802.3ad Dynamic link aggregation") => json!("IEEE_8023AD"),
        _ => Value::Null,
    };
    found.same("bonding_mode in /proc/net/bonding", said, &named);
    let details = &sample.document["interface_details"];
    let has_cable = details["cable_status"] == "CONNECTED";
    // The first line of this name is the bond's own, those of its ports follow.
    let is_up = value(lines, "MII Status") == Some("up");
    let is_judged = link.has("UP");
    found.holds(
        !is_judged || has_cable == is_up,
        format!("connected is {has_cable}, but /proc/net/bonding says up is {is_up}"),
    );
    if let Some(speed) = speed(lines) {
        let usable = has_cable && is_judged;
        found.same(
            "speed, by the ports in /proc/net/bonding",
            &details["speed"],
            &json!(if usable { speed } else { 0 }),
        );
    }
}

/// What the ports that can send add up to, in the modes where this file tells which those are.
fn speed(lines: &[String]) -> Option<u64> {
    let active = match value(lines, "Bonding Mode")? {
        // The bond's own lines come first: this is the active aggregator.
        "IEEE 802.3ad Dynamic link aggregation" => Some(value(lines, "Aggregator ID")?),
        "load balancing (round-robin)" | "load balancing (xor)" => None,
        _ => return None,
    };
    let ports = lines.split(|line| line.starts_with("Slave Interface: "));
    ports
        .skip(1)
        .filter(|port| value(port, "MII Status") == Some("up"))
        .filter(|port| active.is_none() || value(port, "Aggregator ID") == active)
        .map(|port| {
            value(port, "Speed")?
                .strip_suffix(" Mbps")?
                .parse::<u64>()
                .ok()
        })
        .sum()
}

fn value<'a>(lines: &'a [String], key: &str) -> Option<&'a str> {
    lines
        .iter()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

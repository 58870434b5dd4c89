//! The shape of a v2 status document: every key of the published schema, no other, each of
//! its type and among its words. Written out here, so that it needs nothing but the document.
//!
//! It is looked at first: the other rules may then index without asking.

use serde_json::Value;

use super::Differences;

const DOCUMENT: &[&str] = &[
    "interface_details",
    "interface_status",
    "network_statuses",
    "node_id",
    "node_name",
    "update_status",
];
const DETAILS: &[&str] = &[
    "bytes_received",
    "bytes_sent",
    "cable_status",
    "interface_status",
    "mac_address",
    "speed",
    "timestamp",
];
/// Without `bonding_mode`, which some bonds have (`bond`).
const INTERFACE: &[&str] = &[
    "default_gateway",
    "default_gateway_ipv6",
    "interface_id",
    "mtu",
    "name",
];
const NETWORK: &[&str] = &[
    "address",
    "assigned_by",
    "dns_search_domains",
    "dns_servers",
    "floating_addresses",
    "mtu",
    "name",
    "netmask",
    "vlan_id",
];

const NUMBERS: &[&str] = &["node_id", "speed", "interface_id", "mtu", "vlan_id"];
const LISTS: &[&str] = &["dns_search_domains", "dns_servers", "floating_addresses"];
const UPDATE: &[&str] = &["CHANGES_APPLIED", "CHANGES_PENDING", "UNAVAILABLE"];
const CABLE: &[&str] = &["CONNECTED", "DISCONNECTED", "UNKNOWN"];
const STATUS: &[&str] = &[
    "UP",
    "DOWN",
    "MISSING",
    "UNKNOWN",
    "NOTPRESENT",
    "LOWERLAYERDOWN",
    "TESTING",
    "DORMANT",
];
const MODES: &[&str] = &["ACTIVE_BACKUP", "IEEE_8023AD"];
const ASSIGNED: &[&str] = &["DHCP", "STATIC", "LINK_LOCAL"];

pub(super) fn check(document: &Value, found: &mut Differences) {
    keys("document", document, DOCUMENT, found);
    keys(
        "interface_details",
        &document["interface_details"],
        DETAILS,
        found,
    );
    let mut interface = document["interface_status"].clone();
    if let Some(mode) = interface
        .as_object_mut()
        .and_then(|keys| keys.remove("bonding_mode"))
    {
        word(&mode, MODES, found);
    }
    keys("interface_status", &interface, INTERFACE, found);
    word(&document["update_status"], UPDATE, found);
    word(&document["interface_details"]["cable_status"], CABLE, found);
    word(
        &document["interface_details"]["interface_status"],
        STATUS,
        found,
    );
    let networks = document["network_statuses"].as_array();
    found.holds(
        networks.is_some_and(|list| !list.is_empty()),
        "network_statuses: no entry",
    );
    for network in networks.into_iter().flatten() {
        keys("network_statuses", network, NETWORK, found);
        word(&network["assigned_by"], ASSIGNED, found);
    }
}

fn keys(what: &str, object: &Value, expected: &[&str], found: &mut Differences) {
    let mut said: Vec<&str> = object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    said.sort_unstable();
    found.holds(
        said == expected,
        format!("{what}: keys {said:?}, not {expected:?}"),
    );
    for (key, value) in object.as_object().into_iter().flatten() {
        let fits = match key.as_str() {
            key if NUMBERS.contains(&key) => value.is_u64(),
            key if LISTS.contains(&key) => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
            // The two sections share a name with a word; their own keys are checked above.
            "interface_details" | "interface_status" if what == "document" => value.is_object(),
            "network_statuses" => value.is_array(),
            _ => value.is_string(),
        };
        found.holds(fits, format!("{what}: {key} is {value}"));
    }
}

fn word(said: &Value, known: &[&str], found: &mut Differences) {
    let fits = said.as_str().is_some_and(|said| known.contains(&said));
    found.holds(fits, format!("{said} is none of {known:?}"));
}

//! What a status document must say, judged by `ip` alone.
//!
//! `differences` compares one document with a reading taken before it and one taken after it
//! that agree with each other. It is written from the contract, not from the daemon: scalars
//! must be equal, counters must lie between the readings, and for the networks it checks the
//! rules that hold for every host (`networks`); which address comes first and which are
//! floating, the scenarios say in so many words.

mod bond;
mod gateway;
mod networks;
mod served;
mod shape;

pub(crate) use served::{is_listed, is_served};

use serde_json::{Value, json};

use super::ip::Link;
use super::reading::Reading;

/// What is wrong, one line each.
#[derive(Default)]
pub(crate) struct Differences(Vec<String>);

impl Differences {
    fn same(&mut self, what: &str, said: &Value, expected: &Value) {
        if said != expected {
            self.0
                .push(format!("{what}: {said}, but ip says {expected}"));
        }
    }

    fn holds(&mut self, rule: bool, what: impl Into<String>) {
        if !rule {
            self.0.push(what.into());
        }
    }
}

/// A document and what surrounds it.
pub(crate) struct Sample<'a> {
    pub(crate) before: &'a Reading,
    pub(crate) document: &'a Value,
    pub(crate) after: &'a Reading,
    /// Epoch seconds before and after.
    pub(crate) asked: (u64, u64),
    /// `/sys` is another namespace's: nothing there can be believed.
    pub(crate) foreign_sysfs: bool,
}

/// Everything in which the document of this link differs from the contract.
pub(crate) fn differences(sample: &Sample, link: &Link) -> Vec<String> {
    let mut found = Differences::default();
    shape::check(sample.document, &mut found);
    if found.0.is_empty() {
        node(sample, link, &mut found);
        details(sample, link, &mut found);
        interface(sample, link, &mut found);
        bond::check(sample, link, &mut found);
        networks::check(sample, &served::devices(link, sample.before), &mut found);
    }
    found
        .0
        .into_iter()
        .map(|line| format!("{}: {line}", link.name))
        .collect()
}

fn node(sample: &Sample, link: &Link, found: &mut Differences) {
    let document = sample.document;
    found.same("node_id", &document["node_id"], &json!(1));
    found.same(
        "node_name",
        &document["node_name"],
        &json!(sample.before.host_name),
    );
    let reported = networks::reported(document);
    let devices = served::devices(link, sample.before);
    let pending = devices.iter().any(|device| {
        device.addresses.iter().any(|own| {
            let checked = own.is("tentative") && !own.is("optimistic") && device.has("LOWER_UP");
            own.is("dadfailed") || (checked && reported.contains(&own.ip))
        })
    });
    let expected = if pending {
        "CHANGES_PENDING"
    } else {
        "CHANGES_APPLIED"
    };
    found.same(
        "update_status",
        &document["update_status"],
        &json!(expected),
    );
}

fn details(sample: &Sample, link: &Link, found: &mut Differences) {
    let details = &sample.document["interface_details"];
    let (up, carrier) = (link.has("UP"), link.has("LOWER_UP"));
    let status = if up { link.operstate.as_str() } else { "DOWN" };
    found.same(
        "interface_status",
        &details["interface_status"],
        &json!(status),
    );
    let cable = match (up, carrier) {
        (false, _) => "UNKNOWN",
        (true, true) => "CONNECTED",
        (true, false) => "DISCONNECTED",
    };
    found.same("cable_status", &details["cable_status"], &json!(cable));
    let usable = up && carrier && !sample.foreign_sysfs;
    let known = |speed: &i64| usable && *speed > 0 && *speed < 65_535 * 65_535;
    found.same(
        "speed",
        &details["speed"],
        &json!(link.speed.filter(known).unwrap_or(0)),
    );
    found.same("mac_address", &details["mac_address"], &json!(link.mac));
    counters(sample, link, found);
}

fn counters(sample: &Sample, link: &Link, found: &mut Differences) {
    let details = &sample.document["interface_details"];
    let none = (0, 0);
    let least = sample.before.counters.get(&link.name).unwrap_or(&none);
    let most = sample.after.counters.get(&link.name).unwrap_or(&none);
    for (key, least, most) in [
        ("bytes_received", least.0, most.0),
        ("bytes_sent", least.1, most.1),
        ("timestamp", sample.asked.0, sample.asked.1),
    ] {
        let said = details[key]
            .as_str()
            .and_then(|text| text.parse::<u64>().ok());
        let between = said.is_some_and(|value| (least..=most).contains(&value));
        found.holds(
            between,
            format!("{key}: {} is not in {least}..={most}", details[key]),
        );
    }
}

fn interface(sample: &Sample, link: &Link, found: &mut Differences) {
    let interface = &sample.document["interface_status"];
    found.same("name", &interface["name"], &json!(link.name));
    found.same("mtu", &interface["mtu"], &json!(link.mtu));
    let devices = served::devices(link, sample.before);
    let gateway = |ipv6| gateway::choose(&devices, sample.before, ipv6);
    found.same(
        "default_gateway",
        &interface["default_gateway"],
        &json!(gateway(false)),
    );
    found.same(
        "default_gateway_ipv6",
        &interface["default_gateway_ipv6"],
        &json!(gateway(true)),
    );
}

//! The rules that every derived `network_statuses` keeps, whatever the addresses.
//!
//! Which address stands where, the scenarios say; here is what must hold of any host.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::super::ip::{Address, Link, network};
use super::super::namespace;
use super::{Differences, Sample, served};

/// Every address a document names, in its order.
pub(super) fn reported(document: &Value) -> Vec<IpAddr> {
    let networks = document["network_statuses"]
        .as_array()
        .into_iter()
        .flatten();
    let texts = networks.flat_map(|entry| {
        let floating = entry["floating_addresses"].as_array().into_iter().flatten();
        std::iter::once(&entry["address"]).chain(floating)
    });
    texts
        .filter_map(|text| text.as_str()?.parse().ok())
        .collect()
}

/// Checks them for an interface with these devices, its own link first.
pub(super) fn check(sample: &Sample, devices: &[&Link], found: &mut Differences) {
    let device = |link| Device {
        link,
        dhcp_sources: &sample.before.dhcp_sources,
    };
    let interface = Interface {
        devices: devices.iter().copied().map(device).collect(),
    };
    interface.each_address_once(&reported(sample.document), found);
    let networks = sample.document["network_statuses"]
        .as_array()
        .into_iter()
        .flatten();
    let mut order = Vec::new();
    for (position, entry) in networks.enumerate() {
        interface.entry(position, entry, found);
        let address = parsed(&entry["address"]);
        let is_global = address.is_some_and(served::is_routable);
        let vlan_id = entry["vlan_id"].as_u64();
        order.push((!is_global, vlan_id, address.map(|ip| ip.is_ipv6())));
    }
    found.holds(
        order.is_sorted(),
        format!("the order is not global, untagged, IPv4 first: {order:?}"),
    );
}

/// A served link with its VLANs.
struct Interface<'a> {
    devices: Vec<Device<'a>>,
}

struct Device<'a> {
    link: &'a Link,
    dhcp_sources: &'a [IpAddr],
}

impl Interface<'_> {
    fn each_address_once(&self, reported: &[IpAddr], found: &mut Differences) {
        for ip in reported {
            let times = reported.iter().filter(|other| *other == ip).count();
            let on = self
                .devices
                .iter()
                .filter(|device| device.own(*ip).is_some());
            let on = on.count();
            // A VLAN has the MAC of the link below, and so its link-local address.
            found.holds(
                times <= on,
                format!("{ip} is named {times} times, but on {on} devices"),
            );
        }
        for device in &self.devices {
            let own = device.link.addresses.iter();
            for address in own.filter(|address| device.must_be_named(address, self.is_alone())) {
                found.holds(
                    reported.contains(&address.ip),
                    format!("{} of {} is missing", address.ip, device.link.name),
                );
            }
        }
    }

    /// Nothing but link-local addresses stands on any of the devices.
    fn is_alone(&self) -> bool {
        self.devices.iter().all(|device| {
            let own = device.link.addresses.iter();
            own.filter(|address| !address.ip.is_loopback())
                .all(|address| device.is_link_local(address))
        })
    }

    fn entry(&self, position: usize, entry: &Value, found: &mut Differences) {
        let same = |key: &str, expected: &Value, found: &mut Differences| {
            found.same(&format!("network {position} {key}"), &entry[key], expected);
        };
        same("dns_servers", &json!([namespace::NAME_SERVER]), found);
        same(
            "dns_search_domains",
            &json!([namespace::SEARCH_DOMAIN]),
            found,
        );
        let address = parsed(&entry["address"]);
        let chosen = address.and_then(|ip| {
            let on = self
                .devices
                .iter()
                .filter_map(|device| Some((device, device.own(ip)?)));
            let tagged = |(device, _): &(&Device, _)| entry["vlan_id"] == device.link.vlan_id;
            on.clone().find(tagged).or_else(|| on.clone().next())
        });
        let Some((device, chosen)) = chosen else {
            // Known by its subnet only, or by nothing at all.
            same("address", &json!(""), found);
            same("assigned_by", &json!("STATIC"), found);
            let mut devices = self.devices.iter();
            let link = devices.find(|device| entry["vlan_id"] == device.link.vlan_id);
            same("mtu", &json!(link.map(|device| device.link.mtu)), found);
            if self
                .devices
                .iter()
                .all(|device| device.link.addresses.is_empty())
            {
                same("name", &json!("Default"), found);
                same("netmask", &json!(""), found);
                same("vlan_id", &json!(0), found);
            }
            return;
        };
        same("mtu", &json!(device.link.mtu), found);
        same("vlan_id", &json!(device.link.vlan_id), found);
        same("assigned_by", &json!(device.assigned_by(chosen)), found);
        device.named(position, entry, chosen, found);
        let must_be_named = |own: &Address| device.must_be_named(own, self.is_alone());
        let has_better = device.link.addresses.iter().any(must_be_named);
        found.holds(
            must_be_named(chosen) || !has_better,
            format!("{} is a last resort", chosen.ip),
        );
        device.floating(entry, chosen, found);
    }
}

impl Device<'_> {
    fn own(&self, ip: IpAddr) -> Option<&Address> {
        self.link.addresses.iter().find(|own| own.ip == ip)
    }

    /// Link-local ones only where the interface has nothing else; a host's own never.
    fn must_be_named(&self, address: &Address, is_alone: bool) -> bool {
        let hidden = ["temporary", "deprecated", "dadfailed"];
        let fresh = !hidden.iter().any(|word| address.is(word));
        fresh && !address.ip.is_loopback() && (!self.is_link_local(address) || is_alone)
    }

    /// `fe80::/10` whatever else is known of it; 169.254/16 unless somebody chose it.
    fn is_link_local(&self, address: &Address) -> bool {
        match address.ip {
            IpAddr::V4(_) => self.assigned_by(address) == "LINK_LOCAL",
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        }
    }

    fn assigned_by(&self, address: &Address) -> &'static str {
        let words = ["temporary", "mngtmpaddr"];
        let slaac = words.iter().any(|word| address.is(word));
        match address.ip {
            IpAddr::V4(_) if address.finite || self.dhcp_sources.contains(&address.ip) => "DHCP",
            IpAddr::V4(v4) if v4.is_link_local() && address.prefix == 16 => "LINK_LOCAL",
            IpAddr::V6(_) if address.finite && (slaac || address.prefix == 128) => "DHCP",
            IpAddr::V6(v6) if v6.is_unicast_link_local() => "LINK_LOCAL",
            _ => "STATIC",
        }
    }

    fn named(&self, position: usize, entry: &Value, chosen: &Address, found: &mut Differences) {
        let prefixes = self.possible_prefixes(chosen);
        let named = prefixes.iter().any(|prefix| {
            let subnet = format!("{}/{prefix}", network(chosen.ip, *prefix));
            let name = format!("{} {subnet}", self.link.name);
            let name = if position == 0 { "Default" } else { &name };
            // A second one of a subnet has a number.
            let said = entry["name"]
                .as_str()
                .and_then(|said| said.strip_prefix(name));
            entry["netmask"] == netmask(chosen.ip, *prefix)
                && said.is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
        });
        found.holds(
            named,
            format!("{entry}: netmask or name fit none of {prefixes:?}"),
        );
    }

    /// The prefix lengths an address may be reported with: a host address inside another's
    /// prefix has that one's, anything else its own. The same address can stand there twice.
    fn possible_prefixes(&self, chosen: &Address) -> Vec<u32> {
        let whole = if chosen.ip.is_ipv6() { 128 } else { 32 };
        let own = self.link.addresses.iter();
        let twins = own
            .clone()
            .filter(|other| other.ip == chosen.ip)
            .map(|other| other.prefix);
        let around = own.filter(|other| {
            other.ip.is_ipv6() == chosen.ip.is_ipv6()
                && other.prefix < whole
                && network(chosen.ip, other.prefix) == other.subnet().0
        });
        let around: Vec<u32> = around.map(|other| other.prefix).collect();
        let twins: Vec<u32> = twins.filter(|prefix| *prefix < whole).collect();
        match (twins.is_empty(), around.is_empty()) {
            (false, _) => twins,
            (true, false) => around,
            (true, true) => vec![whole],
        }
    }

    fn floating(&self, entry: &Value, chosen: &Address, found: &mut Differences) {
        for text in entry["floating_addresses"].as_array().into_iter().flatten() {
            let own = self.link.addresses.iter();
            let known = parsed(text).and_then(|ip| own.clone().find(|own| own.ip == ip));
            let Some(known) = known else {
                found.holds(false, format!("floating {text} is no address of the link"));
                continue;
            };
            let whole = if known.ip.is_ipv6() { 128 } else { 32 };
            let fits = !known.finite
                && !known.is("temporary")
                && known.ip.is_ipv6() == chosen.ip.is_ipv6()
                && self.is_link_local(known) == self.is_link_local(chosen)
                && (known.prefix == whole || known.subnet().0 == network(chosen.ip, known.prefix));
            found.holds(fits, format!("{text} cannot float beside {}", chosen.ip));
        }
    }
}

fn parsed(text: &Value) -> Option<IpAddr> {
    text.as_str()?.parse().ok()
}

/// As the schema has it: IPv4 dotted, IPv6 as the subnet.
fn netmask(ip: IpAddr, prefix: u32) -> String {
    match ip {
        IpAddr::V4(_) => network(IpAddr::from([255; 4]), prefix).to_string(),
        IpAddr::V6(_) => format!("{}/{prefix}", network(ip, prefix)),
    }
}

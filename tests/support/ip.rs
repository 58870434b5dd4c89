//! What `ip -j -d` says of links, addresses and routes, as plain values: the other witness.
//!
//! A key that is missing or of another type is a failure, not a default.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::outcome::{Failure, Outcome};

/// One link, as `ip -d addr` shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Link {
    pub(crate) index: u64,
    pub(crate) name: String,
    /// `vlan`, `bond` …; empty for hardware and loopback.
    pub(crate) kind: String,
    pub(crate) flags: Vec<String>,
    pub(crate) mtu: u64,
    pub(crate) operstate: String,
    pub(crate) mac: String,
    /// The link it is a port of, by name.
    pub(crate) master: Option<String>,
    /// What kind of link it is a port of.
    pub(crate) port_kind: Option<String>,
    /// The link below or at the other end, by name, if that is in this namespace.
    pub(crate) lower: Option<String>,
    /// The link below or at the other end is in another namespace.
    pub(crate) lower_is_elsewhere: bool,
    /// 0 for what is no VLAN.
    pub(crate) vlan_id: u64,
    /// Of a VRF.
    pub(crate) vrf_table: Option<u64>,
    /// Of a bond, by the kernel's word.
    pub(crate) bond_mode: Option<String>,
    pub(crate) addresses: Vec<Address>,
    /// What `/sys/class/net/*/speed` says; none where reading is refused.
    pub(crate) speed: Option<i64>,
}

impl Link {
    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }
}

/// One address of a link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Address {
    pub(crate) ip: IpAddr,
    pub(crate) prefix: u32,
    /// Its lifetime has an end.
    pub(crate) finite: bool,
    /// Every word `ip` prints for it: `secondary`, `tentative`, `dadfailed` …
    pub(crate) words: Vec<String>,
}

impl Address {
    pub(crate) fn is(&self, word: &str) -> bool {
        self.words.iter().any(|own| own == word)
    }

    /// Of this subnet, both as prefix and by value.
    pub(crate) fn subnet(&self) -> (IpAddr, u32) {
        (network(self.ip, self.prefix), self.prefix)
    }
}

/// One next hop of a default route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Route {
    pub(crate) ipv6: bool,
    /// Number of the routing table; 254 is main.
    pub(crate) table: u64,
    pub(crate) device: String,
    /// None: on-link.
    pub(crate) gateway: Option<IpAddr>,
    pub(crate) metric: u64,
    /// RFC 4191: high before medium before low.
    pub(crate) preference: String,
    pub(crate) weight: u64,
    pub(crate) flags: Vec<String>,
}

/// The first address of the subnet that holds `ip`.
pub(crate) fn network(ip: IpAddr, prefix: u32) -> IpAddr {
    match ip {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

/// A link of `ip addr`, but for its speed.
pub(crate) fn link(entry: &Value) -> Outcome<Link> {
    let addresses = entry["addr_info"].as_array().into_iter().flatten();
    let own = |value: &Value| value.as_str().map(str::to_owned);
    let data = &entry["linkinfo"]["info_data"];
    let kind = own(&entry["linkinfo"]["info_kind"]).unwrap_or_default();
    let of_kind = |wanted: &str, value: &Value| (kind == wanted).then(|| value.clone());
    Ok(Link {
        index: number(&entry["ifindex"])?,
        name: text(&entry["ifname"])?,
        flags: words(&entry["flags"]),
        mtu: number(&entry["mtu"])?,
        operstate: text(&entry["operstate"])?,
        mac: link_layer(&entry["address"]).unwrap_or_default(),
        master: own(&entry["master"]),
        port_kind: own(&entry["linkinfo"]["info_slave_kind"]),
        lower: own(&entry["link"]),
        lower_is_elsewhere: !entry["link_netnsid"].is_null(),
        vlan_id: of_kind("vlan", &data["id"]).map_or(Ok(0), |id| number(&id))?,
        vrf_table: of_kind("vrf", &data["table"])
            .map(|table| number(&table))
            .transpose()?,
        bond_mode: of_kind("bond", &data["mode"])
            .map(|mode| text(&mode))
            .transpose()?,
        addresses: addresses.map(address).collect::<Outcome<_>>()?,
        speed: None,
        kind,
    })
}

/// A link-layer address as its bytes are written: `ip` shows those of tunnels, which are the
/// tunnels' ends, as IP addresses.
pub(crate) fn link_layer(said: &Value) -> Option<String> {
    let text = said.as_str()?;
    let octets = match text.parse() {
        Ok(IpAddr::V4(v4)) => v4.octets().to_vec(),
        Ok(IpAddr::V6(v6)) => v6.octets().to_vec(),
        Err(_) => return Some(text.to_owned()),
    };
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    Some(octets.join(":"))
}

fn address(entry: &Value) -> Outcome<Address> {
    let said = entry.as_object().into_iter().flatten();
    Ok(Address {
        ip: text(&entry["local"])?.parse()?,
        prefix: u32::try_from(number(&entry["prefixlen"])?)?,
        finite: number(&entry["valid_life_time"])? != u64::from(u32::MAX),
        words: said
            .filter(|(_, value)| *value == true)
            .map(|(key, _)| key.clone())
            .collect(),
    })
}

/// What `ip nexthop` says, by id: where routes name nothing else.
pub(crate) struct NextHops(BTreeMap<u64, Value>);

impl NextHops {
    pub(crate) fn of(said: &Value) -> Self {
        let entries = said.as_array().into_iter().flatten();
        let by_id = entries.filter_map(|entry| Some((entry["id"].as_u64()?, entry.clone())));
        Self(by_id.collect())
    }

    /// The next hops of a route: its own, or those of the object it names.
    fn of_route(&self, route: &Value) -> Vec<Value> {
        let object = route["nhid"].as_u64().and_then(|id| self.0.get(&id));
        match (route["nexthops"].as_array(), object) {
            (Some(hops), _) => hops.clone(),
            (None, Some(object)) if route["dev"].is_null() => match object["group"].as_array() {
                Some(group) => group.iter().filter_map(|one| self.member(one)).collect(),
                None => vec![object.clone()],
            },
            _ => vec![route.clone()],
        }
    }

    fn member(&self, one: &Value) -> Option<Value> {
        let mut hop = self.0.get(&one["id"].as_u64()?)?.clone();
        hop["weight"] = one["weight"].clone();
        Some(hop)
    }
}

/// Every next hop of the unicast routes of a list.
pub(crate) fn defaults(said: &Value, hops: &NextHops) -> Outcome<Vec<Route>> {
    let mut routes = Vec::new();
    let entries = said.as_array().into_iter().flatten();
    for entry in entries.filter(|entry| entry["type"] == "unicast") {
        for hop in hops.of_route(entry) {
            // Only IPv6 routes have a preference.
            let ipv6 = entry["pref"].is_string();
            let gateway = hop["gateway"].as_str().map(str::parse).transpose()?;
            routes.push(Route {
                ipv6,
                table: table(&entry["table"])?,
                device: text(&hop["dev"])?,
                // One of the other family (RFC 8950) is `via` elsewhere.
                gateway: gateway.filter(|gateway: &IpAddr| gateway.is_ipv6() == ipv6),
                metric: entry["metric"].as_u64().unwrap_or(0),
                preference: entry["pref"].as_str().unwrap_or("medium").to_owned(),
                weight: hop["weight"].as_u64().unwrap_or(1),
                flags: words(&hop["flags"]),
            });
        }
    }
    Ok(routes)
}

/// Source addresses that IPv4 routes made by a DHCP client name.
pub(crate) fn dhcp_sources(said: &Value) -> Outcome<Vec<IpAddr>> {
    let entries = said.as_array().into_iter().flatten();
    let named = entries
        .filter(|entry| entry["protocol"] == "dhcp" && entry["pref"].is_null())
        .filter_map(|entry| entry["prefsrc"].as_str());
    named.map(|source| Ok(source.parse()?)).collect()
}

/// Numbers have names in `/etc/iproute2/rt_tables`.
fn table(said: &Value) -> Outcome<u64> {
    match text(said)?.as_str() {
        "main" => Ok(254),
        "local" => Ok(255),
        "default" => Ok(253),
        number => Ok(number.parse()?),
    }
}

fn text(value: &Value) -> Outcome<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure(format!("ip: no text but {value}")))
}

fn number(value: &Value) -> Outcome<u64> {
    value
        .as_u64()
        .ok_or_else(|| Failure(format!("ip: no number but {value}")))
}

fn words(value: &Value) -> Vec<String> {
    let said = value.as_array().into_iter().flatten();
    said.filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

//! What `ip -j` says of a namespace, as plain values: the other witness.
//! Two readings are equal if nothing changed but counters and remaining lifetimes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::namespace::{Namespace, escaped};
use super::outcome::{Failure, Outcome};

/// Everything the oracle judges by, read once.
pub(crate) struct Reading {
    pub(crate) links: Vec<Link>,
    pub(crate) routes: Vec<Route>,
    /// Source addresses that a default route made by a DHCP client names.
    pub(crate) dhcp_sources: Vec<IpAddr>,
    /// Bytes received and sent, by link name.
    pub(crate) counters: BTreeMap<String, (u64, u64)>,
}

/// One link, as `ip -d addr` shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Link {
    pub(crate) index: u64,
    pub(crate) name: String,
    pub(crate) flags: Vec<String>,
    pub(crate) mtu: u64,
    pub(crate) operstate: String,
    pub(crate) mac: String,
    /// The link it is a port of, by name.
    pub(crate) master: Option<String>,
    /// Its other end is in another namespace.
    pub(crate) peer_is_elsewhere: bool,
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

/// One next hop of a default route of the main table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Route {
    pub(crate) ipv6: bool,
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

impl Reading {
    /// Reads it all, one command after the other.
    pub(crate) fn of(namespace: &Namespace) -> Outcome<Self> {
        let said = namespace.ip_json("-d -s addr show")?;
        let speeds = speeds(namespace)?;
        let mut links = Vec::new();
        let mut counters = BTreeMap::new();
        for entry in said.as_array().into_iter().flatten() {
            let link = link(entry, &speeds)?;
            let bytes = |way: &str| number(&entry["stats64"][way]["bytes"]);
            counters.insert(link.name.clone(), (bytes("rx")?, bytes("tx")?));
            links.push(link);
        }
        let mut routes = Vec::new();
        for (family, ipv6) in [("-4", false), ("-6", true)] {
            let show = format!("{family} route show default table main");
            let said = spelt_out(namespace.ip_json(&show)?, namespace)?;
            routes.extend(defaults(&said, ipv6)?);
        }
        let dhcp_sources = sources(&namespace.ip_json("-4 route show default proto dhcp")?)?;
        Ok(Self {
            links,
            routes,
            dhcp_sources,
            counters,
        })
    }

    /// Whether `later` says the same, counters aside.
    pub(crate) fn still(&self, later: &Self) -> bool {
        self.links == later.links
            && self.routes == later.routes
            && self.dhcp_sources == later.dhcp_sources
    }
}

fn link(entry: &Value, speeds: &BTreeMap<String, i64>) -> Outcome<Link> {
    let name = text(&entry["ifname"])?;
    let addresses = entry["addr_info"].as_array().into_iter().flatten();
    Ok(Link {
        index: number(&entry["ifindex"])?,
        flags: words(&entry["flags"]),
        mtu: number(&entry["mtu"])?,
        operstate: text(&entry["operstate"])?,
        mac: entry["address"].as_str().unwrap_or_default().to_owned(),
        master: entry["master"].as_str().map(str::to_owned),
        peer_is_elsewhere: !entry["link_netnsid"].is_null()
            && entry["linkinfo"]["info_kind"] == "veth",
        addresses: addresses.map(address).collect::<Outcome<_>>()?,
        speed: speeds.get(&name).copied(),
        name,
    })
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

/// Routes that only name a next hop object, as with `net.ipv4.nexthop_compat_mode=0`, with
/// the next hops that the object holds.
fn spelt_out(mut routes: Value, namespace: &Namespace) -> Outcome<Value> {
    let is_named_only = |route: &Value| {
        !route["nhid"].is_null() && route["dev"].is_null() && route["nexthops"].is_null()
    };
    let entries = routes.as_array_mut().into_iter().flatten();
    for route in entries.filter(|route| is_named_only(route)) {
        let objects = namespace.ip_json("nexthop show")?;
        let object = |id: &Value| {
            let mut objects = objects.as_array().into_iter().flatten();
            objects.find(|object| object["id"] == *id).cloned()
        };
        let object_of_route = object(&route["nhid"]).unwrap_or_default();
        let alone = [serde_json::json!({"id": route["nhid"]})];
        let members = object_of_route["group"].as_array();
        let members = members.map_or(&alone[..], Vec::as_slice);
        let hops = members.iter().filter_map(|member| {
            let mut hop = object(&member["id"])?;
            hop["weight"] = member["weight"].clone();
            Some(hop)
        });
        route["nexthops"] = hops.collect();
    }
    Ok(routes)
}

fn defaults(said: &Value, ipv6: bool) -> Outcome<Vec<Route>> {
    let mut routes = Vec::new();
    // `type` is printed for blackholes and the like only: those lead nowhere.
    let entries = said.as_array().into_iter().flatten();
    for entry in entries.filter(|entry| entry["type"].is_null()) {
        let alone = [entry.clone()];
        let hops = entry["nexthops"]
            .as_array()
            .map_or(&alone[..], Vec::as_slice);
        for hop in hops {
            let gateway = hop["gateway"].as_str().map(str::parse).transpose()?;
            routes.push(Route {
                ipv6,
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

fn sources(said: &Value) -> Outcome<Vec<IpAddr>> {
    let entries = said.as_array().into_iter().flatten();
    let named = entries.filter_map(|entry| entry["prefsrc"].as_str());
    named.map(|source| Ok(source.parse()?)).collect()
}

/// `name speed` of every link whose speed the kernel tells, names escaped as `ip_json` does.
fn speeds(namespace: &Namespace) -> Outcome<BTreeMap<String, i64>> {
    let script = r#"for d in /sys/class/net/*/; do
        speed=$(cat "$d/speed" 2>/dev/null) && printf '%s %s\n' "$speed" "${d#/sys/class/net/}"
    done; true"#;
    let said = escaped(&namespace.sh(script)?, r"\x");
    let lines = said.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(speed, name)| Ok((name.trim_end_matches('/').to_owned(), speed.parse()?)))
        .collect()
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

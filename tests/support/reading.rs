//! One reading of a namespace: all that the oracle judges by, from as few processes as can be.
//! Two readings are equal if nothing changed but counters and remaining lifetimes.
//!
//! It is `ip -j -d -s`, sysfs and `/proc/net/bonding`, read by one shell.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::ip::{self, Link, NextHops, Route};
use super::namespace::{Namespace, escaped};
use super::outcome::{Failure, Outcome};

/// Lists of `ip`, one a line, then one fact a line. `read` fails where a driver refuses.
const READ: &str = r#"
ip -j -d -s -batch - <<END || return
addr show
route show default table all
nexthop show
END
read -r name </proc/sys/kernel/hostname; printf 'host %s\n' "$name"
for file in /sys/class/net/*/speed; do
    name=${file#/sys/class/net/}
    read -r speed 2>/dev/null <"$file" && printf 'speed %s %s\n' "${name%/speed}" "$speed"
done
for file in /proc/net/bonding/*; do
    [ -e "$file" ] || break
    while read -r line; do
        printf 'bond %s %s\n' "${file#/proc/net/bonding/}" "$line"
    done <"$file"
done
true
"#;

/// Everything the oracle judges by, read once.
#[derive(Default)]
pub(crate) struct Reading {
    pub(crate) links: Vec<Link>,
    /// Next hops of the default routes of every table.
    pub(crate) routes: Vec<Route>,
    /// Source addresses that a default route made by a DHCP client names.
    pub(crate) dhcp_sources: Vec<IpAddr>,
    /// Bytes received and sent, by link name.
    pub(crate) counters: BTreeMap<String, (u64, u64)>,
    pub(crate) host_name: String,
    /// What `/sys/class/net/*/speed` says, where the driver tells one.
    speeds: BTreeMap<String, i64>,
    /// Each bond's file in `/proc/net/bonding`, line by line.
    pub(crate) bonds: BTreeMap<String, Vec<String>>,
}

impl Reading {
    /// Reads it all.
    pub(crate) fn of(namespace: &Namespace) -> Outcome<Self> {
        let said = namespace.read(READ)?;
        let mut lines = said.split(|byte| *byte == b'\n');
        let mut list = || -> Outcome<Value> {
            let line = lines.next().unwrap_or_default();
            Ok(serde_json::from_str(&escaped(line, r"\\x"))?)
        };
        let (addresses, routes, hops) = (list()?, list()?, list()?);
        let mut reading = Self::default();
        for line in lines {
            reading.add_fact(&escaped(line, r"\x"))?;
        }
        for entry in addresses.as_array().into_iter().flatten() {
            reading.add_link(entry)?;
        }
        reading.routes = ip::defaults(&routes, &NextHops::of(&hops))?;
        reading.dhcp_sources = ip::dhcp_sources(&routes)?;
        Ok(reading)
    }

    /// Whether `later` says the same, counters aside.
    pub(crate) fn still(&self, later: &Self) -> bool {
        self.links == later.links
            && self.routes == later.routes
            && self.dhcp_sources == later.dhcp_sources
            && self.bonds == later.bonds
    }

    /// The link of this name.
    pub(crate) fn link(&self, name: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.name == name)
    }

    fn add_fact(&mut self, line: &str) -> Outcome {
        let (what, rest) = line.split_once(' ').unwrap_or_default();
        let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
        match what {
            "host" => rest.clone_into(&mut self.host_name),
            "speed" => {
                self.speeds.insert(name.to_owned(), value.parse()?);
            }
            "bond" => self
                .bonds
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn add_link(&mut self, entry: &Value) -> Outcome {
        let mut link = ip::link(entry)?;
        link.speed = self.speeds.get(&link.name).copied();
        let bytes = |way: &str| {
            let said = entry["stats64"][way]["bytes"].as_u64();
            said.ok_or_else(|| Failure(format!("ip tells no {way} bytes: {entry}")))
        };
        self.counters
            .insert(link.name.clone(), (bytes("rx")?, bytes("tx")?));
        self.links.push(link);
        Ok(())
    }
}

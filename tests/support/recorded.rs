//! The reading of a recorded host: what `ip -j` said when the host was recorded, as the
//! oracle takes it, with the speeds, counters and the name that were recorded beside it.
//! Of bonds there is no `/proc/net/bonding`: what is judged by that cannot be judged here.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::ip::{self, NextHops};
use super::namespace::escaped;
use super::outcome::Outcome;
use super::reading::Reading;

impl Reading {
    /// Reads it from the folder of a case.
    pub(crate) fn recorded(folder: &Path) -> Outcome<Self> {
        let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
        let mut reading = Self::default();
        reading.host_name = text("hostname");
        for entry in said(folder, "ip.json")?.as_array().into_iter().flatten() {
            reading.links.push(ip::link(entry)?);
        }
        for line in text("speeds").lines() {
            let (index, speed) = line.split_once(' ').unwrap_or_default();
            let index: u64 = index.parse()?;
            let mut links = reading.links.iter_mut();
            if let Some(link) = links.find(|link| link.index == index) {
                link.speed = Some(speed.parse()?);
            }
        }
        for line in text("files/proc/self/net/dev").lines() {
            if let Some((name, numbers)) = line.split_once(':') {
                let numbers: Vec<&str> = numbers.split_whitespace().collect();
                let [received, sent] = [numbers[0], numbers[8]].map(str::parse);
                let name = name.trim().to_owned();
                reading.counters.insert(name, (received?, sent?));
            }
        }
        let routes = defaults(said(folder, "routes.json")?);
        // Only where a route names nothing else are its next hops of need.
        let hops = said(folder, "nexthops.json").unwrap_or_default();
        reading.routes = ip::defaults(&routes, &NextHops::of(&hops))?;
        reading.dhcp_sources = ip::dhcp_sources(&routes)?;
        Ok(reading)
    }
}

fn said(folder: &Path, file: &str) -> Outcome<Value> {
    let bytes = fs::read(folder.join(file))?;
    Ok(serde_json::from_str(&escaped(&bytes, r"\\x"))?)
}

/// The default routes of a list of all, with what `ip` says with `-d` only.
fn defaults(mut routes: Value) -> Value {
    let Some(all) = routes.as_array_mut() else {
        return routes;
    };
    all.retain(|route| route["dst"] == "default");
    for route in all {
        for (key, usual) in [("type", "unicast"), ("table", "main")] {
            if route[key].is_null() {
                route[key] = json!(usual);
            }
        }
    }
    routes
}

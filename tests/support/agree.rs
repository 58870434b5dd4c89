//! The daemon beside `ip`: every served link, every field, after every step of a scenario.
//!
//! A step is retried until it agrees, well within the minute after which an audit would mend
//! what events had not told; an audit that had to is a failure of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::daemon::{Daemon, status_path};
use super::ip::Link;
use super::namespace::Namespace;
use super::oracle::{self, Sample};
use super::outcome::{Outcome, eventually, fail};
use super::reading::Reading;

/// A daemon in its namespace.
pub(crate) struct Node {
    // Dropped first: the namespace takes what still runs with it.
    pub(crate) daemon: Daemon,
    pub(crate) namespace: Namespace,
    /// `/sys` shows another namespace's links.
    pub(crate) foreign_sysfs: bool,
}

impl Node {
    /// A namespace with these links (`ip` commands), a daemon started in it, and agreement.
    pub(crate) fn with(links: &str) -> Outcome<Self> {
        let namespace = Namespace::new()?;
        namespace.ip(links)?;
        Self::start(namespace)
    }

    /// A daemon started in this namespace, and agreement.
    pub(crate) fn start(namespace: Namespace) -> Outcome<Self> {
        let daemon = Daemon::start(&namespace, &[])?;
        let node = Self {
            daemon,
            namespace,
            foreign_sysfs: false,
        };
        node.agrees()?;
        Ok(node)
    }

    /// Waits until everything served agrees with what `ip` says now.
    pub(crate) fn agrees(&self) -> Outcome {
        let Self {
            daemon,
            namespace,
            foreign_sysfs,
        } = self;
        agree(daemon, namespace, *foreign_sysfs)
    }

    /// `ip` commands, then agreement: one step of a scenario.
    pub(crate) fn after(&self, commands: &str) -> Outcome {
        self.namespace.ip(commands)?;
        self.agrees()
    }

    /// Waits until a link's networks are these, each as
    /// `[name, assigned_by, address, floating_addresses, netmask]`.
    pub(crate) fn networks(&self, interface: &str, expected: &Value) -> Outcome {
        self.agrees()?;
        eventually(&format!("the networks of {interface}"), || {
            let document = self.daemon.document(interface)?;
            let entries = document["network_statuses"]
                .as_array()
                .into_iter()
                .flatten();
            let keys = [
                "name",
                "assigned_by",
                "address",
                "floating_addresses",
                "netmask",
            ];
            let said: Value = entries
                .map(|entry| keys.map(|key| entry[key].clone()))
                .map(Value::from)
                .collect();
            if said == *expected {
                Ok(())
            } else {
                fail(format!("  said {said}\nwanted {expected}"))
            }
        })
    }

    /// Waits until one value of a link's document, at this JSON pointer, is this.
    pub(crate) fn says(&self, interface: &str, pointer: &str, expected: &Value) -> Outcome {
        eventually(&format!("{pointer} of {interface}"), || {
            let document = self.daemon.document(interface)?;
            let said = document.pointer(pointer).cloned().unwrap_or_default();
            if said == *expected {
                Ok(())
            } else {
                fail(format!("{said}, not {expected}"))
            }
        })
    }

    /// Waits until an interface is known no more.
    pub(crate) fn forgets(&self, interface: &str) -> Outcome {
        eventually(&format!("{interface} is unknown"), || {
            refuses(&self.daemon, interface)
        })
    }

    /// The id of an interface.
    pub(crate) fn id(&self, interface: &str) -> Outcome<Value> {
        Ok(self.daemon.document(interface)?["interface_status"]["interface_id"].clone())
    }
}

/// Waits until everything that `daemon` serves agrees with what `ip` says in `namespace`.
pub(crate) fn agree(daemon: &Daemon, namespace: &Namespace, foreign_sysfs: bool) -> Outcome {
    let comparison = Comparison {
        daemon,
        namespace,
        foreign_sysfs,
    };
    // What was read after one attempt was read before the next.
    let mut last = None;
    eventually("the daemon agrees with ip", || {
        let before = last.take().map_or_else(|| Reading::of(namespace), Ok)?;
        let (after, outcome) = comparison.once(&before)?;
        last = Some(after);
        outcome
    })?;
    daemon.was_told_all()?;
    let said = daemon.said()?;
    if said.contains("panicked") {
        fail(said)
    } else {
        Ok(())
    }
}

struct Comparison<'a> {
    daemon: &'a Daemon,
    namespace: &'a Namespace,
    foreign_sysfs: bool,
}

impl Comparison<'_> {
    /// One attempt, with the reading that ends it.
    fn once(&self, before: &Reading) -> Outcome<(Reading, Outcome)> {
        let start = epoch()?;
        let served = self.served(before);
        let (after, end) = (Reading::of(self.namespace)?, epoch()?);
        let outcome = served.and_then(|served| self.compare(&served, before, &after, (start, end)));
        Ok((after, outcome))
    }

    fn compare(
        &self,
        served: &[(&Link, Value)],
        before: &Reading,
        after: &Reading,
        asked: (u64, u64),
    ) -> Outcome {
        if !before.still(after) {
            return fail("the kernel changed while it was asked");
        }
        let found: Vec<String> = served
            .iter()
            .flat_map(|(link, document)| {
                let foreign_sysfs = self.foreign_sysfs;
                let sample = Sample {
                    before,
                    document,
                    after,
                    asked,
                    foreign_sysfs,
                };
                oracle::differences(&sample, link)
            })
            .collect();
        if found.is_empty() {
            Ok(())
        } else {
            fail(found.join("\n"))
        }
    }

    /// Each served link with its document; which links those are is compared here.
    fn served<'b>(&self, reading: &'b Reading) -> Outcome<Vec<(&'b Link, Value)>> {
        let list = self.daemon.json("/v2/network/interfaces/")?;
        let configs = list.as_array().map_or(&[][..], Vec::as_slice);
        let mut listed: Vec<&str> = configs
            .iter()
            .filter_map(|config| config["name"].as_str())
            .collect();
        let mut expected: Vec<&str> = reading
            .links
            .iter()
            .filter(|link| oracle::is_listed(link, reading))
            .map(|link| link.name.as_str())
            .collect();
        listed.sort_unstable();
        expected.sort_unstable();
        if listed != expected || !configs.is_sorted_by_key(|config| config["id"].as_u64()) {
            return fail(format!("listed are {list}, but ip has {expected:?}"));
        }
        let mut served = Vec::new();
        for link in &reading.links {
            if oracle::is_served(link, reading) {
                served.push((link, self.daemon.document(&link.name)?));
            } else {
                refuses(self.daemon, &link.name)?;
            }
        }
        for config in configs {
            let document = self.listed(config)?;
            served.extend(
                reading
                    .links
                    .iter()
                    .find(|link| config["name"] == link.name)
                    .map(|link| (link, document)),
            );
        }
        Ok(served)
    }

    /// The document of a listed interface, by its id: its config must say the same.
    fn listed(&self, config: &Value) -> Outcome<Value> {
        let id = config["id"].to_string();
        let statuses = self
            .daemon
            .json(&format!("/v2/network/interfaces/{id}/status/"))?;
        let document = statuses[0].clone();
        let status = &document["interface_status"];
        let mut same = json!({"id": status["interface_id"]});
        for key in ["name", "default_gateway", "default_gateway_ipv6", "mtu"] {
            same[key] = status[key].clone();
        }
        if let Some(mode) = status.get("bonding_mode") {
            same["bonding_mode"] = mode.clone();
        }
        let again = self.daemon.json(&format!("/v2/network/interfaces/{id}"))?;
        if *config != same
            || again != same
            || statuses.as_array().is_none_or(|list| list.len() != 1)
        {
            return fail(format!(
                "interface {id} is {config} and {again} beside {statuses}"
            ));
        }
        Ok(document)
    }
}

/// Whether an interface is unknown.
fn refuses(daemon: &Daemon, interface: &str) -> Outcome {
    let reply = daemon.get(&status_path(interface))?;
    if reply.status == 404 {
        Ok(())
    } else {
        fail(format!("{interface} is {}", reply.status))
    }
}

fn epoch() -> Outcome<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

//! A namespace that looks like a machine in a cloud: its firmware, its NICs, and the fake
//! metadata service.
//!
//! The service is `metadata.py`: it answers from a document, in the way it is told to, and keeps
//! a list of what it was asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, Scratch};
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail};

/// A folder with everything in `/sys/class` but DMI, which some machines lack.
const OWN_FIRMWARE: &str = "
mkdir /run/net && mount --bind /sys/class/net /run/net
mount -t tmpfs tmpfs /sys/class
mkdir -p /sys/class/net /sys/class/dmi/id && mount --bind /run/net /sys/class/net
umount /run/net";

/// What the firmware of a machine in `provider` says.
pub(crate) fn firmware(provider: &str) -> &'static [(&'static str, &'static str)] {
    match provider {
        "aws" => &[("sys_vendor", "Amazon EC2"), ("product_name", "t3.micro")],
        "azure" => &[
            ("sys_vendor", "Microsoft Corporation"),
            ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"),
        ],
        "hyper-v" => &[("sys_vendor", "Microsoft Corporation")],
        "gcp" => &[("product_name", "Google Compute Engine")],
        _ => &[
            ("sys_vendor", "Dell Inc."),
            ("product_name", "PowerEdge R740"),
        ],
    }
}

/// A namespace on a machine with this firmware.
pub(crate) fn machine(provider: &str) -> Outcome<Namespace> {
    let namespace = Namespace::new()?;
    let mut script = OWN_FIRMWARE.to_owned();
    for (file, text) in firmware(provider) {
        write!(script, "\necho '{text}' >/sys/class/dmi/id/{file}")?;
    }
    namespace.sh(&script)?;
    Ok(namespace)
}

/// Where the recorded documents are.
pub(crate) fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/documents")
}

/// What a document says of each NIC, by its address in the usual form.
pub(crate) type Expected = BTreeMap<String, Value>;

pub(crate) fn expected(provider: &str, case: &str) -> Outcome<Expected> {
    let file = documents()
        .join(provider)
        .join(format!("{case}.expected.json"));
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}

/// The fake service, and the machine it is the service of.
pub(crate) struct Cloud {
    // Dropped first: the namespace takes what still runs with it.
    server: Child,
    folder: Scratch,
    pub(crate) namespace: Namespace,
    pub(crate) expected: Expected,
}

impl Cloud {
    /// A machine in `provider` with the NICs of the document `case`, called `nic0` and on.
    pub(crate) fn new(provider: &str, case: &str, mode: &str) -> Outcome<Self> {
        let namespace = machine(provider)?;
        let expected = expected(provider, case)?;
        let mut links = "addr add 169.254.169.254/32 dev lo".to_owned();
        for (number, mac) in expected.keys().enumerate() {
            write!(
                links,
                "\nlink add nic{number} address {mac} type veth peer name far{number}\n\
                 link set nic{number} up\nlink set far{number} up"
            )?;
        }
        namespace.ip(&links)?;
        let folder = Scratch::new()?;
        let file = documents().join(provider).join(format!("{case}.json"));
        fs::copy(file, folder.path().join("document"))?;
        fs::write(folder.path().join("provider"), provider)?;
        fs::write(folder.path().join("mode"), mode)?;
        fs::write(folder.path().join("requests"), "")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloud/metadata.py");
        let mut server = namespace.command("python3");
        let server = server.arg(script).arg(folder.path()).spawn()?;
        let cloud = Self {
            server,
            folder,
            namespace,
            expected,
        };
        eventually("the fake service listens", || {
            let is_there = cloud.folder.path().join("listening").exists();
            if is_there { Ok(()) } else { fail("not yet") }
        })?;
        Ok(cloud)
    }

    /// From now on the service answers so.
    pub(crate) fn mode(&self, mode: &str) -> Outcome {
        self.replace("mode", mode)
    }

    /// From now on the service says this.
    pub(crate) fn say(&self, document: &Value) -> Outcome {
        self.replace("document", &document.to_string())
    }

    /// What the service says now.
    pub(crate) fn document(&self) -> Outcome<Value> {
        Ok(serde_json::from_slice(&fs::read(
            self.folder.path().join("document"),
        )?)?)
    }

    /// Nobody may read half of it.
    fn replace(&self, file: &str, text: &str) -> Outcome {
        let new = self.folder.path().join("new");
        fs::write(&new, text)?;
        Ok(fs::rename(new, self.folder.path().join(file))?)
    }

    /// Every request so far: method, path, status.
    pub(crate) fn requests(&self) -> Outcome<Vec<String>> {
        let text = fs::read_to_string(self.folder.path().join("requests"))?;
        Ok(text.lines().map(ToOwned::to_owned).collect())
    }

    /// Waits until each NIC has the status that is expected of it.
    pub(crate) fn is_shown_by(&self, daemon: &Daemon) -> Outcome {
        for (number, status) in self.expected.values().enumerate() {
            shows(daemon, &format!("nic{number}"), status)?;
        }
        Ok(())
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Err(error) = self.server.kill().and_then(|()| self.server.wait()) {
            eprintln!("the fake service could not be ended: {error}");
        }
    }
}

/// The keys that only nodes in a cloud have.
pub(crate) fn status(document: &Value) -> Value {
    let keys = ["aws_status", "azure_status", "gcp_status"];
    let object = document.as_object().into_iter().flatten();
    object
        .filter(|(key, _)| keys.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// What version 3 says where a NIC in `provider` has this status.
pub(crate) fn status_in_version_3(provider: &str, status: &Value) -> Value {
    let word = json!({"type": provider.to_uppercase()});
    let objects = [&word, status].into_iter().filter_map(Value::as_object);
    objects
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Waits until the interface has exactly this cloud status.
pub(crate) fn shows(daemon: &Daemon, interface: &str, expected: &Value) -> Outcome {
    eventually(&format!("the cloud's status of {interface}"), || {
        let said = status(&daemon.document(interface)?);
        if said == *expected {
            Ok(())
        } else {
            fail(format!(
                "  said {said}\nwanted {expected}\n{}",
                daemon.said()?
            ))
        }
    })
}

/// Waits until the daemon has said something on stderr.
pub(crate) fn says(daemon: &Daemon, words: &str) -> Outcome {
    eventually(&format!("the daemon says `{words}`"), || {
        let said = daemon.said()?;
        if said.contains(words) {
            Ok(())
        } else {
            fail(said)
        }
    })
}

/// Waits until the metrics have a line with these words.
pub(crate) fn counts(daemon: &Daemon, words: &str) -> Outcome {
    eventually(&format!("the metrics say `{words}`"), || {
        let text = String::from_utf8(daemon.get("/metrics")?.body)?;
        if text.lines().any(|line| line.contains(words)) {
            Ok(())
        } else {
            fail(text)
        }
    })
}

/// Waits until nobody in the daemon asks the service any more.
pub(crate) fn asks_no_more(daemon: &Daemon) -> Outcome {
    eventually("the cloud's thread has ended", || {
        for thread in fs::read_dir(daemon.proc().join("task"))? {
            // Some end while we look.
            let name = fs::read_to_string(thread?.path().join("comm"));
            if name.is_ok_and(|name| name.trim() == "cloud") {
                return fail("it runs");
            }
        }
        Ok(())
    })
}

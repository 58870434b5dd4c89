//! A container with systemd as its first process, which ends with the test.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::daemon::{Scratch, binary, status_path};
use crate::support::http;
use crate::support::outcome::{Outcome, eventually, fail, skipped};

/// A booted host.
pub(crate) struct Machine {
    boot: Child,
    pid: String,
    _mountpoint: Scratch,
}

/// Where the root file system is, if it has been made.
fn rootfs() -> Option<PathBuf> {
    let folder = std::env::var_os("NETSTATUSD_ROOTFS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/rootfs")),
        PathBuf::from,
    );
    folder.join("etc/made-of").exists().then_some(folder)
}

/// Runs `test` on a new host; where none can be booted it is skipped, by its name.
pub(crate) fn on_machine(name: &str, test: impl FnOnce(&Machine) -> Outcome) -> Outcome {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return skipped(&format!("{name}: booting systemd needs root"));
    }
    match rootfs() {
        Some(rootfs) => {
            let machine = Machine::boot(&rootfs)?;
            let boot = machine.boot.id();
            let outcome = test(&machine);
            drop(machine);
            outcome.and_then(|()| nothing_is_left(boot))
        }
        None => skipped(&format!(
            "{name}: no root file system (`tests/host/rootfs target/rootfs` makes it)"
        )),
    }
}

/// Whether the cgroup and the mounts of this boot are gone.
fn nothing_is_left(boot: u32) -> Outcome {
    let cgroup = format!("netstatusd-test-{boot}");
    for hierarchy in ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"] {
        let folder = Path::new(hierarchy).join(&cgroup);
        if folder.exists() {
            return fail(format!("{} is left", folder.display()));
        }
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    let own = format!("/nsd-{}-", std::process::id());
    match mounts.lines().find(|line| line.contains(&own)) {
        Some(mount) => fail(format!("{mount} is left")),
        None => Ok(()),
    }
}

impl Machine {
    fn boot(rootfs: &Path) -> Outcome<Self> {
        let mountpoint = Scratch::new()?;
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut boot = Command::new(here.join("tests/host/boot"))
            .arg(rootfs)
            .arg(binary())
            .arg(here.join("systemd/netstatusd.service"))
            .arg(mountpoint.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut pid = String::new();
        if let Some(stdout) = boot.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut pid)?;
        }
        let machine = Self {
            boot,
            pid: pid.trim().to_owned(),
            _mountpoint: mountpoint,
        };
        if machine.pid.is_empty() {
            return fail("systemd could not be booted (see above)");
        }
        eventually("the unit is active", || {
            match machine.property("ActiveState")?.as_str() {
                "active" => Ok(()),
                state => fail(state),
            }
        })?;
        Ok(machine)
    }

    /// Runs a command inside; its output, or all it said when it failed.
    fn run(&self, argv: &[&str]) -> Outcome<Vec<u8>> {
        let output = Command::new("nsenter")
            .args(["--target", &self.pid, "--all", "--"])
            .args(argv)
            .output()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = [output.stderr, output.stdout].concat();
        fail(format!("{argv:?}: {}", String::from_utf8_lossy(&said)))
    }

    /// Runs a shell script inside.
    pub(crate) fn sh(&self, script: &str) -> Outcome<Vec<u8>> {
        self.run(&["sh", "-ec", script])
    }

    /// What a command inside says, as JSON.
    pub(crate) fn json(&self, argv: &[&str]) -> Outcome<Value> {
        Ok(serde_json::from_slice(&self.run(argv)?)?)
    }

    /// A property of the unit, as `systemctl show` has it.
    pub(crate) fn property(&self, name: &str) -> Outcome<String> {
        let argv = ["systemctl", "show", "--value", "--property", name];
        let value = self.run(&[&argv[..], &["netstatusd"]].concat())?;
        Ok(String::from_utf8_lossy(&value).trim().to_owned())
    }

    /// The status document of an interface, from the socket in the unit's own folder.
    pub(crate) fn document(&self, interface: &str) -> Outcome<Value> {
        let socket = format!("/proc/{}/root/run/netstatusd/rest.sock", self.pid);
        let reply = http::request(Path::new(&socket), "GET", &status_path(interface), "")?;
        match reply.status {
            200 => reply.json(),
            status => fail(format!("{interface} is {status}")),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.boot.stdin.take());
        if let Err(error) = self.boot.wait() {
            eprintln!("the machine could not be waited for: {error}");
        }
    }
}

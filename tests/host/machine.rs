//! A container with systemd as its first process, which ends with the test.
//!
//! `tests/host/boot` boots it. Commands run inside by `nsenter`; the daemon is asked by its own
//! socket, reached through `/proc`.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::daemon::{binary, status_path};
use crate::support::http::{self, Reply};
use crate::support::outcome::{Failure, Outcome, eventually, fail, skipped};

/// A booted host.
pub(crate) struct Machine {
    boot: Child,
    pid: String,
    /// Where it has its files, in a mount namespace of its own.
    mountpoint: PathBuf,
}

/// Where the root file system is, if it has been made.
fn rootfs() -> Option<PathBuf> {
    let folder = std::env::var_os("NETSTATUSD_ROOTFS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/rootfs")),
        PathBuf::from,
    );
    folder.join("etc/made-of").exists().then_some(folder)
}

/// Runs `test` with the root file system; where no host can be booted it is skipped, by its
/// name.
fn with_rootfs(name: &str, test: impl FnOnce(&Path) -> Outcome) -> Outcome {
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return skipped(&format!("{name}: booting systemd needs root"));
    }
    match rootfs() {
        Some(rootfs) => test(&rootfs),
        None => skipped(&format!(
            "{name}: no root file system (`tests/host/rootfs target/rootfs` makes it)"
        )),
    }
}

/// Runs `test` on a host of its own, of which nothing may be left afterwards.
pub(crate) fn on_machine(name: &str, test: impl FnOnce(&Machine) -> Outcome) -> Outcome {
    with_rootfs(name, |rootfs| {
        let machine = Machine::boot(rootfs)?;
        let (boot, mountpoint) = (machine.boot.id(), machine.mountpoint.clone());
        let outcome = test(&machine);
        drop(machine);
        outcome.and_then(|()| nothing_is_left(boot, &mountpoint))
    })
}

/// Runs `test` on a host that all tests share, which has run the script `setup` once. It
/// ends with this process, whose end of its pipe closes then.
pub(crate) fn on_shared_machine(
    name: &str,
    setup: &str,
    test: impl FnOnce(&Machine) -> Outcome,
) -> Outcome {
    static SHARED: OnceLock<Outcome<Machine>> = OnceLock::new();
    with_rootfs(name, |rootfs| {
        let shared = SHARED.get_or_init(|| {
            let machine = Machine::boot(rootfs)?;
            machine.sh(setup)?;
            Ok(machine)
        });
        match shared {
            Ok(machine) => test(machine),
            Err(Failure(why)) => fail(why),
        }
    })
}

/// Whether the cgroup and the mounts of this boot are gone.
fn nothing_is_left(boot: u32, mountpoint: &Path) -> Outcome {
    let cgroup = format!("netstatusd-test-{boot}");
    let cgroups = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
    let mut folders = cgroups
        .map(|hierarchy| Path::new(hierarchy).join(&cgroup))
        .to_vec();
    folders.push(mountpoint.to_owned());
    if let Some(folder) = folders.iter().find(|folder| folder.exists()) {
        return fail(format!("{} is left", folder.display()));
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    let own = mountpoint.display().to_string();
    match mounts.lines().find(|line| line.contains(&own)) {
        Some(mount) => fail(format!("{mount} is left")),
        None => Ok(()),
    }
}

impl Machine {
    fn boot(rootfs: &Path) -> Outcome<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut boot = Command::new(here.join("tests/host/boot"))
            .arg(rootfs)
            .arg(binary())
            .arg(here.join("systemd/netstatusd.service"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(stdout) = boot.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        let (pid, mountpoint) = said.trim().split_once(' ').unwrap_or_default();
        let machine = Self {
            boot,
            pid: pid.to_owned(),
            mountpoint: mountpoint.into(),
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

    /// What the daemon answers, from the socket in the unit's own folder.
    pub(crate) fn get(&self, path: &str) -> Outcome<Reply> {
        let socket = format!("/proc/{}/root/run/netstatusd/rest.sock", self.pid);
        http::request(Path::new(&socket), "GET", path, "")
    }

    /// The status document of an interface.
    pub(crate) fn document(&self, interface: &str) -> Outcome<Value> {
        let reply = self.get(&status_path(interface))?;
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

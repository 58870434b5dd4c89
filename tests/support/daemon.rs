//! The real binary, running inside a namespace and listening on a unix socket outside of it.
//! What it says on stderr is kept, and shown when the test fails.
//!
//! It ends with the value that stands for it, or with its namespace.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use super::http::{self, Reply};
use super::namespace::Namespace;
use super::outcome::{Outcome, eventually, fail};

/// Tells the number of the process it becomes, as the caller's `/proc` counts it.
const BECOME: &str = r#"read -r pid rest </proc/self/stat; echo "$pid"; exec "$@""#;

/// The binary under test: `NETSTATUSD_BIN` (say, the release build), else the one cargo built.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("NETSTATUSD_BIN").map_or_else(
        || PathBuf::from(env!("CARGO_BIN_EXE_netstatusd")),
        PathBuf::from,
    )
}

/// The path of an interface's document, by id or by whatever name.
pub(crate) fn status_path(interface: &str) -> String {
    let bytes = interface.bytes().map(|byte| format!("%{byte:02X}"));
    let escaped = bytes.collect::<Vec<_>>().concat();
    format!("/v2/network/interfaces/{escaped}/status/1")
}

/// Whether a line of the log tells that something in the network is other than it was.
fn is_of_network(line: &str) -> bool {
    let is_change = line.contains(" is ") && line.contains(", was ");
    line.starts_with("INFO ") && (is_change || line.ends_with(" more interfaces changed"))
}

/// A folder of this test's own, removed with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let own = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Short: a unix socket's path has room for 107 bytes.
        let path = std::env::temp_dir().join(format!("nsd-{}-{}", own.0, own.1));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} stays behind: {error}", self.0.display());
        }
    }
}

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    pid: String,
    folder: Scratch,
}

impl Daemon {
    /// Starts `serve` with these further arguments, and waits until it is ready.
    pub(crate) fn start(namespace: &Namespace, arguments: &[&str]) -> Outcome<Self> {
        let mut daemon = Self::spawn(namespace, arguments)?;
        daemon.ready()?;
        Ok(daemon)
    }

    /// Waits until it is ready; one that has ended will not become so.
    pub(crate) fn ready(&mut self) -> Outcome {
        eventually("the daemon is ready", || {
            if let Some(status) = self.child.try_wait()? {
                return Ok(fail(format!("the daemon ended: {status}")));
            }
            match self.get("/readyz")?.status {
                200 => Ok(Ok(())),
                status => fail(format!("/readyz says {status}")),
            }
        })?
    }

    /// Starts `serve` and does not wait.
    pub(crate) fn spawn(namespace: &Namespace, arguments: &[&str]) -> Outcome<Self> {
        Self::spawn_after(namespace, "", arguments)
    }

    /// Starts it from a shell that has run `script`, and does not wait.
    pub(crate) fn spawn_after(
        namespace: &Namespace,
        script: &str,
        arguments: &[&str],
    ) -> Outcome<Self> {
        let folder = Scratch::new()?;
        let mut listen = std::ffi::OsString::from("unix:");
        listen.push(folder.path().join("s"));
        let mut child = namespace
            .command("sh")
            .args(["-c", &format!("{script}\n{BECOME}"), "sh"])
            .arg(binary())
            .args(["serve", "--listen"])
            .arg(listen)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("stderr"))?)
            .spawn()?;
        let mut pid = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut pid)?;
        }
        Ok(Self {
            child,
            pid: pid.trim().to_owned(),
            folder,
        })
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    /// All it has said on stderr so far.
    pub(crate) fn said(&self) -> Outcome<String> {
        Ok(fs::read_to_string(self.folder.path().join("stderr"))?)
    }

    /// What it has logged since it began, but for what it says of every beginning and
    /// of what changes in the network.
    pub(crate) fn told(&self) -> Outcome<Vec<String>> {
        let is_of_start = |line: &String| {
            line.starts_with("INFO listening on") || line.starts_with("INFO the network is known")
        };
        let told = self.log()?.into_iter().skip_while(is_of_start);
        Ok(told.filter(|line| !is_of_network(line)).collect())
    }

    /// What it has logged of changes in the network.
    pub(crate) fn changes(&self) -> Outcome<Vec<String>> {
        let mut log = self.log()?;
        log.retain(|line| is_of_network(line));
        Ok(log)
    }

    fn log(&self) -> Outcome<Vec<String>> {
        let said = self.said()?;
        Ok(said.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// What the kernel shows of it.
    pub(crate) fn proc(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.pid))
    }

    /// What its file descriptors are open on.
    pub(crate) fn open_files(&self) -> Outcome<Vec<PathBuf>> {
        let mut files = Vec::new();
        for descriptor in fs::read_dir(self.proc().join("fd"))? {
            // Some are closed while we look.
            files.extend(fs::read_link(descriptor?.path()));
        }
        Ok(files)
    }

    /// Its resident memory, as the kernel says (`VmRSS`).
    pub(crate) fn resident_bytes(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.unwrap_or_default().parse::<f64>()? * 1024.0)
    }

    /// One GET, whatever comes back.
    pub(crate) fn get(&self, path: &str) -> Outcome<Reply> {
        http::request(&self.socket(), "GET", path, "")
    }

    /// One GET that must be 200 and JSON.
    pub(crate) fn json(&self, path: &str) -> Outcome<Value> {
        let reply = self.get(path)?;
        if reply.status != 200 {
            return fail(format!(
                "{path}: {} {}",
                reply.status,
                String::from_utf8_lossy(&reply.body)
            ));
        }
        reply.json()
    }

    /// The status document of an interface, by id or by name.
    pub(crate) fn document(&self, interface: &str) -> Outcome<Value> {
        self.json(&status_path(interface))
    }

    /// Fails if an audit had to correct what its events should have told.
    pub(crate) fn was_told_all(&self) -> Outcome {
        let metrics = self.get("/metrics")?.body_whole()?;
        let metrics = String::from_utf8_lossy(&metrics);
        let name = "netstatusd_audit_corrections_total ";
        match metrics.lines().find_map(|line| line.strip_prefix(name)) {
            Some("0") => Ok(()),
            said => fail(format!("audits corrected {said:?} links and addresses")),
        }
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, signal: &str) -> Outcome {
        // `nsenter`, its parent, stops when it is stopped, so it must be told to go on, too.
        let go_on = if ["CONT", "KILL"].contains(&signal) {
            format!(" && kill -CONT {}", self.child.id())
        } else {
            String::new()
        };
        let kill = format!("kill -{signal} {}{go_on}", self.pid);
        let status = Command::new("sh").args(["-c", &kill]).status()?;
        if status.success() { Ok(()) } else { fail(kill) }
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) -> Outcome<ExitStatus> {
        eventually("the daemon ends", || match self.child.try_wait()? {
            Some(status) => Ok(status),
            None => fail("still running"),
        })
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None))
            && let Err(error) = self.signal("KILL").and_then(|()| Ok(self.child.wait()?))
        {
            eprintln!("the daemon could not be ended: {error:?}");
        }
        // Captured by libtest, and shown only if the test fails.
        println!("the daemon said:\n{}", self.said().unwrap_or_default());
    }
}

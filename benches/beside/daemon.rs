//! netstatusd, served on a unix socket in this namespace.
//!
//! It is settled before anything is measured.

use crate::http::Client;
use crate::process::Running;
use crate::{Outcome, Setting, peers};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The document that is asked for.
pub(crate) const DOCUMENT: &str = "/v2/network/interfaces/1/status/1";

pub(crate) struct Daemon {
    pub(crate) process: Running,
    pub(crate) socket: PathBuf,
    /// From the start to the moment it said that it is ready.
    pub(crate) wall: Duration,
    /// Processor time used until then.
    pub(crate) cpu: Duration,
}

impl Daemon {
    /// Starts it, and waits until it says that it is ready, as it would tell systemd.
    pub(crate) fn start(setting: &Setting, name: &str) -> Outcome<Self> {
        let notify = setting.folder.join(format!("{name}.notify"));
        let socket = setting.folder.join(format!("{name}.sock"));
        let told = UnixDatagram::bind(&notify)?;
        told.set_read_timeout(Some(Duration::from_mins(1)))?;
        let mut command = peers::netstatusd();
        command
            .args(["serve", "--listen", &format!("unix:{}", socket.display())])
            .env("NETSTATUSD_LOG", "warn")
            .env("NOTIFY_SOCKET", &notify);
        let began = Instant::now();
        let process = Running::start(&mut command)?;
        let mut word = [0; 256];
        let length = told
            .recv(&mut word)
            .map_err(|error| format!("netstatusd did not say that it is ready: {error}"))?;
        let wall = began.elapsed();
        let cpu = process.exact_cpu()?;
        if !word[..length].starts_with(b"READY=1") {
            return Err("it said something else than READY=1 first".into());
        }
        std::fs::remove_file(notify)?;
        let daemon = Self {
            process,
            socket,
            wall,
            cpu,
        };
        daemon.client()?.get("/readyz")?;
        Ok(daemon)
    }

    /// Waits until the work of the start is over: with thousands of links their
    /// speeds are read for seconds after it is ready, and again five seconds later.
    pub(crate) fn settle(&self) -> Outcome {
        const QUIET: Duration = Duration::from_secs(6);
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let before = self.process.cpu()?;
            sleep(QUIET);
            if self.process.cpu()?.saturating_sub(before) < Duration::from_millis(5) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("netstatusd is still busy two minutes after its start".into());
            }
        }
    }

    pub(crate) fn client(&self) -> Outcome<Client> {
        Client::unix(&self.socket)
    }
}

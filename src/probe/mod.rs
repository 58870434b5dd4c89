//! Slower facts from beside the kernel; each source may fail alone.
//!
//! Each source has a thread of its own, so that a file system that hangs keeps
//! nobody waiting, not even the other sources. Fetching is here, at the edge;
//! parsing is pure and in the source's own file.

mod captured;
pub mod cloud;
mod dns;
mod file;
mod folder;
pub(crate) mod host;
mod leases;
mod link_dns;
mod links;
mod once;
pub(crate) mod own;
mod role;
mod state;

pub(crate) use captured::{Captured, CapturedFiles, Copying};
pub(crate) use file::{FileContent, FileSystem};
pub(crate) use leases::{lent_by_packet, packet_that_lends};
pub(crate) use link_dns::address as address_of_server;
pub(crate) use links::has_failed;
pub(crate) use once::{FromFiles, look_once};
pub(crate) use role::{Role, role};
pub(crate) use state::value as value_of_key;

use crate::store::Store;
use file::Local;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{io, thread};

/// How often files are looked at: their changes have no event here.
const OFTEN: Duration = Duration::from_secs(5);
/// How often the host's name is looked at, which hardly ever changes.
const SELDOM: Duration = Duration::from_secs(10);
/// How long the start waits for sources that answer at once, as they all should.
const PATIENCE: Duration = Duration::from_millis(200);

/// The threads of the probes; each ends when this is dropped, one that hangs as
/// soon as it no longer does.
#[derive(Debug, Default)]
pub struct Probes {
    stop: Vec<mpsc::Sender<()>>,
}

impl Probes {
    /// Starts looking at every source, and waits a moment for the first answers.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(store: &Arc<Store>) -> io::Result<Self> {
        let (first, answers) = mpsc::channel();
        let mut probes = Self::default();
        let own = Arc::clone(store);
        probes.spawn("host", SELDOM, &first, move || own.put_host(host::read()))?;
        let own = Arc::clone(store);
        let (mut files, mut of_links) = (dns::Files::default(), links::Files::default());
        probes.spawn("dns", OFTEN, &first, move || {
            let local = Local::default();
            if files.have_changed(&local) {
                own.put_dns(files.read(&local));
            }
            let of_links = of_links.read(&local, files.ask_resolved());
            own.put_link_dns(of_links.dns);
            own.put_failed_setups(of_links.failed_setups);
        })?;
        let own = Arc::clone(store);
        let mut files = leases::Files::of_all();
        probes.spawn("leases", OFTEN, &first, move || {
            for files in &mut files {
                let reading = files.read(&Local::default(), seconds_since_1970());
                own.put_leases(files.client(), reading);
            }
        })?;
        drop(first);
        // Ends when every thread has dropped its sender. A source that needs longer
        // is pending until it answers.
        let _ = answers.recv_timeout(PATIENCE);
        Ok(probes)
    }

    /// Starts a thread that looks now and again `every` so often; after the first
    /// look it drops its `first`.
    fn spawn(
        &mut self,
        name: &str,
        every: Duration,
        first: &mpsc::Sender<Infallible>,
        mut look: impl FnMut() + Send + 'static,
    ) -> io::Result<()> {
        let (stop, stopped) = mpsc::channel();
        let first = first.clone();
        let work = move || {
            look();
            drop(first);
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                look();
            }
        };
        thread::Builder::new()
            .name(name.to_owned())
            .stack_size(128 << 10)
            .spawn(work)?;
        self.stop.push(stop);
        Ok(())
    }
}

fn seconds_since_1970() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_that_hangs_keeps_nobody_waiting() {
        let (first, answers) = mpsc::channel();
        let (release, hold) = mpsc::channel::<Infallible>();
        let (looked, looks) = mpsc::channel();
        let mut probes = Probes::default();
        let hang = move || assert!(hold.recv().is_err());
        probes.spawn("hangs", OFTEN, &first, hang).unwrap();
        let look = move || looked.send(()).unwrap();
        probes.spawn("answers", OFTEN, &first, look).unwrap();
        drop(first);
        assert_eq!(looks.recv(), Ok(()));
        assert_eq!(
            answers.recv_timeout(Duration::ZERO),
            Err(RecvTimeoutError::Timeout)
        );
        drop(release);
        assert_eq!(answers.recv(), Err(mpsc::RecvError), "all have answered");
    }
}

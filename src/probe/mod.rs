//! Slower facts from beside the kernel; each source may fail alone.
//!
//! One thread looks at all of them, so that a file system that hangs keeps
//! nobody waiting but this thread. Fetching is here, at the edge; parsing is
//! pure and in the source's own file.

pub(crate) mod dns;
pub(crate) mod host;

use crate::store::Store;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;
use std::{io, thread};

/// How often the sources are looked at: a change of `resolv.conf` has no event.
const EVERY: Duration = Duration::from_secs(2);

/// Looks at every source once and puts what it says into `store`.
pub fn read_once(store: &Store) {
    store.put_host(host::read());
    store.put_dns(dns::Files::default().read());
}

/// The thread of the probes; it ends when this is dropped.
#[derive(Debug)]
pub struct Probes {
    _stop: mpsc::Sender<()>,
}

impl Probes {
    /// Looks at every source, then starts the thread that goes on doing so.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(store: Arc<Store>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let mut files = dns::Files::default();
        store.put_host(host::read());
        store.put_dns(files.read());
        thread::Builder::new()
            .name("probes".to_owned())
            .stack_size(128 << 10)
            .spawn(move || {
                while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                    store.put_host(host::read());
                    if files.have_changed() {
                        store.put_dns(files.read());
                    }
                }
            })?;
        Ok(Self { _stop: stop })
    }
}

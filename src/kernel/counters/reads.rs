//! How files are read: where a request waits for them, or by the driver thread.
//!
//! Every read is timed: that is how the drivers behind it are judged.

use super::pace::Pace;
use crate::kernel::driver::CounterQueue;
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How files are read.
pub(super) trait Pread: Debug + Send + Sync {
    /// Fills `bytes` from `offset` of `file`: how many there were, and how long the
    /// pread took.
    fn pread(&self, file: &File, bytes: &mut [u8], offset: u64) -> (io::Result<usize>, Duration);
}

/// The kernel's pread(2).
#[derive(Debug)]
pub(super) struct KernelPread;

impl Pread for KernelPread {
    fn pread(&self, file: &File, bytes: &mut [u8], offset: u64) -> (io::Result<usize>, Duration) {
        let begin = Instant::now();
        let length = file.read_at(bytes, offset);
        (length, begin.elapsed())
    }
}

/// Preads, and who does them.
#[derive(Clone, Debug)]
pub(super) struct Reads {
    pub(super) preads: Arc<dyn Pread>,
    /// The way to the driver thread; without it all is read at once.
    pub(super) queue: Option<CounterQueue>,
}

impl Default for Reads {
    fn default() -> Self {
        Self {
            preads: Arc::new(KernelPread),
            queue: None,
        }
    }
}

impl Reads {
    /// Who reads what has this `pace` beside requests; `None` if it is read at once.
    pub(super) fn beside(&self, pace: Pace) -> Option<&CounterQueue> {
        self.queue.as_ref().filter(|_| pace.is_slow())
    }
}

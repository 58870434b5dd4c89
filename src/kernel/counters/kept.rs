//! What is kept of a link whose counters were asked for: its files, what they said
//! last, how quick they were, and what the driver thread is reading.
//!
//! A link that was slow is read by that thread, one reading at a time: the answer
//! is what was read last, and what is being read is for the next request.

use super::files::{Files, FilesRead, Pread};
use super::pace::Pace;
use super::{Identity, Sample};
use crate::facts::{IfName, Link};
use crate::kernel::driver::CounterQueue;
use std::sync::Arc;
use tokio::sync::oneshot::{self, error::TryRecvError};

/// What is kept of a link.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) identity: Identity,
    pub(super) files: Option<Arc<Files>>,
    pub(super) last: Option<Sample>,
    /// The turn in which it was asked for last.
    pub(super) used: u64,
    /// Of the driver, so it outlives files that are opened anew.
    pace: Pace,
    asked: Option<Asked>,
}

/// A reading that the driver thread has not told yet.
#[derive(Debug)]
struct Asked {
    /// Whose files are read.
    identity: Identity,
    told: oneshot::Receiver<FilesRead>,
}

impl Kept {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            identity,
            files: None,
            last: None,
            used: 0,
            pace: Pace::default(),
            asked: None,
        }
    }

    /// Whether the driver thread has to read it.
    pub(super) fn is_slow(&self) -> bool {
        self.pace.is_slow()
    }

    /// Reads the files here and now; how many preads were slow.
    pub(super) fn read(&mut self, preads: &dyn Pread, name: IfName) -> u64 {
        let Some(files) = &self.files else {
            return 0;
        };
        let read = files.read(preads);
        let slow = self.judge(&read, name);
        self.take(read);
        slow
    }

    /// Takes what the driver thread has read, if it is done.
    pub(super) fn take_told(&mut self, name: IfName) {
        let Some(mut asked) = self.asked.take() else {
            return;
        };
        match asked.told.try_recv() {
            Ok(read) => {
                self.judge(&read, name);
                // Older files may be those of a link that is elsewhere by now.
                if asked.identity == self.identity {
                    self.take(read);
                }
            }
            Err(TryRecvError::Empty) => self.asked = Some(asked),
            Err(TryRecvError::Closed) => {}
        }
    }

    /// Has the driver thread read the files, unless it still does.
    pub(super) fn ask(&mut self, queue: &CounterQueue, preads: &Arc<dyn Pread>, link: &Link) {
        let (None, Some(files)) = (&self.asked, &self.files) else {
            return;
        };
        let (files, preads) = (Arc::clone(files), Arc::clone(preads));
        let (tell, told) = oneshot::channel();
        queue.ask(link.index, move || {
            // Nobody wants to know if the link has gone meanwhile.
            let _ = tell.send(files.read(&*preads));
        });
        self.asked = Some(Asked {
            identity: self.identity,
            told,
        });
    }

    fn take(&mut self, read: FilesRead) {
        match read.sample {
            Some(sample) => self.last = Some(sample),
            None => self.files = None,
        }
    }

    /// Minds how long a reading took; how many of its preads were slow.
    fn judge(&mut self, read: &FilesRead, name: IfName) -> u64 {
        let was_slow = self.is_slow();
        let slow = read.took.iter().filter(|time| self.pace.took(**time));
        let slow = slow.count() as u64;
        match (was_slow, self.is_slow()) {
            (false, true) => tracing::warn!(
                link = %name,
                "the driver is slow to tell the byte counters; from now on they are \
                 read beside requests, which are told the last ones"
            ),
            (true, false) => tracing::info!(
                link = %name,
                "the driver is quick to tell the byte counters again"
            ),
            _ => {}
        }
        slow
    }
}

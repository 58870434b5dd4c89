//! What is kept of a link whose counters were asked for: its files, how quick they
//! were, and what the driver thread is reading.
//!
//! A link that was slow is read by that thread, one reading at a time: the answer
//! is what was read last, and what is being read is for the next request.

use super::Identity;
use super::files::{Files, FilesRead};
use super::last::Stamped;
use super::pace::Pace;
use super::reads::Reads;
use crate::facts::{IfName, Link};
use crate::kernel::driver::{Asked, CounterQueue};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// What is kept of a link.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) identity: Identity,
    pub(super) files: Option<Arc<Files>>,
    /// The turn in which it was asked for last.
    pub(super) used: u64,
    /// Of the driver, so it outlives files that are opened anew.
    pace: Pace,
    asked: Option<Awaited>,
}

/// A reading that the driver thread has not told yet.
#[derive(Debug)]
struct Awaited {
    /// Whose files are read.
    identity: Identity,
    told: Receiver<FilesRead>,
}

impl Kept {
    pub(super) fn new(identity: Identity) -> Self {
        Self {
            identity,
            files: None,
            used: 0,
            pace: Pace::default(),
            asked: None,
        }
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Reads the files here and now, and tells how many preads were slow.
    pub(super) fn read(&mut self, reads: &Reads, name: IfName) -> (Option<Stamped>, u64) {
        let Some(files) = &self.files else {
            return (None, 0);
        };
        let read = files.read(&*reads.preads);
        let slow = self.judge(&read, name);
        (self.take(read), slow)
    }

    /// What the driver thread has read, if it is done.
    pub(super) fn take_told(&mut self, name: IfName) -> Option<Stamped> {
        let asked = self.asked.take()?;
        match asked.told.try_recv() {
            Ok(read) => {
                self.judge(&read, name);
                // Older files may be those of a link that is elsewhere by now.
                let is_its_own = asked.identity == self.identity;
                return if is_its_own { self.take(read) } else { None };
            }
            Err(TryRecvError::Empty) => self.asked = Some(asked),
            Err(TryRecvError::Disconnected) => {}
        }
        None
    }

    /// Has the driver thread read the files, unless it still does.
    pub(super) fn ask(&mut self, queue: &CounterQueue, reads: &Reads, link: &Link) {
        let (None, Some(files)) = (&self.asked, &self.files) else {
            return;
        };
        let (files, preads) = (Arc::clone(files), Arc::clone(&reads.preads));
        let (tell, told) = sync_channel(1);
        queue.ask(Asked::Counters(link.index), move || {
            // Nobody wants to know if the link has gone meanwhile.
            let _ = tell.send(files.read(&*preads));
            false
        });
        self.asked = Some(Awaited {
            identity: self.identity,
            told,
        });
    }

    fn take(&mut self, read: FilesRead) -> Option<Stamped> {
        if read.sample.is_none() {
            self.files = None;
        }
        read.sample
    }

    /// Minds how long a reading took; how many of its preads were slow.
    fn judge(&mut self, read: &FilesRead, name: IfName) -> u64 {
        let was_slow = self.pace.is_slow();
        let slow = read.took.iter().filter(|time| self.pace.took(**time));
        let slow = slow.count() as u64;
        match (was_slow, self.pace.is_slow()) {
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

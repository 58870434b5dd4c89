//! The table of all counters, as requests read it, and how quick that was.
//!
//! Once two of its pages were slow no request waits for another: the driver thread
//! reads the whole table, one reading at a time, and what it was told is of the links
//! that were known when it began.

use super::last::Stamped;
use super::listing::Listing;
use super::pace::{Pace, SLOW};
use super::reads::{Pread, Reads};
use super::walk::{Page, Walk};
use crate::facts::{IfIndex, IfName, Snapshot};
use crate::kernel::driver::{Asked, CounterQueue};
use crate::kernel::names::Names;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;

/// More readers at a time share a file.
const MOST_FILES: usize = 8;

/// The table.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    /// One for each reader at a time. The first is open from the beginning, so that a
    /// process that has no descriptor left can still read it.
    files: Vec<Arc<File>>,
    pace: Pace,
    /// What the driver thread has not told yet.
    asked: Option<Receiver<Told>>,
    slow_reads: u64,
}

/// What the driver thread read.
#[derive(Debug)]
struct Told {
    samples: Vec<OfLink>,
    /// How long the slowest page took.
    slowest: Duration,
}

/// The sample of a link, in the incarnation that it had.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfLink {
    pub(super) index: IfIndex,
    pub(super) incarnation: u64,
    pub(super) stamped: Stamped,
}

impl Table {
    /// The table at `path`. If it is not there it is looked for again whenever
    /// it is wanted.
    pub(super) fn open(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            files: File::open(path).ok().map(Arc::new).into_iter().collect(),
            pace: Pace::default(),
            asked: None,
            slow_reads: 0,
        }
    }

    pub(super) fn pace(&self) -> Pace {
        self.pace
    }

    /// Pages so far that were slow while a request waited for them.
    pub(super) fn slow_reads(&self) -> u64 {
        self.slow_reads
    }

    /// Reads the next page of `walk` here and now; `None` at the end, if it cannot be
    /// read, or if it is not to be read here.
    pub(super) fn step(&mut self, walk: &mut Walk, reads: &Reads) -> Option<Page> {
        if reads.beside(self.pace).is_some() {
            return None;
        }
        walk.file = walk.file.take().or_else(|| self.file());
        let file = walk.file.clone()?;
        let page = walk.step(&file, &*reads.preads);
        // A slow page counts at once. Quick ones make up for it when they are a whole
        // table: in one of thousands of links there are hundreds beside it.
        let is_slow = walk.took > SLOW;
        let is_end = matches!(page, Ok(None));
        if is_slow || (is_end && walk.slowest <= SLOW) {
            self.judge(walk.took);
        }
        self.slow_reads += u64::from(is_slow);
        page.ok()?
    }

    /// Reads here and now up to the link that is called `name`; `None` if it is not in
    /// the table, or as [`step`](Self::step) says.
    pub(super) fn find(&mut self, name: IfName, reads: &Reads) -> Option<Stamped> {
        let mut walk = Walk::default();
        let mut pages = std::iter::from_fn(|| self.step(&mut walk, reads));
        let found = pages.find_map(|page| page.of(name))?;
        // All that was wanted was quick, as a whole table is elsewhere.
        if walk.slowest <= SLOW {
            self.judge(walk.slowest);
        }
        Some(found)
    }

    /// Has the driver thread read all of it, unless it still does, for the links of
    /// `snapshot`.
    pub(super) fn ask(
        &mut self,
        queue: &CounterQueue,
        reads: &Reads,
        snapshot: &Arc<Snapshot>,
        names: &Arc<Names>,
    ) {
        if self.asked.is_some() {
            return;
        }
        let Some(file) = self.file() else {
            return;
        };
        let (tell, told) = sync_channel(1);
        let mut reading = Reading {
            file,
            preads: Arc::clone(&reads.preads),
            snapshot: Arc::clone(snapshot),
            names: Arc::clone(names),
            listing: Listing::default(),
        };
        queue.ask(Asked::Table, move || {
            let has_more = reading.step();
            if !has_more {
                // Nobody wants to know if the daemon is ending.
                let _ = tell.send(reading.told());
            }
            has_more
        });
        self.asked = Some(told);
    }

    /// What the driver thread has read since, if it is done.
    pub(super) fn take_told(&mut self) -> Vec<OfLink> {
        let Some(asked) = self.asked.take() else {
            return Vec::new();
        };
        match asked.try_recv() {
            Ok(told) => {
                self.judge(told.slowest);
                return told.samples;
            }
            Err(TryRecvError::Empty) => self.asked = Some(asked),
            Err(TryRecvError::Disconnected) => {}
        }
        Vec::new()
    }

    /// One that nobody else reads, unless too many do: the kernel goes on where the same
    /// file was read last, and elsewhere makes all that is before that place anew.
    fn file(&mut self) -> Option<Arc<File>> {
        let is_free = |file: &&Arc<File>| Arc::strong_count(file) == 1;
        let free = self.files.iter().find(is_free).cloned();
        if free.is_none()
            && self.files.len() < MOST_FILES
            && let Ok(file) = File::open(&self.path)
        {
            let file = Arc::new(file);
            self.files.push(Arc::clone(&file));
            return Some(file);
        }
        free.or_else(|| self.files.first().cloned())
    }

    /// Minds how long a page took.
    fn judge(&mut self, took: Duration) {
        let was_slow = self.pace.is_slow();
        self.pace.took(took);
        let table = self.path.display();
        match (was_slow, self.pace.is_slow()) {
            (false, true) => tracing::warn!(
                %table,
                "a driver is slow to tell the byte counters; from now on this table is \
                 read beside requests, which are told the last ones"
            ),
            (true, false) => tracing::info!(
                %table,
                "the drivers are quick to tell the byte counters again"
            ),
            _ => {}
        }
    }
}

/// A reading by the driver thread.
struct Reading {
    file: Arc<File>,
    preads: Arc<dyn Pread>,
    snapshot: Arc<Snapshot>,
    names: Arc<Names>,
    listing: Listing,
}

impl Reading {
    /// Reads the next page; whether there was one.
    fn step(&mut self) -> bool {
        let page = self.listing.walk.step(&self.file, &*self.preads);
        let Ok(Some(page)) = page else {
            return false;
        };
        self.listing.add(page);
        true
    }

    fn told(&self) -> Told {
        let links = self.snapshot.links().iter();
        let samples = links.filter_map(|facts| {
            Some(OfLink {
                index: facts.link.index,
                incarnation: facts.incarnation,
                stamped: self.listing.of(&facts.link, &self.names)?,
            })
        });
        Told {
            samples: samples.collect(),
            slowest: self.listing.walk.slowest,
        }
    }
}

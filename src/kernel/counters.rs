//! Bytes sent and received by a link, read at the moment of the request.
//!
//! A read of a kept file of `/sys/class/net/X/statistics` takes about a
//! microsecond and waits for no lock of the routing side, so it may be done
//! where requests are answered. What a driver takes longer for is read by the
//! driver thread. Kept files go on counting after their link moved to another
//! namespace: they are tied to the link's incarnation.

mod files;
mod kept;
mod last;
mod listing;
mod pace;
mod reads;
mod sample;
mod table;
mod walk;

use super::driver::CounterQueue;
use super::names::Names;
use super::net_dev::PROC_NET_DEV;
use super::sysfs::{CLASS_NET, LinkFolder, SysfsError};
use crate::facts::{IfIndex, Link, LinkFacts, MacAddr, Snapshot};
use files::Files;
use kept::Kept;
use last::{Last, Stamped};
pub use listing::Listing;
use reads::Reads;
pub use sample::Sample;
pub(crate) use sample::epoch_seconds;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use table::Table;

/// Links whose files are kept open, each holding two; open ones cost the kernel memory.
pub const MAX_KEPT: usize = 128;

/// Reads counters and keeps the files of the links asked for last.
#[derive(Debug)]
pub struct Counters {
    class_net: PathBuf,
    table: Table,
    names: Arc<Names>,
    max_kept: usize,
    kept: BTreeMap<IfIndex, Kept>,
    last: Last,
    reads: Reads,
    /// The newest links.
    snapshot: Arc<Snapshot>,
    slow_reads: u64,
    /// Counts requests: the clock of "used last".
    turn: u64,
}

/// What ties open files to a link: it, and no loss of events since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    incarnation: u64,
    resyncs: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            names: Arc::new(Names::of_kernel()),
            ..Self::new(Path::new(CLASS_NET), Path::new(PROC_NET_DEV))
        }
    }
}

impl Counters {
    /// Reads below `class_net`, with the table `proc_net_dev` to fall back on,
    /// where links have the names of their facts.
    #[must_use]
    pub fn new(class_net: &Path, proc_net_dev: &Path) -> Self {
        Self {
            class_net: class_net.to_owned(),
            table: Table::open(proc_net_dev),
            names: Arc::default(),
            max_kept: MAX_KEPT,
            kept: BTreeMap::new(),
            last: Last::default(),
            reads: Reads::default(),
            snapshot: Arc::default(),
            slow_reads: 0,
            turn: 0,
        }
    }

    /// The same, keeping the files of so many links only.
    #[must_use]
    pub fn keeping(self, max_kept: usize) -> Self {
        Self { max_kept, ..self }
    }

    /// The same, with what is slow read by the thread behind `queue`.
    #[must_use]
    pub fn with_queue(mut self, queue: CounterQueue) -> Self {
        self.reads.queue = Some(queue);
        self
    }

    /// Preads so far that took more than 50 ms while a request waited for them.
    #[must_use]
    pub fn slow_reads(&self) -> u64 {
        self.slow_reads + self.table.slow_reads()
    }

    /// The counters of the link `facts` now; `resyncs` counts the times that
    /// events were lost. If they cannot be read, or only slowly, what was read last
    /// of the same link, with its time.
    pub fn read(&mut self, facts: &LinkFacts, resyncs: u64) -> Sample {
        self.turn += 1;
        let identity = Identity {
            incarnation: facts.incarnation,
            resyncs,
        };
        let index = facts.link.index;
        let fresh = Kept::new(identity);
        let mut kept = match self.kept.get_mut(&index) {
            Some(kept) if kept.identity.incarnation == identity.incarnation => {
                std::mem::replace(kept, fresh)
            }
            _ => fresh,
        };
        if kept.identity != identity {
            kept.identity = identity;
            kept.files = None;
        }
        kept.used = self.turn;
        let sample = match self.refresh(&mut kept, &facts.link) {
            Some(stamped) => self.last.put(index, facts.incarnation, stamped),
            None => self.last.of(facts).unwrap_or_default(),
        };
        self.keep(index, kept);
        sample
    }

    /// Reads the counters of `link` anew, or has them read if it is slow.
    fn refresh(&mut self, kept: &mut Kept, link: &Link) -> Option<Stamped> {
        let told = kept.take_told(link.name);
        if kept.files.is_none() {
            kept.files = self.open(link).ok().map(Arc::new);
        }
        if let Some(queue) = self.reads.beside(kept.pace()) {
            kept.ask(queue, &self.reads, link);
            return told;
        }
        let (read, slow) = kept.read(&self.reads, link.name);
        self.slow_reads += slow;
        let read = if kept.files.is_none() {
            self.read_table(link)
        } else {
            read
        };
        read.or(told)
    }

    /// What [`read`](Self::read) said last of the link `facts`, for as long as
    /// nothing newer may be said; read now if it said nothing yet.
    pub fn last(&mut self, facts: &LinkFacts, resyncs: u64) -> Sample {
        let last = self.last.of(facts);
        last.unwrap_or_else(|| self.read(facts, resyncs))
    }

    /// For how many links files are kept: reading more of them again and again is
    /// dear, a [`Listing`] tells of all at once.
    #[must_use]
    pub fn max_kept(&self) -> usize {
        self.max_kept
    }

    /// From now on these are the links: forgets those that are no more.
    pub fn follow(&mut self, snapshot: &Arc<Snapshot>) {
        self.kept.retain(|index, kept| {
            let facts = snapshot.link(*index);
            facts.is_some_and(|facts| facts.incarnation == kept.identity.incarnation)
        });
        self.last.follow(snapshot);
        self.snapshot = Arc::clone(snapshot);
    }

    fn open(&self, link: &Link) -> Result<Files, SysfsError> {
        if !tells_namespaces_apart(link.mac) {
            return Err(SysfsError::Foreign(self.class_net.clone()));
        }
        let folder = LinkFolder::open(&self.class_net, link.name, link.index, link.mac)?;
        Ok(Files {
            sent: folder.attribute("statistics/tx_bytes")?,
            received: folder.attribute("statistics/rx_bytes")?,
        })
    }

    fn keep(&mut self, index: IfIndex, kept: Kept) {
        if self.kept.len() >= self.max_kept
            && !self.kept.contains_key(&index)
            && let Some(oldest) = self.least_recently_used()
        {
            self.kept.remove(&oldest);
        }
        self.kept.insert(index, kept);
    }

    /// Slow links go last: nothing else is known of them.
    fn least_recently_used(&self) -> Option<IfIndex> {
        let age = |kept: &Kept| (kept.pace().is_slow(), kept.used);
        let (index, _) = self.kept.iter().min_by_key(|(_, kept)| age(kept))?;
        Some(*index)
    }
}

/// Loopback has the same index and address in every namespace, tunnels have no
/// address: sysfs cannot be proven to speak of them.
fn tells_namespaces_apart(mac: MacAddr) -> bool {
    mac.as_bytes().iter().any(|byte| *byte != 0)
}

#[cfg(test)]
mod tests;

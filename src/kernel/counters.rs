//! Bytes sent and received by a link, read at the moment of the request.
//!
//! A read of a kept file of `/sys/class/net/X/statistics` takes about a
//! microsecond and waits for no lock of the routing side, so it may be done
//! where requests are answered. A link whose driver takes longer is read by the
//! driver thread. Kept files go on counting after their link moved to another
//! namespace: they are tied to the link's incarnation.

mod files;
mod kept;
mod pace;

use super::driver::CounterQueue;
use super::names::{NameNow, Names};
use super::net_dev::{PROC_NET_DEV, Row, Table, Walk};
use super::sysfs::{CLASS_NET, LinkFolder, SysfsError};
use crate::facts::{IfIndex, IfName, Link, LinkFacts, MacAddr};
use files::{Files, KernelPread, Pread};
use kept::Kept;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Links whose files are kept open, each holding two; open ones cost the kernel memory.
pub const MAX_KEPT: usize = 128;
/// How often the table is read for a link that is being renamed meanwhile.
const ATTEMPTS: usize = 4;

/// The byte counters of a link. The default is that of one never read: all 0,
/// the time too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Bytes sent. `statistics/tx_bytes`.
    pub sent: u64,
    /// Bytes received. `statistics/rx_bytes`.
    pub received: u64,
    /// When they were read, in seconds since 1970 (UTC).
    pub taken: u64,
}

impl Sample {
    /// Of a link that is not here: nothing, now.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self {
            taken: epoch_seconds(),
            ..Self::default()
        }
    }

    /// Whether it was ever read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.taken != 0
    }
}

/// Reads counters and keeps the files of the links asked for last.
#[derive(Debug)]
pub struct Counters {
    class_net: PathBuf,
    table: Table,
    names: Names,
    max_kept: usize,
    kept: HashMap<IfIndex, Kept>,
    preads: Arc<dyn Pread>,
    /// Where links that are slow are read; without it all are read at once.
    queue: Option<CounterQueue>,
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
            names: Names::of_kernel(),
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
            names: Names::default(),
            max_kept: MAX_KEPT,
            kept: HashMap::new(),
            preads: Arc::new(KernelPread),
            queue: None,
            slow_reads: 0,
            turn: 0,
        }
    }

    /// The same, keeping the files of so many links only.
    #[must_use]
    pub fn keeping(self, max_kept: usize) -> Self {
        Self { max_kept, ..self }
    }

    /// The same, with links that are slow read by the thread behind `queue`.
    #[must_use]
    pub fn with_queue(self, queue: CounterQueue) -> Self {
        Self {
            queue: Some(queue),
            ..self
        }
    }

    /// Preads so far that took more than 50 ms while a request waited for them.
    #[must_use]
    pub fn slow_reads(&self) -> u64 {
        self.slow_reads
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
        let kept = self
            .kept
            .remove(&index)
            .filter(|kept| kept.identity.incarnation == identity.incarnation);
        let mut kept = kept.unwrap_or_else(|| Kept::new(identity));
        if kept.identity != identity {
            kept.identity = identity;
            kept.files = None;
        }
        kept.used = self.turn;
        self.refresh(&mut kept, &facts.link);
        let sample = kept.last.unwrap_or_default();
        self.keep(index, kept);
        sample
    }

    /// Reads the counters of `link` anew, or has them read if it is slow.
    fn refresh(&mut self, kept: &mut Kept, link: &Link) {
        kept.take_told(link.name);
        if kept.files.is_none() {
            kept.files = self.open(link).ok().map(Arc::new);
        }
        if let Some(queue) = self.queue.as_ref().filter(|_| kept.is_slow()) {
            return kept.ask(queue, &self.preads, link);
        }
        self.slow_reads += kept.read(&*self.preads, link.name);
        if kept.files.is_none()
            && let Some((sent, received)) = self.read_table(link)
        {
            kept.last = Some(Sample {
                sent,
                received,
                taken: epoch_seconds(),
            });
        }
    }

    /// What [`read`](Self::read) said last of the link `facts`, for as long as
    /// nothing newer may be said; read now if it said nothing yet.
    pub fn last(&mut self, facts: &LinkFacts, resyncs: u64) -> Sample {
        let kept = self.kept.get(&facts.link.index);
        let last = kept
            .filter(|kept| kept.identity.incarnation == facts.incarnation)
            .and_then(|kept| kept.last);
        last.unwrap_or_else(|| self.read(facts, resyncs))
    }

    /// For how many links files are kept: reading more of them again and again is
    /// dear, [`step`](Self::step) tells of all at once.
    #[must_use]
    pub fn max_kept(&self) -> usize {
        self.max_kept
    }

    /// The next counters of the whole namespace's, by the names links have now;
    /// `None` at the end, or if they cannot be read.
    pub fn step(&mut self, walk: &mut Walk) -> Option<Vec<(IfName, Sample)>> {
        let rows = self.table.step(walk).ok()??;
        let taken = epoch_seconds();
        let sample = |row: Row| Sample {
            sent: row.sent,
            received: row.received,
            taken,
        };
        Some(
            rows.into_iter()
                .map(|row| (row.name, sample(row)))
                .collect(),
        )
    }

    /// The counters of the whole namespace, by name.
    pub fn table(&mut self) -> HashMap<IfName, Sample> {
        let mut walk = Walk::default();
        std::iter::from_fn(|| self.step(&mut walk))
            .flatten()
            .collect()
    }

    /// As [`read`](Self::read), from a `table` that is younger than `facts` and has
    /// the link, if it is called now as it was then.
    pub fn read_from(
        &mut self,
        table: &HashMap<IfName, Sample>,
        facts: &LinkFacts,
        resyncs: u64,
    ) -> Sample {
        let name = facts.link.name;
        let listed = table.get(&name).copied();
        listed
            .filter(|_| self.name_now(&facts.link) == Some(name))
            .unwrap_or_else(|| self.read(facts, resyncs))
    }

    /// Forgets links that `is_here` does not know in the incarnation they had.
    pub fn retain(&mut self, is_here: impl Fn(IfIndex, u64) -> bool) {
        self.kept
            .retain(|index, kept| is_here(*index, kept.identity.incarnation));
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

    /// Sent and received bytes by the table of this namespace, which knows names
    /// only: the link must have had the same one before and after.
    fn read_table(&mut self, link: &Link) -> Option<(u64, u64)> {
        for _ in 0..ATTEMPTS {
            let name = self.name_now(link)?;
            let row = self.table.find(name).ok()?;
            if let Some(row) = row.filter(|_| self.name_now(link) == Some(name)) {
                return Some((row.sent, row.received));
            }
        }
        None
    }

    /// The link's name, which may be younger than its facts; none if it is gone.
    fn name_now(&self, link: &Link) -> Option<IfName> {
        match self.names.now(link.index) {
            NameNow::Named(name) => Some(name),
            NameNow::Gone => None,
            NameNow::Unsaid => Some(link.name),
        }
    }

    fn keep(&mut self, index: IfIndex, kept: Kept) {
        if self.kept.len() >= self.max_kept
            && let Some(oldest) = self.least_recently_used()
        {
            self.kept.remove(&oldest);
        }
        self.kept.insert(index, kept);
    }

    /// Slow links go last: nothing else is known of them.
    fn least_recently_used(&self) -> Option<IfIndex> {
        let age = |kept: &Kept| (kept.is_slow(), kept.used);
        let (index, _) = self.kept.iter().min_by_key(|(_, kept)| age(kept))?;
        Some(*index)
    }
}

/// Loopback has the same index and address in every namespace, tunnels have no
/// address: sysfs cannot be proven to speak of them.
fn tells_namespaces_apart(mac: MacAddr) -> bool {
    mac.as_bytes().iter().any(|byte| *byte != 0)
}

/// Seconds since 1970 (UTC), now.
pub(crate) fn epoch_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;

//! The kernel thread's loop: one ordered stream of events and dumps, folded,
//! completed with gateways and speeds, published.
//!
//! It alone talks rtnetlink, and may wait in the kernel for whoever holds RTNL;
//! nobody waits for it. Bursts are drained before anything is published, and all
//! that is known is published before a dump is asked for.

mod stream;

use super::channel::{Channel, ChannelError, Events, Incoming};
use super::driver::{Driver, Word};
use super::fold::{DumpObject, Fold};
use super::hints::Hint;
use super::outage::Outages;
use super::publication::Publications;
use super::resync::Resync;
use super::routes::{Routes, RoutesError};
use super::speeds::Speeds;
use crate::facts::{KernelFacts, Uptime, WatchTally};
use rtnetlink::MulticastGroup;
use rustix::time::{ClockId, clock_gettime};
use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::time::{Duration, Instant};
use tokio::task::yield_now;
use tokio::time::{sleep_until, timeout};

/// How long [`read_once`] waits for the drivers to tell their speeds.
const SPEED_DEADLINE: Duration = Duration::from_secs(2);

/// Why the kernel cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// No netlink socket.
    #[error("cannot watch the kernel's links")]
    Channel(#[from] ChannelError),
    /// No socket for routes.
    #[error("cannot watch the default routes")]
    Routes(#[from] RoutesError),
    /// No thread to read speeds.
    #[error("cannot start the thread that reads link speeds")]
    Driver(#[source] io::Error),
}

/// Watches for ever and calls `publish` whenever something may have changed;
/// `driver` reads the speeds.
///
/// # Errors
/// If the kernel cannot be watched at all; what can heal is tried again.
pub async fn watch(
    driver: Driver,
    mut publish: impl FnMut(KernelFacts),
) -> Result<Infallible, WatchError> {
    let mut watch = Watch::open(open_events, driver)?;
    loop {
        watch.turn(&mut publish).await;
    }
}

/// What a watch started now would publish first, speeds included.
///
/// # Errors
/// If the kernel cannot be asked.
pub async fn read_once() -> Result<KernelFacts, WatchError> {
    let driver = Driver::start().map_err(WatchError::Driver)?;
    let mut watch = Watch::open(open_events, driver)?;
    loop {
        watch.catch_up().await;
        watch.dump_if_due().await;
        if watch.resync.has_picture() {
            break;
        }
        watch.wait().await;
    }
    watch.routes.ask(&mut watch.fold, now(), true);
    // A driver that does not answer costs its speed only.
    let _ = timeout(SPEED_DEADLINE, watch.speeds.collect(&mut watch.fold)).await;
    Ok(watch.facts())
}

struct Watch<E, O> {
    events: E,
    open: O,
    /// Nothing was left in `events` when it was read last.
    is_drained: bool,
    /// When `events` was opened, or that was tried.
    connected: Instant,
    routes: Routes,
    speeds: Speeds,
    fold: Fold,
    resync: Resync,
    /// The dump that the running cycle goes on with.
    next_dump: Option<DumpObject>,
    outages: Outages,
    tally: WatchTally,
    publications: Publications,
}

/// What ended a wait.
enum Wake {
    Event(Result<Incoming, ChannelError>),
    /// Events that a batch left.
    Rest,
    Hint(Option<Hint>),
    Driver(Option<Word>),
    Deadline,
}

impl<E: Events, O: FnMut() -> Result<E, ChannelError>> Watch<E, O> {
    fn open(mut open: O, driver: Driver) -> Result<Self, WatchError> {
        Ok(Self {
            events: open()?,
            open,
            is_drained: true,
            connected: now(),
            routes: Routes::open()?,
            speeds: Speeds::new(driver),
            fold: Fold::default(),
            resync: Resync::new(now()),
            next_dump: None,
            outages: Outages::default(),
            tally: WatchTally::default(),
            publications: Publications::default(),
        })
    }

    /// Does what is due, publishes what is new, and waits for more.
    async fn turn(&mut self, publish: &mut impl FnMut(KernelFacts)) {
        self.catch_up().await;
        if let Some(facts) = self.take_publication(now()) {
            publish(facts);
            // It is judged on this thread, too, before anything here may wait.
            yield_now().await;
        }
        self.dump_if_due().await;
        self.wait().await;
    }

    /// Does what is due and does not wait for RTNL.
    async fn catch_up(&mut self) {
        let now = now();
        if self.is_drained && self.resync.is_stuck(now) {
            self.lost("a dump of the kernel's lists did not end");
            self.reconnect().await;
        }
        let changed = self.fold.take_changed();
        self.publications.owe(!changed.is_empty());
        self.speeds.forget_gone(&changed, &self.fold);
        self.routes.changed(changed, &mut self.fold);
        // Speeds may follow the first picture.
        if self.publications.have_begun() {
            self.publications.owe(self.speeds.ask(&mut self.fold, now));
        }
    }

    async fn dump_if_due(&mut self) {
        let now = now();
        if self.owes_publication(now) {
            return;
        }
        if let Some(object) = self.next_dump.take() {
            return self.begin_dump(object).await;
        }
        // A dump that makes up for a loss must not be overtaken by events from
        // before it, nor begin while the kernel still drops events.
        if self.is_drained && self.resync.is_due(now) {
            self.begin_cycle().await;
        }
    }

    /// Whether something is to be published before more is read, which may wait for
    /// RTNL: a dump continues in there.
    fn must_publish_first(&self) -> bool {
        let is_due = || {
            let now = now();
            let is_owed = self.publications.is_owed() || self.fold.has_changed();
            is_owed && self.resync.has_picture() && self.publications.earliest(now) <= now
        };
        self.publications.is_urgent(self.missing_since()) || (self.resync.is_dumping() && is_due())
    }

    /// Whether something is to be published before anything that may wait for RTNL.
    fn owes_publication(&self, now: Instant) -> bool {
        self.resync.has_picture() && (self.publications.is_owed() || self.routes.is_due(now))
    }

    async fn begin_cycle(&mut self) {
        self.tally.resyncs += u64::from(self.resync.missing_since().is_some());
        if self.resync.is_audit() {
            let corrections = self.fold.take_corrections();
            if corrections > 0 {
                self.tally.audit_corrections += corrections;
                self.publications.owe(true);
                tracing::warn!(corrections, "the kernel's lists differed from its events");
            }
            self.routes.all_changed(&self.fold);
        }
        self.begin_dump(DumpObject::Links).await;
    }

    async fn wait(&mut self) {
        let deadline = self
            .deadline()
            .unwrap_or_else(|| now() + Duration::from_mins(1));
        let wake = tokio::select! {
            incoming = self.events.next() => Wake::Event(incoming),
            () = ready(()), if !self.is_drained => Wake::Rest,
            hint = self.routes.hint() => Wake::Hint(hint),
            word = self.speeds.next() => Wake::Driver(word),
            () = sleep_until(deadline.into()) => Wake::Deadline,
        };
        let next = match wake {
            Wake::Event(incoming) => incoming.map(Some),
            other => {
                self.take_other(other);
                // What is there comes before anything that may wait.
                self.events.try_next()
            }
        };
        self.take_events(next).await;
    }

    fn take_other(&mut self, wake: Wake) {
        let is_news = match wake {
            Wake::Hint(hint) => self.routes.take(hint, &self.fold, now()),
            Wake::Driver(Some(word)) => self.speeds.take(word, &mut self.fold),
            Wake::Event(_) | Wake::Rest | Wake::Driver(None) | Wake::Deadline => false,
        };
        self.publications.owe(is_news);
    }

    fn deadline(&self) -> Option<Instant> {
        let now = now();
        if self.owes_publication(now) {
            return Some(self.publications.earliest(now));
        }
        let follow_first =
            |deadline: Option<Instant>| deadline.filter(|_| self.publications.have_begun());
        [
            self.resync.deadline(),
            follow_first(self.speeds.deadline(now)),
            follow_first(self.routes.deadline()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn take_publication(&mut self, now: Instant) -> Option<KernelFacts> {
        if !self.publications.is_urgent(self.missing_since()) {
            if now < self.publications.earliest(now) || !self.resync.has_picture() {
                return None;
            }
            let may_wait = self.may_wait();
            let is_news = self.routes.ask(&mut self.fold, now, may_wait);
            self.publications.owe(is_news);
            if !self.publications.is_owed() {
                return None;
            }
        }
        self.publications.published(self.missing_since(), now);
        Some(self.facts())
    }

    /// Whether what takes RTNL may be asked for: who reads knows all that is known,
    /// or that something is missing, or nothing yet.
    fn may_wait(&self) -> bool {
        let is_told = !self.publications.is_owed() || self.missing_since().is_some();
        is_told || !self.publications.have_begun()
    }

    fn missing_since(&self) -> Option<Instant> {
        let missing = [self.resync.missing_since(), self.routes.failing_since()];
        missing.into_iter().flatten().min()
    }

    fn facts(&self) -> KernelFacts {
        let mut tally = self.tally;
        tally += self.routes.tally();
        tally.slow_reads = self.speeds.slow_reads();
        KernelFacts {
            links: self.fold.links().cloned().collect(),
            taken: uptime(),
            missing_since: self.missing_since(),
            tally,
        }
    }
}

fn open_events() -> Result<Channel, ChannelError> {
    Channel::open(&[
        MulticastGroup::Link,
        MulticastGroup::Ipv4Ifaddr,
        MulticastGroup::Ipv6Ifaddr,
    ])
}

/// The time by the runtime's clock, which tests can move.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// `CLOCK_MONOTONIC`, which the kernel's stamps on addresses count by.
pub(super) fn uptime() -> Uptime {
    let now = clock_gettime(ClockId::Monotonic);
    let hundredths = now.tv_sec * 100 + now.tv_nsec / 10_000_000;
    // Modulo 2³², as the stamps are.
    let wrapped = hundredths.rem_euclid(1 << 32);
    Uptime(u32::try_from(wrapped).unwrap_or_default())
}

#[cfg(test)]
mod tests;

//! The kernel thread's loop: one ordered stream of events and dumps, folded,
//! completed with gateways and speeds, published.
//!
//! It alone talks rtnetlink, and may wait in the kernel for whoever holds RTNL;
//! nobody waits for it. Bursts are drained before anything is published, at most
//! 100 times a second, the last state always.

use super::channel::{Channel, ChannelError, Content, Events, Incoming};
use super::decode::Decoded;
use super::driver::{Driver, Word};
use super::fold::{DumpObject, Fold};
use super::hints::Hint;
use super::outage::Outages;
use super::request;
use super::resync::Resync;
use super::routes::{Routes, RoutesError};
use super::speeds::Speeds;
use crate::facts::{KernelFacts, Uptime, WatchTally};
use rtnetlink::MulticastGroup;
use rustix::time::{ClockId, clock_gettime};
use std::convert::Infallible;
use std::io;
use std::time::{Duration, Instant};
use tokio::time::{sleep_until, timeout};

/// Publications follow each other no faster.
const PACE: Duration = Duration::from_millis(10);
/// Messages taken in one go before anything else gets its turn.
const BATCH: usize = 4096;
/// A lost socket is opened anew no more often than this.
const REOPEN: Duration = Duration::from_secs(1);
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
        if watch.resync.has_picture() {
            break;
        }
        watch.wait().await;
    }
    watch.routes.ask(&mut watch.fold, now());
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
    outages: Outages,
    tally: WatchTally,
    is_unpublished: bool,
    last_publication: Option<Instant>,
}

/// What ended a wait.
enum Wake {
    Event(Result<Incoming, ChannelError>),
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
            outages: Outages::default(),
            tally: WatchTally::default(),
            is_unpublished: false,
            last_publication: None,
        })
    }

    /// Does what is due, publishes what is new, and waits for more.
    async fn turn(&mut self, publish: &mut impl FnMut(KernelFacts)) {
        self.catch_up().await;
        if let Some(facts) = self.take_publication(now()) {
            publish(facts);
        }
        self.wait().await;
    }

    /// Does all that is due.
    async fn catch_up(&mut self) {
        let now = now();
        if self.is_drained && self.resync.is_stuck(now) {
            self.lost("a dump of the kernel's lists did not end");
            self.reconnect().await;
        }
        // A dump that makes up for a loss must not be overtaken by events from
        // before it, nor begin while the kernel still drops events.
        if self.is_drained && self.resync.is_due(now) {
            self.begin_cycle().await;
        }
        let changed = self.fold.take_changed();
        self.is_unpublished |= !changed.is_empty();
        self.speeds.forget_gone(&changed, &self.fold);
        self.routes.changed(changed, &self.fold);
        // Speeds may follow the first picture.
        if self.last_publication.is_some() {
            self.is_unpublished |= self.speeds.ask(&mut self.fold, now);
        }
    }

    async fn begin_cycle(&mut self) {
        self.tally.resyncs += u64::from(self.resync.missing_since().is_some());
        if self.resync.is_audit() {
            let corrections = self.fold.take_corrections();
            if corrections > 0 {
                self.tally.audit_corrections += corrections;
                self.is_unpublished = true;
                tracing::warn!(corrections, "the kernel's lists differed from its events");
            }
            self.routes.all_changed(&self.fold);
        }
        self.begin_dump(DumpObject::Links).await;
    }

    async fn wait(&mut self) {
        // After all that could end an outage: nothing else may happen for long.
        self.outages.look(self.missing_since(), now());
        let deadline = self
            .deadline()
            .unwrap_or_else(|| now() + Duration::from_mins(1));
        let wake = tokio::select! {
            incoming = self.events.next() => Wake::Event(incoming),
            hint = self.routes.hint() => Wake::Hint(hint),
            word = self.speeds.next() => Wake::Driver(word),
            () = sleep_until(deadline.into()) => Wake::Deadline,
        };
        match wake {
            Wake::Event(incoming) => self.take_events(incoming).await,
            Wake::Hint(hint) => {
                self.is_unpublished |= self.routes.take(hint, &self.fold, now());
            }
            Wake::Driver(Some(word)) => {
                self.is_unpublished |= self.speeds.take(word, &mut self.fold);
            }
            Wake::Driver(None) | Wake::Deadline => {}
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let now = now();
        let pace = self.last_publication.map_or(now, |last| last + PACE);
        // Speeds follow the first picture.
        let speeds = self
            .last_publication
            .and_then(|_| self.speeds.deadline(now));
        // Routes are asked for just before their answers are published.
        let publication = if self.is_unpublished || self.routes.is_due(now) {
            Some(pace)
        } else {
            self.routes.deadline()
        };
        [
            self.resync.deadline(),
            speeds,
            self.outages.deadline(self.missing_since()),
            publication.filter(|_| self.resync.has_picture()),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    async fn take_events(&mut self, first: Result<Incoming, ChannelError>) {
        let mut next = first.map(Some);
        let mut dump_goes_on = false;
        self.is_drained = false;
        for _ in 0..BATCH {
            match next {
                Ok(Some(incoming)) => dump_goes_on |= self.take(incoming).await,
                Ok(None) => {
                    self.is_drained = true;
                    break;
                }
                Err(_) => {
                    self.lost("the netlink socket was lost");
                    return self.reconnect().await;
                }
            }
            next = self.events.try_next();
        }
        if dump_goes_on {
            // The time now: reading may have waited for RTNL.
            self.resync.goes_on(now());
        }
    }

    /// Takes a message; whether it is of the running dump.
    async fn take(&mut self, incoming: Incoming) -> bool {
        let of_dump = incoming
            .reply_to
            .is_some_and(|sequence| self.resync.is_running(sequence));
        if of_dump && incoming.is_interrupted {
            self.resync.interrupted();
        }
        match incoming.content {
            Content::Message(outcome) => {
                self.tally.undecodable_attributes += u64::from(outcome.bad_attributes);
                self.take_message(outcome.decoded, of_dump, incoming.reply_to.is_some());
            }
            Content::End(code) if of_dump => self.end_dump(code).await,
            Content::Overrun => {
                self.tally.overruns += 1;
                self.lost("events of the kernel were lost");
            }
            Content::End(_) | Content::Nothing => {}
        }
        of_dump
    }

    fn take_message(&mut self, decoded: Decoded, of_dump: bool, is_reply: bool) {
        if let Decoded::Bad { message_type } = decoded {
            self.tally.undecodable_messages.count(message_type);
            self.is_unpublished = true;
            if is_reply {
                self.resync.interrupted();
            } else {
                self.lost("an event of the kernel could not be read");
            }
            return;
        }
        let link = match &decoded {
            Decoded::NewLink(link) => Some(link.index),
            _ => None,
        };
        let is_news = match (is_reply, of_dump) {
            (true, true) => self.fold.dumped(decoded),
            // A reply to a dump that was given up says nothing any more.
            (true, false) => false,
            (false, _) => {
                self.fold.event(decoded);
                true
            }
        };
        if let Some(link) = link.filter(|_| is_news) {
            self.speeds.stir(link, &self.fold);
        }
    }

    async fn begin_dump(&mut self, object: DumpObject) {
        self.fold.begin_dump(object, self.resync.is_audit());
        if let Ok(sequence) = self.events.request_dump(request::all(object)).await {
            self.resync.began(object, sequence, now());
        } else {
            self.lost("a netlink request could not be sent");
            self.reconnect().await;
        }
    }

    async fn end_dump(&mut self, code: i32) {
        let ended = self.resync.ended(code == 0, now());
        self.fold.end_dump(ended.is_clean);
        self.tally.interrupted_dumps += u64::from(!ended.is_clean);
        self.is_unpublished = true;
        if let Some(object) = ended.next {
            self.begin_dump(object).await;
        }
    }

    fn lost(&mut self, what: &str) {
        let now = now();
        self.outages.lost(what, now);
        self.is_unpublished = true;
        self.fold.lost();
        self.resync.lost(now);
    }

    /// Opens the event socket anew, at most once a second.
    async fn reconnect(&mut self) {
        self.fold.end_dump(false);
        self.resync.disconnected(now());
        self.is_unpublished = true;
        sleep_until((self.connected + REOPEN).into()).await;
        self.connected = now();
        match (self.open)() {
            Ok(events) => {
                self.events = events;
                self.is_drained = true;
                self.outages.opened(Ok(()), self.connected);
            }
            Err(error) => self.outages.opened(Err(&error), self.connected),
        }
    }

    fn take_publication(&mut self, now: Instant) -> Option<KernelFacts> {
        let is_early = self.last_publication.is_some_and(|last| now < last + PACE);
        if is_early || !self.resync.has_picture() {
            return None;
        }
        self.is_unpublished |= self.routes.ask(&mut self.fold, now);
        if !self.is_unpublished {
            return None;
        }
        self.is_unpublished = false;
        self.last_publication = Some(now);
        Some(self.facts())
    }

    fn missing_since(&self) -> Option<Instant> {
        let missing = [self.resync.missing_since(), self.routes.failing_since()];
        missing.into_iter().flatten().min()
    }

    fn facts(&self) -> KernelFacts {
        KernelFacts {
            links: self.fold.links().cloned().collect(),
            taken: uptime(),
            missing_since: self.missing_since(),
            tally: WatchTally {
                interrupted_dumps: self.tally.interrupted_dumps + self.routes.interrupted(),
                slow_reads: self.speeds.slow_reads(),
                ..self.tally
            },
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

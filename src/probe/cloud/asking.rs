//! The loop of the cloud's thread: asks, puts the answer into the store, and waits
//! until it is time to ask again.
//!
//! It runs on a thread of its own and may fail alone.

#[cfg(test)]
mod tests;

use super::error::{Again, FetchError};
use super::gcp::HELD_FOR;
use super::links::{candidates, of_store, present};
use super::schedule::{Newcomers, REFRESH, delay};
use super::service::Service;
use crate::facts::{Cloud, CloudNic, CloudTally, MacAddr, Provider, Reading};
use crate::store::{Follower, Store};
use std::collections::HashSet;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until};

/// Links are looked at no more often: a storm of events costs one look.
const LOOK: Duration = Duration::from_secs(1);

/// A service that can be asked.
pub(super) trait Ask {
    fn provider(&self) -> Provider;

    /// The NICs it knows, at least those `present`; if it `is_waiting`, once they
    /// are not what it said last.
    async fn fetch(
        &mut self,
        present: &[MacAddr],
        is_waiting: bool,
    ) -> Result<Vec<CloudNic>, FetchError>;

    /// Whether it can be asked for changes.
    fn can_wait(&self) -> bool;

    /// Takes note of a refresh that failed.
    fn failed(&mut self);

    fn tally(&self) -> CloudTally;
}

/// Asks `service` until told to stop, or until it says that it never will answer.
pub(super) fn run(store: Arc<Store>, service: Service, stopped: oneshot::Receiver<Infallible>) {
    tracing::info!("this node is in {}", service.provider());
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let reason = format!("cannot start the runtime: {error}");
            tracing::warn!("the metadata service is not asked: {reason}");
            return store.put_cloud(Reading::Absent { reason }, service.tally());
        }
    };
    let asking = Asking::new(store, service);
    runtime.block_on(async {
        tokio::select! {
            () = asking.go_on() => {}
            _ = stopped => {}
        }
    });
}

/// From 0 to 1, different each time.
fn chance() -> f64 {
    let random = RandomState::new().hash_one(()) >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}

struct Asking<S> {
    store: Arc<Store>,
    service: S,
    follower: Follower,
    reading: Reading<Cloud>,
    newcomers: Newcomers,
    /// Failures, or requests not held back as asked, in a row.
    failures: u32,
}

impl<S: Ask> Asking<S> {
    fn new(store: Arc<Store>, service: S) -> Self {
        Self {
            follower: store.follow(),
            store,
            service,
            reading: Reading::Pending,
            newcomers: Newcomers::default(),
            failures: 0,
        }
    }

    /// Asks until the service says that it never will answer.
    async fn go_on(mut self) {
        if self
            .follower
            .wait_for(|facts| facts.snapshot().is_some())
            .await
            .is_err()
        {
            return;
        }
        let mut is_waiting = false;
        loop {
            let asked = Instant::now();
            let present = of_store(&self.follower, present);
            let answer = self.service.fetch(&present, is_waiting).await;
            let result = answer.map(|nics| self.answered(nics));
            match result {
                Ok(is_news) if self.service.can_wait() => {
                    let pause = self.pause_of_wait(is_waiting, is_news, asked.elapsed());
                    is_waiting = true;
                    sleep(pause).await;
                }
                Ok(_) => {
                    self.failures = 0;
                    self.until_refresh(Instant::now()).await;
                }
                Err(error) => {
                    is_waiting = false;
                    match self.failed(&error) {
                        Some(pause) => sleep(pause).await,
                        None => return,
                    }
                }
            }
        }
    }

    /// How long to leave a server in peace that should hold requests back until it
    /// has news.
    fn pause_of_wait(&mut self, was_waiting: bool, is_news: bool, took: Duration) -> Duration {
        if !was_waiting {
            return Duration::ZERO;
        }
        let is_rare = took >= delay(self.failures.saturating_add(1), 1.0);
        if took + LOOK >= HELD_FOR || is_news && is_rare {
            self.failures = 0;
            return Duration::ZERO;
        }
        self.failures = self.failures.saturating_add(1);
        delay(self.failures, chance())
    }

    /// Takes note of an answer; whether it is another than the last.
    fn answered(&mut self, nics: Vec<CloudNic>) -> bool {
        let known: HashSet<_> = nics.iter().map(|nic| nic.mac).collect();
        self.newcomers
            .refreshed(&of_store(&self.follower, candidates), &known);
        if !matches!(self.reading, Reading::Current(_)) {
            tracing::info!(nics = nics.len(), "the metadata service answers");
        }
        let last = self.reading.value();
        let is_news = last.is_none_or(|last| last.nics != nics);
        self.reading = Reading::Current(Cloud {
            provider: self.service.provider(),
            nics,
            taken: Instant::now().into_std(),
        });
        self.publish();
        is_news
    }

    /// Takes note of a failure; the time until the service is asked again.
    fn failed(&mut self, error: &FetchError) -> Option<Duration> {
        let reason = error.reason();
        if error.again() == Again::Never {
            tracing::warn!("the metadata service is asked no more: {reason}");
        } else if matches!(self.reading, Reading::Current(_) | Reading::Pending) {
            tracing::warn!("the metadata service does not answer: {reason}");
        }
        self.service.failed();
        self.reading = std::mem::take(&mut self.reading).failed(reason);
        self.publish();
        self.failures = self.failures.saturating_add(1);
        match error.again() {
            Again::BackOff => Some(delay(self.failures, chance())),
            Again::After(pause) => Some(pause),
            Again::Never => None,
        }
    }

    fn publish(&self) {
        self.store
            .put_cloud(self.reading.clone(), self.service.tally());
    }

    /// Waits until an answer of the time `last` is old, or a link has appeared
    /// that it does not tell of.
    async fn until_refresh(&mut self, last: Instant) {
        let cloud = self.reading.value();
        let nics = cloud.map(|cloud| cloud.nics.as_slice()).unwrap_or_default();
        let mut known: HashSet<_> = nics.iter().map(|nic| nic.mac).collect();
        let chance = chance();
        loop {
            let here = of_store(&self.follower, candidates);
            // What has gone may come back as another NIC's, or with other addresses.
            let present = of_store(&self.follower, present);
            known.retain(|mac| present.contains(mac));
            let has_newcomers = self.newcomers.are_any(&here, &known);
            let due = last
                + if has_newcomers {
                    self.newcomers.delay(chance)
                } else {
                    REFRESH
                };
            tokio::select! {
                () = sleep_until(due) => {
                    if has_newcomers {
                        self.newcomers.wanted();
                    } else {
                        self.newcomers.quiet();
                    }
                    return;
                }
                changed = self.follower.changed() => match changed {
                    Ok(()) => sleep(LOOK).await,
                    // Nothing will ever be put in again.
                    Err(_) => return std::future::pending().await,
                }
            }
        }
    }
}

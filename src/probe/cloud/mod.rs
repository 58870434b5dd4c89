//! What the cloud says of the node's NICs, from its metadata service.
//!
//! A thread of its own asks, so that no answer, however late, large or false,
//! keeps anything waiting but the next question. On a machine in no cloud it ends
//! at once, and nothing is ever sent.

pub mod aws;
pub mod azure;
mod client;
mod detect;
mod error;
pub mod gcp;
mod links;
mod parse;
mod schedule;
mod service;

pub use detect::detect;
pub use parse::ParseError;

use crate::facts::{Cloud, CloudTally, Provider, Reading};
use crate::store::{Follower, Store};
use error::{Again, FetchError};
use schedule::{Newcomers, REFRESH, delay};
use service::Service;
use std::collections::HashSet;
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time::{sleep, sleep_until, timeout};

/// How long [`read_once`] waits for the service.
const ONCE_WITHIN: Duration = Duration::from_secs(2);
/// Links are looked at no more often: a storm of events costs one look.
const LOOK: Duration = Duration::from_secs(1);

/// The cloud part of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudSettings {
    /// In which cloud the node is.
    pub provider: Choice,
    /// Where the metadata service is, if not where it always is.
    pub endpoint: Option<SocketAddr>,
    /// What Azure's network is called.
    pub network_name: Option<String>,
}

/// In which cloud the node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one that the firmware tells of.
    #[default]
    Auto,
    /// This one, whatever the firmware says.
    Only(Provider),
    /// In none, whatever the firmware says.
    None,
}

impl CloudSettings {
    /// The service to ask, or why there is none.
    fn service(&self) -> Result<Service, String> {
        let provider = match self.provider {
            Choice::Auto => {
                detect(Path::new("/")).ok_or("the firmware tells of no cloud that is known here")?
            }
            Choice::Only(provider) => provider,
            Choice::None => return Err("turned off by configuration".to_owned()),
        };
        Ok(Service::new(
            provider,
            self.endpoint,
            self.network_name.clone(),
        ))
    }
}

/// Asks the service once, for 2 s at most. The kernel's part must be in `store`
/// already. Must be called within a tokio runtime.
pub async fn read_once(store: &Store, settings: &CloudSettings) {
    let mut service = match settings.service() {
        Ok(service) => service,
        Err(reason) => return store.put_cloud(Reading::Absent { reason }, CloudTally::default()),
    };
    let present = links_of(&store.follow(), links::present);
    let reading = match timeout(ONCE_WITHIN, service.fetch(&present, false)).await {
        Ok(Ok(nics)) => Reading::Current(Cloud {
            provider: service.provider(),
            nics,
            taken: Instant::now(),
        }),
        Ok(Err(error)) => Reading::Absent {
            reason: error.reason(),
        },
        Err(_) => Reading::Absent {
            reason: format!("no answer within {} s", ONCE_WITHIN.as_secs()),
        },
    };
    store.put_cloud(reading, service.tally());
}

/// The thread that asks; it ends when this is dropped.
#[derive(Debug)]
pub struct CloudProbe {
    _stop: oneshot::Sender<Infallible>,
}

impl CloudProbe {
    /// Starts to ask the service of the cloud that `settings` or the firmware name.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(store: Arc<Store>, settings: CloudSettings) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let work = move || match settings.service() {
            Ok(service) => run(store, service, stopped),
            Err(reason) => store.put_cloud(Reading::Absent { reason }, CloudTally::default()),
        };
        thread::Builder::new()
            .name("cloud".to_owned())
            .spawn(work)?;
        Ok(Self { _stop: stop })
    }
}

fn run(store: Arc<Store>, service: Service, stopped: oneshot::Receiver<Infallible>) {
    tracing::info!("this node is in {}", service.provider());
    let runtime = match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let reason = format!("cannot start the runtime: {error}");
            tracing::warn!("the metadata service is not asked: {reason}");
            return store.put_cloud(Reading::Absent { reason }, service.tally());
        }
    };
    let follower = store.follow();
    let asking = Asking {
        store,
        service,
        follower,
        reading: Reading::Pending,
        newcomers: Newcomers::default(),
        failures: 0,
    };
    runtime.block_on(async {
        tokio::select! {
            () = asking.go_on() => {}
            _ = stopped => {}
        }
    });
}

/// The links' addresses that `choose` finds in what is known now.
fn links_of<T: Default>(
    follower: &Follower,
    choose: fn(&[Arc<crate::facts::LinkFacts>]) -> T,
) -> T {
    let facts = follower.borrow();
    facts
        .snapshot()
        .map(|snapshot| choose(snapshot.links()))
        .unwrap_or_default()
}

/// From 0 to 1, different each time.
fn chance() -> f64 {
    let random = RandomState::new().hash_one(()) >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}

struct Asking {
    store: Arc<Store>,
    service: Service,
    follower: Follower,
    reading: Reading<Cloud>,
    newcomers: Newcomers,
    /// Failures, or requests not held back as asked, in a row.
    failures: u32,
}

impl Asking {
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
            let present = links_of(&self.follower, links::present);
            let answer = self.service.fetch(&present, is_waiting).await;
            let result = answer.map(|nics| self.answered(nics));
            match result {
                Ok(()) if self.service.can_wait() => {
                    let pause = self.pause_of_wait(is_waiting, asked.elapsed());
                    is_waiting = true;
                    sleep(pause).await;
                }
                Ok(()) => {
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

    /// How long to leave a server in peace that holds requests back.
    fn pause_of_wait(&mut self, was_waiting: bool, took: Duration) -> Duration {
        if !was_waiting {
            return Duration::ZERO;
        }
        if took + LOOK >= gcp::HELD_FOR {
            self.failures = 0;
            return Duration::ZERO;
        }
        self.failures += 1;
        delay(self.failures, chance())
    }

    fn answered(&mut self, nics: Vec<crate::facts::CloudNic>) {
        let known: HashSet<_> = nics.iter().map(|nic| nic.mac).collect();
        self.newcomers
            .refreshed(&links_of(&self.follower, links::candidates), &known);
        if !matches!(self.reading, Reading::Current(_)) {
            tracing::info!(nics = nics.len(), "the metadata service answers");
        }
        self.reading = Reading::Current(Cloud {
            provider: self.service.provider(),
            nics,
            taken: Instant::now(),
        });
        self.publish();
    }

    /// Takes note of a failure; the time until the service is asked again.
    fn failed(&mut self, error: &FetchError) -> Option<Duration> {
        let reason = error.reason();
        if matches!(self.reading, Reading::Current(_) | Reading::Pending) {
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
        let known: HashSet<_> = nics.iter().map(|nic| nic.mac).collect();
        let chance = chance();
        loop {
            let here = links_of(&self.follower, links::candidates);
            let has_newcomers = self.newcomers.are_any(&here, &known);
            let due = last
                + if has_newcomers {
                    self.newcomers.delay(chance)
                } else {
                    REFRESH
                };
            tokio::select! {
                () = sleep_until(due.into()) => {
                    if !has_newcomers {
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

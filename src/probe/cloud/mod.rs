//! What the cloud says of the node's NICs, from its metadata service.
//!
//! A thread of its own asks, so that no answer, however late, large or false,
//! keeps anything waiting but the next question. On a machine in no cloud it ends
//! at once, and nothing is ever sent.

mod asking;
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
pub(super) use detect::{DMI, XEN_UUID};
pub(crate) use detect::{detect_by, telling};
pub use parse::ParseError;

use crate::facts::{Cloud, CloudTally, Provider, Reading};
use crate::store::Store;
use asking::Ask;
use service::Service;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, thread};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long [`read_once`] waits for the service.
const ONCE_WITHIN: Duration = Duration::from_secs(2);
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
    let present = links::of_store(&store.follow(), links::present);
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
    stop: oneshot::Sender<Infallible>,
    thread: JoinHandle<()>,
}

impl CloudProbe {
    /// Starts to ask the service of the cloud that `settings` or the firmware name.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(store: Arc<Store>, settings: CloudSettings) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let work = move || match settings.service() {
            Ok(service) => asking::run(store, service, stopped),
            Err(reason) => store.put_cloud(Reading::Absent { reason }, CloudTally::default()),
        };
        let thread = thread::Builder::new()
            .name("cloud".to_owned())
            .spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Ends, and starts anew as `settings` say. Waits for the thread, which needs a
    /// moment at most: must not be called where nothing may wait.
    ///
    /// # Errors
    /// If no thread can be had. Then nobody is asked.
    pub fn restart(self, store: Arc<Store>, settings: CloudSettings) -> io::Result<Self> {
        let Self { stop, thread } = self;
        drop(stop);
        // One that panicked has ended, too.
        let _ = thread.join();
        // The old word is of another service, or of a network by another name.
        store.put_cloud(Reading::Pending, CloudTally::default());
        Self::start(store, settings)
    }
}

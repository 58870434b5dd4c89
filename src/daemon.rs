//! `netstatusd serve`: wires sources, store, view and listeners together, and
//! takes them apart again when told to stop.
//!
//! Beside the main thread, which serves HTTP, `kernel` watches and judges,
//! `driver` reads speeds and slow counters, each probe looks at its files, and `cloud` asks the
//! metadata service, if there is one.

mod reload;
mod stale;
mod state_log;

use crate::config::{self, ConfigError, Server};
use crate::descriptors::Share;
use crate::facts::KernelFacts;
use crate::http::listen::{self, ListenError, Listener, SocketAccess};
use crate::http::serve::{Deadlines, serve};
use crate::http::{Service, Views, router};
use crate::kernel::counters::Counters;
use crate::kernel::{self, Driver, WatchError};
use crate::probe::Probes;
use crate::probe::cloud::CloudProbe;
use crate::setup::{Setup, cloud_settings};
use crate::store::{Follower, Store};
use crate::systemd::{self, Inherited};
use crate::view::{Ids, Node, NodeView};
use state_log::StateLog;
use std::convert::Infallible;
use std::env;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::time::sleep_until;

/// Why the daemon could not start, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// No runtime, thread or signal handler.
    #[error("cannot start {what}")]
    Start {
        /// What could not be started.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address cannot be listened on.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The kernel cannot be watched.
    #[error(transparent)]
    Watch(#[from] WatchError),
    /// The kernel thread ended, which only a defect can cause.
    #[error("the kernel thread ended; please report its last words above")]
    KernelThread,
}

impl DaemonError {
    /// Whether the command line asked for something that can never be.
    #[must_use]
    pub fn is_bad_usage(&self) -> bool {
        match self {
            Self::Config(_) => true,
            Self::Listen(error) => error.is_bad_usage(),
            Self::Start { .. } | Self::Watch(_) | Self::KernelThread => false,
        }
    }
}

/// Serves until SIGTERM or SIGINT; SIGHUP reads the configuration again.
///
/// # Errors
/// If it cannot start, or can no longer watch the kernel.
pub fn run(setup: Setup, inherited: Inherited) -> Result<(), DaemonError> {
    let config = setup.load()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        // Before anybody can know that we are here.
        let told_to_stop = told_to_stop()?;
        let hangup = signal(SignalKind::hangup()).map_err(starting("signal handling"))?;
        let listeners = listeners(&config.server, inherited)?;
        let store = Arc::new(Store::default());
        let _probes = Probes::start(&store).map_err(starting("the probes"))?;
        let cloud = CloudProbe::start(Arc::clone(&store), cloud_settings(&config.cloud))
            .map_err(starting("the cloud's probe"))?;
        let (nodes, node) = watch::channel(Node::from(&config));
        let driver = Driver::start().map_err(starting("the driver thread"))?;
        let counters = Counters::default().with_queue(driver.counter_queue());
        let (views, kernel_ended) = start_kernel_thread(node, driver, Arc::clone(&store))?;
        let cloud = reload::CloudPart {
            store,
            probe: Some(cloud),
        };
        let reloading = reload::at_each(hangup, setup, config, nodes, cloud, views.clone());
        let serving = serve_until_stopped(listeners, views, counters, kernel_ended, told_to_stop);
        tokio::select! {
            result = serving => result,
            never = reloading => match never {},
        }
    })
}

/// Takes SIGTERM and SIGINT from now on; becomes ready at the first of them.
fn told_to_stop() -> Result<impl Future<Output = ()>, DaemonError> {
    let mut terminated = signal(SignalKind::terminate()).map_err(starting("signal handling"))?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(starting("signal handling"))?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

fn runtime() -> Result<Runtime, DaemonError> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(starting("the runtime"))
}

fn starting(what: &'static str) -> impl FnOnce(io::Error) -> DaemonError {
    move |source| DaemonError::Start { what, source }
}

/// Sockets of systemd's replace the defaults; addresses given add to them.
fn listeners(server: &Server, inherited: Inherited) -> Result<Vec<Listener>, ListenError> {
    let access = SocketAccess::new(server.socket_mode, server.socket_group.as_deref())?;
    let mut listeners = inherited.into_listeners()?;
    let addresses = &server.listen;
    let defaults = if addresses.is_empty() && listeners.is_empty() {
        config::default_addresses(env::var_os("RUNTIME_DIRECTORY").as_deref())
    } else {
        Vec::new()
    };
    for address in addresses.iter().chain(&defaults) {
        listeners.extend(listen::bind(address, access)?);
    }
    Ok(listeners)
}

type Ended = oneshot::Receiver<WatchError>;

/// Starts the thread that watches the kernel and judges what it sees.
fn start_kernel_thread(
    node: watch::Receiver<Node>,
    driver: Driver,
    store: Arc<Store>,
) -> Result<(Views, Ended), DaemonError> {
    let (publish, views) = watch::channel(None);
    let (ended, has_ended) = oneshot::channel();
    let runtime = runtime()?;
    let work = move || {
        let judging = judge(node, store.follow(), publish);
        let watching = kernel::watch(driver, |facts: KernelFacts| store.put_kernel(facts));
        let result: Result<Infallible, WatchError> = runtime.block_on(async {
            // What is published is judged before the watch may wait in the kernel.
            tokio::select! {
                biased;
                never = judging => match never {},
                result = watching => result,
            }
        });
        let Err(error) = result;
        // Without a receiver the daemon is ending anyway.
        let _ = ended.send(error);
    };
    std::thread::Builder::new()
        .name("kernel".to_owned())
        .spawn(work)
        .map_err(starting("the kernel thread"))?;
    Ok((views, has_ended))
}

/// Makes a view of every snapshot, of a new configuration, and when the choice of
/// interface 1 is due.
async fn judge(
    mut node: watch::Receiver<Node>,
    mut follower: Follower,
    publish: watch::Sender<Option<Arc<NodeView>>>,
) -> Infallible {
    let mut ids = Ids::default();
    let mut log = StateLog::default();
    let mut is_due = true;
    loop {
        let snapshot = if is_due {
            follower.borrow_and_update().snapshot().cloned()
        } else {
            None
        };
        if let Some(snapshot) = snapshot {
            let last = publish.borrow().clone();
            let links = snapshot.links().len();
            let node = node.borrow_and_update().clone();
            let view = NodeView::after(last.as_deref(), node, snapshot, &mut ids, Instant::now());
            let view = Arc::new(view);
            publish.send_replace(Some(Arc::clone(&view)));
            log.take(view);
            if last.is_none() {
                tracing::info!(links, "the network is known");
            }
        }
        for line in log.lines(Instant::now()) {
            tracing::info!("{line}");
        }
        is_due = tokio::select! {
            changed = follower.changed() => match changed {
                Ok(()) => true,
                Err(_) => return std::future::pending().await,
            },
            changed = node.changed() => match changed {
                Ok(()) => true,
                Err(_) => return std::future::pending().await,
            },
            () = at(ids.deadline()) => true,
            () = at(log.deadline()) => false,
        };
    }
}

/// Waits until then; for ever if there is no such time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}

async fn serve_until_stopped(
    listeners: Vec<Listener>,
    mut views: Views,
    counters: Counters,
    kernel_ended: Ended,
    told_to_stop: impl Future<Output = ()>,
) -> Result<(), DaemonError> {
    let (stop, stopped) = watch::channel(false);
    let share = Share::among(listeners.len());
    let counters = counters.keeping(share.counted_links);
    let service = Arc::new(Service::new(views.clone(), counters));
    let router = router(Arc::clone(&service));
    tokio::spawn(async move { service.let_go_of_vanished().await });
    tokio::spawn(stale::tell(views.clone()));
    let servers: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            tracing::info!("listening on {}", listener.address());
            let serving = serve(
                listener,
                router.clone(),
                Deadlines::default(),
                share.connections,
                stopped.clone(),
            );
            tokio::spawn(serving)
        })
        .collect();
    let announcing = async move {
        if views.wait_for(Option::is_some).await.is_ok() {
            systemd::notify_ready();
        }
        std::future::pending().await
    };
    let result = tokio::select! {
        never = announcing => never,
        () = told_to_stop => Ok(()),
        ended = kernel_ended => Err(match ended {
            Ok(error) => error.into(),
            Err(_) => DaemonError::KernelThread,
        }),
    };
    systemd::notify_stopping();
    tracing::info!("stopping");
    stop.send_replace(true);
    for server in servers {
        // A server that panicked has nothing left to drain.
        let _ = server.await;
    }
    result
}

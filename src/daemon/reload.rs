//! SIGHUP: the configuration is read again, and takes the place of the old one
//! whole or not at all.
//!
//! What waits for a new start is told in the log.

use crate::config::{Cloud, Config, ConfigError};
use crate::http::Views;
use crate::probe::cloud::CloudProbe;
use crate::setup::{Setup, cloud_settings};
use crate::store::Store;
use crate::systemd;
use crate::view::Node;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::Signal;
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// Who asks the cloud, and whom it tells.
pub(super) struct CloudPart {
    pub(super) store: Arc<Store>,
    /// `None` if its thread could not be had.
    pub(super) probe: Option<CloudProbe>,
}

impl CloudPart {
    async fn ask_as(self, settings: &Cloud) -> Self {
        let Self { store, probe } = self;
        let (own, settings) = (Arc::clone(&store), cloud_settings(settings));
        let restart = move || match probe {
            Some(probe) => probe.restart(own, settings),
            None => CloudProbe::start(own, settings),
        };
        let restarted = spawn_blocking(restart).await;
        let probe = restarted.unwrap_or_else(|error| Err(io::Error::other(error)));
        let probe = probe.inspect_err(|error| {
            tracing::error!(%error, "the metadata service cannot be asked as [cloud] says");
        });
        let probe = probe.ok();
        Self { store, probe }
    }
}

/// Reads the configuration again at each `hangup`, and gives it to `nodes`.
pub(super) async fn at_each(
    mut hangup: Signal,
    setup: Setup,
    mut now: Config,
    nodes: watch::Sender<Node>,
    mut cloud: CloudPart,
    mut views: Views,
) -> Infallible {
    while hangup.recv().await.is_some() {
        systemd::notify_reloading();
        let setup = setup.clone();
        // A file system that hangs must not hold up those who are served.
        match spawn_blocking(move || setup.load()).await {
            Ok(Ok(new)) => {
                tell_what_waits(&now, &new);
                let has_view = views.borrow_and_update().is_some();
                nodes.send_replace(Node::from(&new));
                if now.cloud != new.cloud {
                    cloud = cloud.ask_as(&new.cloud).await;
                }
                now = new;
                if has_view {
                    // It only fails when the daemon is ending.
                    let _ = views.changed().await;
                }
                tracing::info!("the configuration was read again");
            }
            Ok(Err(error)) => tell_what_is_wrong(&error),
            Err(error) => tracing::error!(%error, "the configuration could not be read again"),
        }
        systemd::notify_ready();
    }
    std::future::pending().await
}

/// A line for each mistake, as everywhere in the log.
fn tell_what_is_wrong(error: &ConfigError) {
    match error {
        ConfigError::Wrong { .. } => {
            for line in error.to_string().lines() {
                tracing::warn!("{line}");
            }
        }
        ConfigError::Read { path, source } => {
            tracing::warn!("cannot read the configuration {}: {source}", path.display());
        }
    }
    tracing::warn!("the configuration stays as it was");
}

fn tell_what_waits(now: &Config, new: &Config) {
    if now.server != new.server {
        tracing::warn!("[server] has changed: restart the daemon to listen as it says");
    }
}

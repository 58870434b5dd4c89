//! Which links' default routes are to be asked for, and asking for them.
//!
//! Hints of the routing tables, and every change of a link or an address, mean
//! only "ask again": an IPv4 default vanishes with its link without any route
//! event. Answers are folded before anything is published, so that a snapshot
//! never shows a link that is down with a gateway.

use super::channel::ChannelError;
use super::fold::Fold;
use super::gateway::{GatewayError, Gateways};
use super::hints::RouteHints;
use crate::facts::{DefaultRoute, IfIndex};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long to wait before a socket that failed is used again.
const PAUSE: Duration = Duration::from_secs(1);

/// The default routes of every link that can have some.
pub struct Routes {
    gateways: Gateways,
    hints: Option<RouteHints>,
    unasked: BTreeSet<IfIndex>,
    /// A socket failed: until then nothing is asked.
    resume: Option<Instant>,
}

impl Routes {
    /// Opens the sockets.
    ///
    /// # Errors
    /// If the kernel or the service's sandbox refuses.
    pub fn open() -> Result<Self, ChannelError> {
        Ok(Self {
            gateways: Gateways::open()?,
            hints: Some(RouteHints::open()?),
            unasked: BTreeSet::new(),
            resume: None,
        })
    }

    /// Waits for a hint that default routes may have changed. Cancelling loses
    /// nothing.
    pub async fn hint(&mut self) {
        let Some(hints) = &mut self.hints else {
            return std::future::pending().await;
        };
        if hints.next().await.is_err() {
            tracing::warn!("the socket that watches the routing tables was lost");
            self.hints = None;
            self.resume = Some(Instant::now() + PAUSE);
        }
    }

    /// When to ask again after a failure.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.resume
    }

    /// Something happened to these links.
    pub fn changed(&mut self, links: BTreeSet<IfIndex>) {
        self.unasked.extend(links);
    }

    /// Something happened that may concern every link.
    pub fn all_changed(&mut self, fold: &Fold) {
        self.unasked
            .extend(fold.links().map(|facts| facts.link.index));
    }

    /// Asks for what changed and folds the answers; whether any is new.
    pub async fn ask(&mut self, fold: &mut Fold) -> bool {
        if !self.is_ready(fold) || self.unasked.is_empty() {
            return false;
        }
        // A link or address that goes can take routes of another link along.
        let with_routes = fold
            .links()
            .filter(|facts| !facts.default_routes.is_empty())
            .map(|facts| facts.link.index);
        self.unasked.extend(with_routes);
        let mut is_new = false;
        while let Some(index) = self.unasked.pop_first() {
            match self.routes_of(index, fold).await {
                Ok(routes) => is_new |= fold.set_default_routes(index, &routes),
                Err(error) => {
                    self.failed(index, &error);
                    break;
                }
            }
        }
        is_new
    }

    async fn routes_of(
        &mut self,
        index: IfIndex,
        fold: &Fold,
    ) -> Result<Vec<DefaultRoute>, GatewayError> {
        match fold.routing_table(index) {
            Some(table) => self.gateways.default_routes(index, table).await,
            None => Ok(Vec::new()),
        }
    }

    /// Whether the sockets can be used; opens what was lost.
    fn is_ready(&mut self, fold: &Fold) -> bool {
        if self.resume.is_some_and(|resume| resume > Instant::now()) {
            return false;
        }
        self.resume = None;
        if self.hints.is_none() {
            match RouteHints::open() {
                Ok(hints) => self.hints = Some(hints),
                Err(_) => self.resume = Some(Instant::now() + PAUSE),
            }
            // What changed while nobody listened left no hint.
            self.all_changed(fold);
        }
        true
    }

    fn failed(&mut self, index: IfIndex, error: &GatewayError) {
        tracing::warn!(
            error = error as &dyn std::error::Error,
            "default routes are asked for again"
        );
        self.unasked.insert(index);
        self.resume = Some(Instant::now() + PAUSE);
        if let Ok(gateways) = Gateways::open() {
            self.gateways = gateways;
        }
    }
}

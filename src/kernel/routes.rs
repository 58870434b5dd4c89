//! Which links' default routes are to be asked for, and asking for them.
//!
//! Hints of the routing tables, and every change of a link or an address, mean
//! only "ask again": an IPv4 default vanishes with its link without any route
//! event. A lookup that finds the best of the routes known already confirms all
//! of them; else they are listed. Answers are folded before anything is published,
//! so that a snapshot never shows a link that is down with a gateway; only those that
//! need a next hop object, which may take long, follow, if there is other news.

use super::ask::{Answers, AskError, Asking};
use super::channel::ChannelError;
use super::fold::Fold;
use super::gateway::{Found, GatewayError, Gateways, Listing, Lookup};
use super::hints::{Hint, RouteHints};
use super::outage::Outage;
use super::request::Family;
use crate::facts::{DefaultRoute, HopState, IfIndex, TABLE_MAIN, WatchTally};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How long to wait before what failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);
/// Of more links than this the tables are listed rather than looked up one by one.
const MANY: usize = 16;

/// Why the routing tables cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum RoutesError {
    /// No socket for hints.
    #[error("cannot watch the routing tables")]
    Hints(#[from] ChannelError),
    /// No socket to ask on.
    #[error("cannot ask for routes")]
    Ask(#[from] AskError),
}

/// The default routes of every link that can have some.
pub struct Routes<A = Asking> {
    gateways: Gateways<A>,
    hints: Option<RouteHints>,
    unasked: BTreeSet<IfIndex>,
    /// Links all of whose default routes were listed, with no hint since.
    listed: BTreeSet<(Family, IfIndex)>,
    /// When a route of the link goes if nobody renews it.
    expiries: BTreeMap<IfIndex, Instant>,
    /// Hints that were lost, or could not be read.
    tally: WatchTally,
    /// Something failed: until then nothing is asked.
    resume: Option<Instant>,
    outage: Outage,
    /// Since when a question is put off that may wait for RTNL.
    put_off: Option<Instant>,
}

/// A link with the table that holds its routes.
type Asked = (IfIndex, u32);

impl Routes {
    /// Opens the sockets.
    ///
    /// # Errors
    /// If the kernel or the service's sandbox refuses.
    pub fn open() -> Result<Self, RoutesError> {
        Ok(Self::of(Gateways::open()?, RouteHints::open()?))
    }
}

impl<A: Answers> Routes<A> {
    fn of(gateways: Gateways<A>, hints: RouteHints) -> Self {
        Self {
            gateways,
            hints: Some(hints),
            unasked: BTreeSet::new(),
            listed: BTreeSet::new(),
            expiries: BTreeMap::new(),
            tally: WatchTally::default(),
            resume: None,
            outage: Outage::default(),
            put_off: None,
        }
    }

    /// Waits for a hint that default routes may have changed. Cancelling loses
    /// nothing.
    pub async fn hint(&mut self) -> Option<Hint> {
        let Some(hints) = &mut self.hints else {
            return std::future::pending().await;
        };
        hints.next().await.ok()
    }

    /// Takes a hint; `None`: the socket for them was lost. Whether that, or something
    /// that was lost or unreadable, is news.
    pub fn take(&mut self, hint: Option<Hint>, fold: &Fold, now: Instant) -> bool {
        let Some(hint) = hint else {
            self.hints = None;
            self.failed("the socket that watches the routing tables was lost", now);
            return true;
        };
        if hint.is_for_all {
            self.all_changed(fold);
        } else {
            self.listed.retain(|(_, link)| !hint.links.contains(link));
            self.unasked.extend(hint.links);
            self.ask_those_with_routes(fold);
        }
        self.tally += hint.tally;
        hint.tally != WatchTally::default()
    }

    /// When to look at this again though nothing happens.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let expiry = self.expiries.values().min().copied();
        self.resume.or(expiry)
    }

    /// Since when default routes cannot be asked for.
    #[must_use]
    pub fn failing_since(&self) -> Option<Instant> {
        self.outage.since().or(self.put_off)
    }

    /// What was lost, could not be read, or changed while it was listed, so far.
    #[must_use]
    pub fn tally(&self) -> WatchTally {
        let mut tally = self.tally;
        tally += self.gateways.tally();
        tally
    }

    /// Whether anything is to be asked.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        match self.resume {
            Some(resume) => resume <= now,
            None => !self.unasked.is_empty() || self.expiries.values().any(|due| *due <= now),
        }
    }

    /// Something happened to these links. One that went, or whose address did,
    /// can take routes of others along; one that is down has none, unasked.
    pub fn changed(&mut self, links: BTreeSet<IfIndex>, fold: &mut Fold) {
        if links.is_empty() {
            return;
        }
        for index in links.iter().copied() {
            if fold.routing_table(index).is_none() {
                fold.set_default_routes(index, &[]);
            }
        }
        self.unasked.extend(links);
        self.ask_those_with_routes(fold);
    }

    fn ask_those_with_routes(&mut self, fold: &Fold) {
        let with_routes = fold
            .links()
            .filter(|facts| !facts.default_routes.is_empty())
            .map(|facts| facts.link.index);
        self.unasked.extend(with_routes);
    }

    /// Something happened that may concern every link.
    pub fn all_changed(&mut self, fold: &Fold) {
        self.listed.clear();
        self.unasked
            .extend(fold.links().map(|facts| facts.link.index));
    }

    /// Asks for what changed and folds the answers; whether any is new, or
    /// whether they can be had has changed. What takes RTNL is put off unless it
    /// `may_wait`.
    pub fn ask(&mut self, fold: &mut Fold, now: Instant, may_wait: bool) -> bool {
        self.gateways.set_may_wait(may_wait);
        let was_failing = self.failing_since();
        self.is_due(now) && (self.ask_due(fold, now) || was_failing != self.failing_since())
    }

    fn ask_due(&mut self, fold: &mut Fold, now: Instant) -> bool {
        if !self.is_ready(fold, now) {
            return false;
        }
        let expired = self.expiries.iter().filter(|(_, due)| **due <= now);
        self.unasked.extend(expired.map(|(link, _)| *link));
        let unasked = std::mem::take(&mut self.unasked);
        let answered = self.ask_all(&unasked, fold, now);
        self.put_off = None;
        match answered {
            Ok(is_new) => {
                if self.outage.ended() {
                    tracing::info!("default routes are known again");
                }
                is_new
            }
            Err(GatewayError::WouldWait) => {
                self.unasked.extend(unasked);
                self.put_off = Some(now);
                false
            }
            Err(error) => {
                // What is known stands until it can be asked for again.
                self.unasked.extend(unasked);
                self.failed(&chain(&error), now);
                false
            }
        }
    }

    fn ask_all(
        &mut self,
        links: &BTreeSet<IfIndex>,
        fold: &mut Fold,
        now: Instant,
    ) -> Result<bool, GatewayError> {
        let mut asked = Vec::new();
        for index in links.iter().copied() {
            match fold.routing_table(index) {
                Some(table) => asked.push((index, table)),
                None => self.forget(index),
            }
        }
        let mut answers: BTreeMap<IfIndex, Found> = BTreeMap::new();
        for family in Family::ALL {
            for (link, found) in self.ask_family(family, &asked, fold)? {
                let answer = answers.entry(link).or_default();
                answer.routes.extend(found.routes);
                answer.expires_in = answer.expires_in.into_iter().chain(found.expires_in).min();
            }
        }
        let mut is_new = false;
        for index in links {
            let found = answers.remove(index).unwrap_or_default();
            is_new |= fold.set_default_routes(*index, &found.routes);
            match found.expires_in {
                // The kernel counts in 1/100 s, and rounds down.
                Some(expires_in) => self.expiries.insert(*index, now + expires_in + PAUSE),
                None => self.expiries.remove(index),
            };
        }
        Ok(is_new)
    }

    /// Default routes of one family of those of the links that have some.
    fn ask_family(
        &mut self,
        family: Family,
        links: &[Asked],
        fold: &Fold,
    ) -> Result<Listing, GatewayError> {
        let mut answers = Listing::new();
        // By table the links to list, with the routes that must then be there.
        let mut to_list: BTreeMap<u32, Vec<(IfIndex, Found)>> = BTreeMap::new();
        let are_many = links.len() > MANY;
        // An IPv6 table is read whole to find out that it has no default.
        let has_none = are_many && family == Family::V6 && self.gateways.has_none(family)?;
        for (link, table) in links.iter().copied() {
            let lookup = if has_none && table == TABLE_MAIN {
                Lookup::Nothing
            } else if are_many {
                Lookup::Unclear
            } else {
                self.gateways.look_up(family, table, link)?
            };
            match self.confirmed(family, link, lookup, fold) {
                Ok(known) => drop(answers.insert(link, known)),
                Err(best) => to_list.entry(table).or_default().push((link, best)),
            }
        }
        for (table, links) in to_list {
            answers.extend(self.list(family, table, &links)?);
        }
        Ok(answers)
    }

    /// All that is known of the link, if `lookup` agrees with it; else what a list
    /// must show. That IPv4 finds nothing may be for a route to nowhere that comes
    /// first, so it is believed only of a link that was listed without a route.
    fn confirmed(
        &self,
        family: Family,
        link: IfIndex,
        lookup: Lookup,
        fold: &Fold,
    ) -> Result<Found, Found> {
        let is_of_family = |route: &&DefaultRoute| route.is_ipv6 == (family == Family::V6);
        let known = fold
            .link(link)
            .map_or(&[][..], |facts| &facts.default_routes);
        let known: Vec<&DefaultRoute> = known.iter().filter(is_of_family).collect();
        let is_listed = self.listed.contains(&(family, link));
        match lookup {
            Lookup::Nothing if family == Family::V6 || (is_listed && known.is_empty()) => {
                Ok(Found::default())
            }
            Lookup::Best(best) if is_listed && is_best(&best.routes, &known) => Ok(Found {
                routes: known.into_iter().cloned().collect(),
                ..best
            }),
            Lookup::Best(best) => Err(best),
            Lookup::Nothing | Lookup::Unclear => Err(Found::default()),
        }
    }

    fn list(
        &mut self,
        family: Family,
        table: u32,
        links: &[(IfIndex, Found)],
    ) -> Result<Listing, GatewayError> {
        let only = match (family, links) {
            (Family::V6, [(link, _)]) => Some(*link),
            _ => None,
        };
        let mut listing = self.gateways.list(family, table, only)?;
        let is_there = |(link, best): &(IfIndex, Found)| {
            let listed = listing.get(link).map_or(&[][..], |found| &found.routes);
            best.routes.iter().all(|route| listed.contains(route))
        };
        if !links.iter().all(is_there) {
            listing = self.gateways.list_whole(family, table)?;
        }
        listing.retain(|link, _| links.iter().any(|(wanted, _)| wanted == link));
        self.listed
            .extend(links.iter().map(|(link, _)| (family, *link)));
        Ok(listing)
    }

    /// What was listed of the link `index` is of no use any more.
    fn forget(&mut self, index: IfIndex) {
        for family in Family::ALL {
            self.listed.remove(&(family, index));
        }
    }

    /// Whether the sockets can be used; opens what was lost.
    fn is_ready(&mut self, fold: &Fold, now: Instant) -> bool {
        self.resume = None;
        if self.hints.is_none() {
            match RouteHints::open() {
                Ok(hints) => self.hints = Some(hints),
                Err(error) => {
                    self.failed(&chain(&error), now);
                    return false;
                }
            }
            // What changed while nobody listened left no hint.
            self.all_changed(fold);
        }
        true
    }

    /// Puts off what is to be asked until a pause is over.
    fn failed(&mut self, error: &str, now: Instant) {
        if let Some(failures) = self.outage.failed(now) {
            tracing::warn!(
                failures,
                error,
                "default routes cannot be asked for; it is tried again"
            );
        }
        self.resume = Some(now + PAUSE);
    }
}

/// Whether `best` are the routes of lowest metric among the `known` ones.
fn is_best(best: &[DefaultRoute], known: &[&DefaultRoute]) -> bool {
    let usable = || {
        let known = known.iter().copied();
        known.filter(|route| route.state != HopState::Dead)
    };
    let metric = usable().map(|route| route.metric).min();
    let lowest: Vec<&DefaultRoute> = usable()
        .filter(|route| Some(route.metric) == metric)
        .collect();
    lowest.len() == best.len() && lowest.into_iter().all(|route| best.contains(route))
}

/// An error with its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    words.join(": ")
}

#[cfg(test)]
mod tests;

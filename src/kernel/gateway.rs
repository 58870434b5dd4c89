//! Default routes, looked up or listed.
//!
//! A lookup through one link takes microseconds whatever the size of the tables,
//! but tells the best route only, and some things hide that: then the table is
//! listed. An IPv4 table is listed from its beginning only, where the default
//! routes are. Neither takes RTNL; that next hop objects do is the caller's choice.

use super::ask::{Answered, Answers, AskError, Asking};
use super::decode::{Decoded, DefaultHops, NextHop, NextHopId, decode, may_precede_default};
use super::request::{Family, Request};
use crate::facts::{DefaultRoute, IfIndex, WatchTally};
use netlink_packet_core::NetlinkBuffer;
use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

/// How often a list is taken anew when the table changed meanwhile.
const ATTEMPTS: u32 = 5;
/// Bytes of a list that are taken at once: more than the default routes need.
const BUFFER: usize = 16 << 10;
/// `RTPROT_RA`: which of several routers the kernel names depends on which of
/// them answer, and no event tells of a change.
const ROUTER_ADVERTISEMENT: u8 = 9;

/// Why default routes are not known.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The socket failed.
    #[error("cannot ask for default routes")]
    Ask(#[from] AskError),
    /// The kernel refused.
    #[error("the kernel refused to tell its {what}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// The kernel's error.
        source: io::Error,
    },
    /// The kernel's word could not be read.
    #[error("one of the kernel's {what} cannot be read")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
    },
    /// A next hop object must be asked for, which may wait for RTNL.
    #[error("next hop objects are not asked for now")]
    WouldWait,
    /// The table changed under every attempt.
    #[error("routing table {0} changes faster than it can be listed")]
    Unsettled(u32),
}

/// What a lookup says of one link.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup {
    /// There is no default route, or something that leads nowhere comes first.
    Nothing,
    /// The best default route: its next hops through the link.
    Best(Found),
    /// Another route hides what is asked for, or more must be known.
    Unclear,
}

/// Default routes through one link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Their next hops.
    pub routes: Vec<DefaultRoute>,
    /// When the first of them goes if nobody renews it.
    pub expires_in: Option<Duration>,
}

impl Found {
    fn add(&mut self, route: DefaultRoute, expires_in: Option<Duration>) {
        self.routes.push(route);
        self.expires_in = self.expires_in.into_iter().chain(expires_in).min();
    }
}

/// Default routes of one table, by link.
pub type Listing = BTreeMap<IfIndex, Found>;

/// Asks for default routes.
#[derive(Debug)]
pub struct Gateways<A = Asking> {
    asking: A,
    may_wait: bool,
    tally: WatchTally,
}

impl Gateways {
    /// Opens a socket.
    ///
    /// # Errors
    /// As [`Asking::open`].
    pub fn open() -> Result<Self, AskError> {
        Ok(Self::of(Asking::open(BUFFER)?))
    }
}

impl<A: Answers> Gateways<A> {
    /// Asks on `asking`.
    #[must_use]
    pub fn of(asking: A) -> Self {
        Self {
            asking,
            may_wait: true,
            tally: WatchTally::default(),
        }
    }

    /// Sets whether what takes RTNL is asked for from now on.
    pub fn set_may_wait(&mut self, may_wait: bool) {
        self.may_wait = may_wait;
    }

    /// Lists that changed while they were taken, and what could not be read, so far.
    #[must_use]
    pub fn tally(&self) -> WatchTally {
        self.tally
    }

    /// Looks up the default route of `family` through `link`, whose routes are in
    /// `table`.
    ///
    /// # Errors
    /// If the socket fails, the reply cannot be read, or next hop objects are needed.
    pub fn look_up(
        &mut self,
        family: Family,
        table: u32,
        link: IfIndex,
    ) -> Result<Lookup, GatewayError> {
        let mut reply = None;
        let request = Request::probe(family, Some(link));
        let answered = self.asking.ask(&request, &mut |message| {
            reply = Some(read(&message, &mut self.tally, "routes"));
            Continue(())
        })?;
        let Some(decoded) = reply.transpose()? else {
            return Ok(if leads_nowhere(answered.errno) {
                Lookup::Nothing
            } else {
                Lookup::Unclear
            });
        };
        let Decoded::DefaultRoute(mut route) = decoded else {
            return Ok(Lookup::Unclear);
        };
        route.resolve(|id| self.next_hop(id))?;
        Ok(judge(route, family, table, link))
    }

    /// Whether the kernel knows no route of `family` to nowhere in particular, be it
    /// through whichever link.
    ///
    /// # Errors
    /// If the socket fails.
    pub fn has_none(&mut self, family: Family) -> Result<bool, GatewayError> {
        let request = Request::probe(family, None);
        let answered = self.asking.ask(&request, &mut |_| Continue(()))?;
        // A route that leads nowhere by itself has other errors.
        Ok(answered.errno == libc::ENETUNREACH)
    }

    /// Lists the default routes of `family` in `table`, through `link` or all.
    ///
    /// # Errors
    /// If the socket fails, the kernel refuses, a default route cannot be read, or
    /// the table does not hold still.
    pub fn list(
        &mut self,
        family: Family,
        table: u32,
        link: Option<IfIndex>,
    ) -> Result<Listing, GatewayError> {
        let request = Request::routes(family, Some(table), link);
        // An IPv4 table is ordered by destination; an IPv6 one ends with it.
        let mut stop = |payload: &[u8]| match family {
            Family::V4 if !may_precede_default(payload) => Break(()),
            _ => Continue(()),
        };
        self.list_until(&request, family, table, &mut stop)
    }

    /// As [`list`](Self::list), every route of the table read.
    ///
    /// # Errors
    /// Likewise.
    pub fn list_whole(&mut self, family: Family, table: u32) -> Result<Listing, GatewayError> {
        let request = Request::routes(family, Some(table), None);
        self.list_until(&request, family, table, &mut |_| Continue(()))
    }

    fn list_until(
        &mut self,
        request: &Request,
        family: Family,
        table: u32,
        stop: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<Listing, GatewayError> {
        for _ in 0..ATTEMPTS {
            let mut routes = Vec::new();
            let mut unreadable = None;
            let answered = self.asking.ask(request, &mut |message| {
                match read(&message, &mut self.tally, "routes") {
                    Ok(Decoded::DefaultRoute(route)) => routes.push(route),
                    Ok(_) => {}
                    Err(error) => unreadable = Some(error),
                }
                stop(message.payload())
            })?;
            check(answered, "routes")?;
            if let Some(error) = unreadable {
                return Err(error);
            }
            if !answered.is_interrupted {
                return self.by_link(routes, family, table);
            }
            self.tally.interrupted_dumps += 1;
        }
        Err(GatewayError::Unsettled(table))
    }

    fn by_link(
        &mut self,
        routes: Vec<DefaultHops>,
        family: Family,
        table: u32,
    ) -> Result<Listing, GatewayError> {
        let mut listing = Listing::new();
        for mut route in routes {
            route.resolve(|id| self.next_hop(id))?;
            for (link, hop) in route.hops {
                // A kernel without strict checking lists other tables too, and one
                // without IPv6 IPv4's routes in place of its own.
                if is_of(&hop, family, table) {
                    listing.entry(link).or_default().add(hop, route.expires_in);
                }
            }
        }
        Ok(listing)
    }

    fn next_hop(&mut self, id: NextHopId) -> Result<Option<NextHop>, GatewayError> {
        if !self.may_wait {
            return Err(GatewayError::WouldWait);
        }
        let what = "next hop objects";
        let mut reply = None;
        let answered = self.asking.ask(&Request::next_hop(id), &mut |message| {
            reply = Some(read(&message, &mut self.tally, what));
            Continue(())
        })?;
        check(answered, what)?;
        Ok(match reply.transpose()? {
            Some(Decoded::NextHop(_, next_hop)) => Some(next_hop),
            _ => None,
        })
    }
}

/// What `message`, one of the kernel's `what`, says; what cannot be read is counted.
fn read(
    message: &NetlinkBuffer<&[u8]>,
    tally: &mut WatchTally,
    what: &'static str,
) -> Result<Decoded, GatewayError> {
    let outcome = decode(message.message_type(), message.payload());
    outcome.count(tally);
    // Without one of its attributes it is another route.
    if outcome.is_damaged() {
        Err(GatewayError::Unreadable { what })
    } else {
        Ok(outcome.decoded)
    }
}

/// What the kernel's best route means for `link`.
fn judge(route: DefaultHops, family: Family, table: u32, link: IfIndex) -> Lookup {
    let is_sure = |hop: &DefaultRoute| {
        is_of(hop, family, table) && !(hop.is_ipv6 && hop.protocol == ROUTER_ADVERTISEMENT)
    };
    let mut found = Found::default();
    for (_, hop) in route.hops.into_iter().filter(|(via, _)| *via == link) {
        if !is_sure(&hop) {
            return Lookup::Unclear;
        }
        found.add(hop, route.expires_in);
    }
    if found.routes.is_empty() {
        Lookup::Unclear
    } else {
        Lookup::Best(found)
    }
}

fn is_of(hop: &DefaultRoute, family: Family, table: u32) -> bool {
    hop.table == table && hop.is_ipv6 == (family == Family::V6)
}

fn leads_nowhere(errno: i32) -> bool {
    [libc::EHOSTUNREACH, libc::ENETUNREACH].contains(&errno) || is_nothing_there(errno)
}

/// Errors that mean: no such table, link or object, or no such family at all.
fn is_nothing_there(errno: i32) -> bool {
    [
        libc::ENOENT,
        libc::ENODEV,
        libc::EAFNOSUPPORT,
        libc::EOPNOTSUPP,
    ]
    .contains(&errno)
}

fn check(answered: Answered, what: &'static str) -> Result<(), GatewayError> {
    if answered.errno == 0 || is_nothing_there(answered.errno) {
        return Ok(());
    }
    let source = io::Error::from_raw_os_error(answered.errno);
    Err(GatewayError::Refused { what, source })
}

#[cfg(test)]
mod tests;

//! Takes a [`Recording`]: asks the kernel what the watch asks it, and keeps the
//! replies as they come.
//!
//! It is done once, for a person who waits for it, so it may block.

use super::ask::{AskError, Asking};
use super::driver::Driver;
use super::fold::DumpObject;
use super::recording::Recording;
use super::request::{Family, Request};
use super::speeds::Speeds;
use super::watch::uptime;
use netlink_packet_core::NetlinkBuffer;
use std::io;
use std::ops::ControlFlow::Continue;
use std::time::Duration;
use tokio::time::timeout;

/// How often a dump is taken anew when its list changed meanwhile.
const ATTEMPTS: u32 = 5;
/// Bytes taken at once: room for a link with hundreds of names.
const BUFFER: usize = 64 << 10;
/// How long the drivers may take to tell their speeds.
const SPEED_DEADLINE: Duration = Duration::from_secs(2);

/// Why the kernel cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No netlink socket.
    #[error(transparent)]
    Open(AskError),
    /// The kernel cannot be asked for a list.
    #[error("cannot ask for the {what} of this node")]
    Ask {
        /// What was to be listed.
        what: &'static str,
        /// Why not.
        source: AskError,
    },
    /// The kernel refused a list.
    #[error("cannot dump the {what} of this node")]
    Dump {
        /// What was to be listed.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// No thread to read speeds.
    #[error("cannot read the speeds of the links")]
    Speeds(#[source] io::Error),
}

impl Recording {
    /// Records the network namespace of this process. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// If the kernel cannot be asked.
    pub async fn take() -> Result<Self, RecordError> {
        let mut asking = Asking::open(BUFFER).map_err(RecordError::Open)?;
        let mut all = |what, object| list(&mut asking, what, &Request::all(object), |_| true);
        let links = all("links", DumpObject::Links)?;
        let addresses = all("addresses", DumpObject::Addresses)?;
        let mut default_routes = Vec::new();
        for (what, family) in [("IPv4 routes", Family::V4), ("IPv6 routes", Family::V6)] {
            let request = Request::routes(family, None, None);
            let keep = |payload: &[u8]| is_default_route(payload, family);
            default_routes.extend(list(&mut asking, what, &request, keep)?);
        }
        let next_hops = next_hops(&mut asking)?;
        let mut recording = Self {
            links,
            addresses,
            default_routes,
            next_hops,
            speeds: Vec::new(),
            taken: uptime(),
        };
        recording.take_speeds().await?;
        Ok(recording)
    }

    async fn take_speeds(&mut self) -> Result<(), RecordError> {
        let (mut fold, _) = self.fold();
        let mut speeds = Speeds::new(Driver::start().map_err(RecordError::Speeds)?);
        speeds.ask_all(&mut fold);
        // A driver that does not answer costs its speed only.
        let _ = timeout(SPEED_DEADLINE, speeds.collect(&mut fold)).await;
        self.speeds = fold
            .links()
            .filter_map(|facts| Some((facts.link.index, *facts.speed.value()?)))
            .collect();
        Ok(())
    }
}

/// Every next hop object; none before Linux 5.3, which has no such thing.
fn next_hops(asking: &mut Asking) -> Result<Vec<u8>, RecordError> {
    match list(asking, "next hop objects", &Request::next_hops(), |_| true) {
        Err(RecordError::Dump { source, .. })
            if source.raw_os_error() == Some(libc::EOPNOTSUPP) =>
        {
            Ok(Vec::new())
        }
        list => list,
    }
}

/// The messages of a whole dump that `keep` wants, going by their payload; after
/// some attempts, of one that changed meanwhile.
fn list(
    asking: &mut Asking,
    what: &'static str,
    request: &Request,
    keep: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, RecordError> {
    let mut attempt = 1;
    loop {
        let mut kept = Vec::new();
        let answered = asking.ask(request, |message| {
            if keep(message.payload()) {
                kept.extend(whole(message));
            }
            Continue(())
        });
        let answered = answered.map_err(|source| RecordError::Ask { what, source })?;
        if answered.errno != 0 {
            let source = io::Error::from_raw_os_error(answered.errno);
            return Err(RecordError::Dump { what, source });
        }
        if !answered.is_interrupted || attempt == ATTEMPTS {
            return Ok(kept);
        }
        attempt += 1;
    }
}

/// The bytes of `message`, filled up to where the next one may begin.
fn whole(message: NetlinkBuffer<&[u8]>) -> Vec<u8> {
    let length = usize::try_from(message.length()).unwrap_or_default();
    let bytes = message.into_inner().get(..length).unwrap_or_default();
    let mut bytes = bytes.to_vec();
    bytes.resize(length.next_multiple_of(4), 0);
    bytes
}

/// By family and prefix length of the destination, with which `struct rtmsg` begins.
/// A kernel without IPv6 lists IPv4's routes in place of its own.
fn is_default_route(payload: &[u8], family: Family) -> bool {
    payload.starts_with(&[family.number(), 0])
}

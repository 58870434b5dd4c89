//! Takes a [`Recording`]: asks the kernel what the watch asks it, and keeps the
//! replies as they come.
//!
//! It is done once, for a person who waits for it, so it may block.

use super::driver::Driver;
use super::fold::DumpObject;
use super::recording::{Recording, messages};
use super::request::{self, Request};
use super::speeds::Speeds;
use super::watch::uptime;
use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkBuffer, NetlinkMessage,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;
use tokio::time::timeout;

/// How often a dump is taken anew when its list changed meanwhile.
const ATTEMPTS: u32 = 5;
/// How long the kernel may keep a reply back: it waits for whoever holds RTNL.
const REPLY_DEADLINE: Duration = Duration::from_secs(10);
/// How long the drivers may take to tell their speeds.
const SPEED_DEADLINE: Duration = Duration::from_secs(2);
/// `rtm_dst_len` of `struct rtmsg`.
const RTM_DST_LEN: usize = 1;

/// Why the kernel cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// No netlink socket.
    #[error("cannot open a netlink socket")]
    Open(#[source] io::Error),
    /// A dump could not be had.
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
        let mut socket = open().map_err(RecordError::Open)?;
        let mut list = |what, request: RouteNetlinkMessage, keep: fn(&[u8]) -> bool| {
            dump(&mut socket, &sent(request), keep)
                .map_err(|source| RecordError::Dump { what, source })
        };
        let everything = |_: &[u8]| true;
        let links = list("links", request::all(DumpObject::Links), everything)?;
        let addresses = list("addresses", request::all(DumpObject::Addresses), everything)?;
        let mut default_routes = Vec::new();
        for (what, family) in [
            ("IPv4 routes", AddressFamily::Inet),
            ("IPv6 routes", AddressFamily::Inet6),
        ] {
            default_routes.extend(list(what, request::routes(family), is_default_route)?);
        }
        let next_hops = next_hops(&mut socket)?;
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

fn open() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    set_socket_timeout(socket.as_fd(), Timeout::Recv, Some(REPLY_DEADLINE))?;
    Ok(socket)
}

/// The bytes of a request for a dump, by its sequence number.
fn sent(request: RouteNetlinkMessage) -> impl Fn(u32) -> Vec<u8> {
    move |sequence| {
        let mut message = NetlinkMessage::from(request.clone());
        message.header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        message.header.sequence_number = sequence;
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        bytes
    }
}

/// Every next hop object; none before Linux 5.3, which has no such thing.
fn next_hops(socket: &mut Socket) -> Result<Vec<u8>, RecordError> {
    let request = |sequence| Request::next_hops().bytes(sequence);
    match dump(socket, &request, |_| true) {
        Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => Ok(Vec::new()),
        list => list.map_err(|source| RecordError::Dump {
            what: "next hop objects",
            source,
        }),
    }
}

/// The messages of a whole dump that `keep` wants, going by their payload; after
/// some attempts, of one that changed meanwhile.
fn dump(
    socket: &mut Socket,
    request: &dyn Fn(u32) -> Vec<u8>,
    keep: fn(&[u8]) -> bool,
) -> io::Result<Vec<u8>> {
    let mut attempt = 1;
    loop {
        let (bytes, is_whole) = dump_once(socket, request, keep, attempt)?;
        if is_whole || attempt == ATTEMPTS {
            return Ok(bytes);
        }
        attempt += 1;
    }
}

fn dump_once(
    socket: &mut Socket,
    request: &dyn Fn(u32) -> Vec<u8>,
    keep: fn(&[u8]) -> bool,
    sequence: u32,
) -> io::Result<(Vec<u8>, bool)> {
    socket.send(&request(sequence), 0)?;
    let (mut kept, mut is_whole) = (Vec::new(), true);
    loop {
        let (datagram, _) = socket.recv_from_full()?;
        if read(&datagram, keep, &mut kept, &mut is_whole)? {
            return Ok((kept, is_whole));
        }
    }
}

/// Reads one datagram of a dump; whether the dump ended with it.
fn read(
    datagram: &[u8],
    keep: fn(&[u8]) -> bool,
    kept: &mut Vec<u8>,
    is_whole: &mut bool,
) -> io::Result<bool> {
    for message in messages(datagram) {
        *is_whole &= message.flags() & NLM_F_DUMP_INTR == 0;
        match i32::from(message.message_type()) {
            libc::NLMSG_DONE | libc::NLMSG_ERROR => return check(&message).map(|()| true),
            _ if keep(message.payload()) => kept.extend(whole(message)),
            _ => {}
        }
    }
    Ok(false)
}

/// `NLMSG_DONE` and `NLMSG_ERROR` begin with a negative errno, or 0.
fn check(end: &NetlinkBuffer<&[u8]>) -> io::Result<()> {
    let code = end
        .payload()
        .first_chunk()
        .copied()
        .map_or(0, i32::from_ne_bytes);
    if code == 0 {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(-code))
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

fn is_default_route(payload: &[u8]) -> bool {
    payload.get(RTM_DST_LEN) == Some(&0)
}

#[cfg(test)]
mod tests;

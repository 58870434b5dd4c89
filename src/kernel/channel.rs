//! A netlink socket as one ordered stream of replies and events.
//!
//! Replies are told from events by our port and our sequence number together:
//! an event carries the numbers of whoever caused it. A loss (`ENOBUFS`) comes
//! in the stream as [`Content::Overrun`], ahead of older events that are queued,
//! and until those are read the kernel drops more without another word.

use super::decode::Outcome;
use super::message::Message;
use futures_util::{FutureExt, SinkExt, StreamExt};
use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_proto::sys::{AsyncSocket, SocketAddr, TokioSocket, protocols::NETLINK_ROUTE};
use netlink_proto::{NetlinkCodec, NetlinkFramed};
use rtnetlink::MulticastGroup;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use tokio::task::unconstrained;

/// Bytes of events the kernel may queue for us while we are busy.
const RECEIVE_BUFFER: usize = 8 << 20;

/// Why a netlink socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// `socket(2)` with `AF_NETLINK` failed.
    #[error("cannot open a netlink socket; is AF_NETLINK allowed by the service's sandbox?")]
    Open(#[source] io::Error),
    /// `bind(2)` or an option of the socket failed.
    #[error("cannot set up the netlink socket")]
    SetUp(#[source] io::Error),
    /// Joining a multicast group failed.
    #[error("cannot subscribe to the netlink group {group:?}")]
    Subscribe {
        /// The group.
        group: MulticastGroup,
        /// What the kernel said.
        source: io::Error,
    },
    /// `sendto(2)` failed.
    #[error("cannot send a netlink request")]
    Send(#[source] io::Error),
    /// The socket cannot be read any more.
    #[error("the netlink socket was lost")]
    Lost,
}

/// What a message is to us.
#[derive(Debug)]
pub struct Incoming {
    /// The sequence number of our request that this answers; `None`: an event.
    pub reply_to: Option<u32>,
    /// The list changed while it was dumped. `NLM_F_DUMP_INTR`.
    pub is_interrupted: bool,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Debug)]
pub enum Content {
    /// A message of the routing family, decoded.
    Message(Outcome),
    /// A dump or request ended, with a negative errno or 0. `NLMSG_DONE`, `NLMSG_ERROR`.
    End(i32),
    /// Events were lost. `ENOBUFS`.
    Overrun,
    /// Nothing to act on.
    Nothing,
}

/// Where replies and events come from.
pub trait Events {
    /// As [`Channel::next`].
    async fn next(&mut self) -> Result<Incoming, ChannelError>;
    /// As [`Channel::try_next`].
    fn try_next(&mut self) -> Result<Option<Incoming>, ChannelError>;
    /// As [`Channel::request_dump`].
    async fn request_dump(&mut self, request: RouteNetlinkMessage) -> Result<u32, ChannelError>;
}

impl Events for Channel {
    async fn next(&mut self) -> Result<Incoming, ChannelError> {
        Self::next(self).await
    }

    fn try_next(&mut self) -> Result<Option<Incoming>, ChannelError> {
        Self::try_next(self)
    }

    async fn request_dump(&mut self, request: RouteNetlinkMessage) -> Result<u32, ChannelError> {
        Self::request_dump(self, request).await
    }
}

/// A bound `NETLINK_ROUTE` socket.
pub struct Channel {
    framed: NetlinkFramed<Message, TokioSocket, NetlinkCodec>,
    port: u32,
    sequence: u32,
}

impl Channel {
    /// Opens a socket that is subscribed to `groups`, with the kernel's strict
    /// checking of dump requests.
    ///
    /// # Errors
    /// If the kernel or the service's sandbox refuses.
    pub fn open(groups: &[MulticastGroup]) -> Result<Self, ChannelError> {
        let mut socket = TokioSocket::new(NETLINK_ROUTE).map_err(ChannelError::Open)?;
        let inner = socket.socket_mut();
        enlarge_receive_buffer(inner.as_fd());
        // Without strict checking (before Linux 4.20) filters are ignored and
        // replies are sorted out by what they say.
        let _ = inner.set_netlink_get_strict_chk(true);
        let port = inner
            .bind_auto()
            .map_err(ChannelError::SetUp)?
            .port_number();
        for group in groups {
            inner
                .add_membership(*group as u32)
                .map_err(|source| ChannelError::Subscribe {
                    group: *group,
                    source,
                })?;
        }
        Ok(Self {
            framed: NetlinkFramed::new(socket),
            port,
            sequence: 0,
        })
    }

    /// The socket, to set options on.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.framed.get_ref().socket_ref().as_fd()
    }

    /// Asks for a dump and returns the sequence number of the replies.
    ///
    /// # Errors
    /// If the request cannot be sent.
    pub async fn request_dump(
        &mut self,
        request: RouteNetlinkMessage,
    ) -> Result<u32, ChannelError> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let mut message = NetlinkMessage::from(Message::Request(Box::new(request)));
        message.header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        message.header.sequence_number = self.sequence;
        message.finalize();
        self.framed
            .send((message, SocketAddr::new(0, 0)))
            .await
            .map_err(ChannelError::Send)?;
        Ok(self.sequence)
    }

    /// The next message. Cancelling loses nothing.
    ///
    /// # Errors
    /// [`ChannelError::Lost`] when the socket is of no more use.
    pub async fn next(&mut self) -> Result<Incoming, ChannelError> {
        let (message, sender) = self.framed.next().await.ok_or(ChannelError::Lost)?;
        Ok(incoming(message, &sender, self.port))
    }

    /// A message that is there already, without waiting; `None` if the socket is
    /// empty.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn try_next(&mut self) -> Result<Option<Incoming>, ChannelError> {
        // tokio would say "not ready" to a task that has had its share.
        unconstrained(self.next()).now_or_never().transpose()
    }
}

/// What `message` is to the socket at `port`.
fn incoming(message: NetlinkMessage<Message>, sender: &SocketAddr, port: u32) -> Incoming {
    let header = message.header;
    let is_ours = header.port_number == port && header.sequence_number != 0;
    let content = match message.payload {
        // Port 0 is the kernel; nobody else has anything to tell us.
        _ if sender.port_number() != 0 => Content::Nothing,
        NetlinkPayload::InnerMessage(Message::Received(outcome)) => Content::Message(outcome),
        NetlinkPayload::Done(done) => Content::End(done.code),
        NetlinkPayload::Error(error) => Content::End(error.raw_code()),
        NetlinkPayload::Overrun(_) => Content::Overrun,
        _ => Content::Nothing,
    };
    Incoming {
        reply_to: is_ours.then_some(header.sequence_number),
        is_interrupted: header.flags & NLM_F_DUMP_INTR != 0,
        content,
    }
}

/// Asks for a larger buffer; without `CAP_NET_ADMIN` as much of it as
/// `net.core.rmem_max` allows. A small one only means more resyncs.
fn enlarge_receive_buffer(socket: BorrowedFd<'_>) {
    use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_recv_buffer_size_force};
    if set_socket_recv_buffer_size_force(socket, RECEIVE_BUFFER).is_err() {
        let _ = set_socket_recv_buffer_size(socket, RECEIVE_BUFFER);
    }
}

#[cfg(test)]
mod tests;

//! The message type of our netlink streams: requests out, decoded facts in.
//!
//! Decoding never fails here, since the stream drops a message that does: what
//! cannot be read comes through as [`Decoded::Bad`](super::decode::Decoded).

use super::decode::{Outcome, decode};
use netlink_packet_core::{
    NetlinkDeserializable, NetlinkHeader, NetlinkPayload, NetlinkSerializable,
};
use netlink_packet_route::RouteNetlinkMessage;
use std::convert::Infallible;

/// A message of `NETLINK_ROUTE`.
#[derive(Debug)]
pub enum Message {
    /// A request of ours.
    Request(Box<RouteNetlinkMessage>),
    /// What the kernel sent.
    Received(Outcome),
}

impl NetlinkDeserializable for Message {
    type Error = Infallible;

    fn deserialize(header: &NetlinkHeader, payload: &[u8]) -> Result<Self, Infallible> {
        Ok(Self::Received(decode(header.message_type, payload)))
    }
}

impl NetlinkSerializable for Message {
    fn message_type(&self) -> u16 {
        match self {
            Self::Request(request) => request.message_type(),
            Self::Received(_) => 0,
        }
    }

    fn buffer_len(&self) -> usize {
        match self {
            Self::Request(request) => request.buffer_len(),
            Self::Received(_) => 0,
        }
    }

    fn serialize(&self, buffer: &mut [u8]) {
        if let Self::Request(request) = self {
            request.serialize(buffer);
        }
    }
}

impl From<Message> for NetlinkPayload<Message> {
    fn from(message: Message) -> Self {
        Self::InnerMessage(message)
    }
}

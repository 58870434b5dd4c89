//! Hints that default routes may have changed.
//!
//! They come from a subscribed socket with a filter in the kernel that lets only
//! default routes, next hop objects and rules through, so that a full routing
//! table coming and going costs nothing. Nothing is ever requested on it: the
//! filter would swallow parts of the reply.

use super::channel::{Channel, ChannelError, Content, Incoming};
use super::decode::Decoded;
use crate::facts::{IfIndex, WatchTally};
use rtnetlink::MulticastGroup;
use socket2::{SockFilter, SockRef};
use std::collections::BTreeSet;

/// Whose default routes may have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Links that are named.
    pub links: BTreeSet<IfIndex>,
    /// Any link's.
    pub is_for_all: bool,
    /// What was lost, or could not be read.
    pub tally: WatchTally,
}

impl Hint {
    /// Adds what `incoming` says. A route through named links concerns these, and
    /// those it replaces, which have routes now; all else may concern any link.
    fn add(&mut self, incoming: Incoming) {
        let outcome = match incoming.content {
            Content::Message(outcome) => outcome,
            Content::Overrun => {
                self.tally.overruns += 1;
                self.is_for_all = true;
                return;
            }
            Content::End(_) | Content::Nothing => return,
        };
        outcome.count(&mut self.tally);
        let is_damaged = outcome.is_damaged();
        match outcome.decoded {
            Decoded::DefaultRoute(route) | Decoded::DelDefaultRoute(route)
                if !is_damaged && route.object.is_none() && !route.hops.is_empty() =>
            {
                self.links.extend(route.hops.iter().map(|(link, _)| *link));
            }
            _ => self.is_for_all = true,
        }
    }
}

/// A socket that says when default routes may have changed.
pub struct RouteHints {
    channel: Channel,
}

impl RouteHints {
    /// Subscribes.
    ///
    /// # Errors
    /// As [`Channel::open`].
    pub fn open() -> Result<Self, ChannelError> {
        let channel = Channel::open(&[
            MulticastGroup::Ipv4Route,
            MulticastGroup::Ipv6Route,
            MulticastGroup::Ipv4Rule,
            MulticastGroup::Ipv6Rule,
            MulticastGroup::Nexthop,
        ])?;
        SockRef::from(&channel.as_fd())
            .attach_filter(&default_routes_only())
            .map_err(ChannelError::SetUp)?;
        Ok(Self { channel })
    }

    /// Waits for a hint and takes those that came with it. Cancelling loses
    /// nothing.
    ///
    /// # Errors
    /// [`ChannelError::Lost`] when the socket is of no more use.
    pub async fn next(&mut self) -> Result<Hint, ChannelError> {
        let mut hint = Hint::default();
        hint.add(self.channel.next().await?);
        while let Some(incoming) = self.channel.try_next()? {
            hint.add(incoming);
        }
        Ok(hint)
    }
}

/// Classic BPF over a netlink datagram: passes it if it is no route message, or
/// one with a destination of prefix length 0.
fn default_routes_only() -> [SockFilter; 7] {
    const NLMSG_TYPE: u32 = 4;
    // struct nlmsghdr is 16 bytes; rtm_dst_len follows rtm_family.
    const RTM_DST_LEN: u32 = 17;
    // BPF_LD | BPF_H | BPF_ABS, BPF_LD | BPF_B | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K,
    // BPF_RET | BPF_K of bpf_common.h.
    const LOAD_HALF: u16 = 0x28;
    const LOAD_BYTE: u16 = 0x30;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    // The filter loads in network order, the header is in the host's.
    let new_route = u32::from(libc::RTM_NEWROUTE.to_be());
    let del_route = u32::from(libc::RTM_DELROUTE.to_be());
    [
        SockFilter::new(LOAD_HALF, 0, 0, NLMSG_TYPE),
        SockFilter::new(JUMP_IF_EQUAL, 1, 0, new_route),
        SockFilter::new(JUMP_IF_EQUAL, 0, 2, del_route),
        SockFilter::new(LOAD_BYTE, 0, 0, RTM_DST_LEN),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
        SockFilter::new(RETURN, 0, 0, 0),
    ]
}

#[cfg(test)]
mod tests;

//! The least that a start can cost: the kernel's links and addresses, received
//! and thrown away.
//!
//! Beside it stands what netstatusd's own start costs.

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkMessage};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::AddressMessage;
use netlink_packet_route::link::LinkMessage;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::io;

/// The kernel hands out no more at a time.
const BUFFER: usize = 32 * 1024;
/// `NLMSG_DONE`, in bytes 4 and 5 of a message.
const DONE: u16 = 3;

fn main() -> io::Result<()> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    dump(
        &socket,
        RouteNetlinkMessage::GetLink(LinkMessage::default()),
    )?;
    dump(
        &socket,
        RouteNetlinkMessage::GetAddress(AddressMessage::default()),
    )
}

fn dump(socket: &Socket, what: RouteNetlinkMessage) -> io::Result<()> {
    let mut request = NetlinkMessage::from(what);
    request.header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.finalize();
    let mut bytes = vec![0; request.buffer_len()];
    request.serialize(&mut bytes);
    socket.send(&bytes, 0)?;
    let mut buffer = Vec::with_capacity(BUFFER);
    loop {
        buffer.clear();
        socket.recv(&mut buffer, 0)?;
        // The end of a dump comes alone, or last.
        let tail = buffer.len().saturating_sub(20);
        let ends = |at: usize| {
            let kind = buffer.get(at + 4..at + 6);
            kind.is_some_and(|kind| kind == DONE.to_ne_bytes())
        };
        if ends(tail) || ends(0) {
            return Ok(());
        }
    }
}

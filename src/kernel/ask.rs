//! Questions to the kernel on a socket of their own, one at a time.
//!
//! For routes above all, which take no RTNL: the answer is there when the question
//! has been sent, so asking costs two system calls and no more. Next hop objects and
//! counters do take it. Only for who may wait: the kernel thread, `show`, `capture`.

use super::recording::messages;
use super::request::Request;
use netlink_packet_core::{NLM_F_DUMP_INTR, NetlinkBuffer};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use std::io;
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::time::Duration;

/// The kernel answers within the system call; more means that something is
/// wrong with the socket.
const DEADLINE: Duration = Duration::from_secs(5);

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No socket.
    #[error("cannot open a netlink socket; is AF_NETLINK allowed by the service's sandbox?")]
    Open(#[source] io::Error),
    /// `send(2)` failed.
    #[error("cannot send a netlink request")]
    Send(#[source] io::Error),
    /// `recv(2)` failed, or nothing came within 5 s.
    #[error("the kernel did not answer a netlink request")]
    Receive(#[source] io::Error),
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// The kernel's errno; 0 if all went well.
    pub errno: i32,
    /// The list changed while it was dumped. `NLM_F_DUMP_INTR`.
    pub is_interrupted: bool,
}

/// A socket to ask on.
#[derive(Debug)]
pub struct Asking {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

/// Who can be asked.
pub trait Answers {
    /// As [`Asking::ask`].
    fn ask(
        &mut self,
        request: &Request,
        each: &mut dyn FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
    ) -> Result<Answered, AskError>;
}

impl Answers for Asking {
    fn ask(
        &mut self,
        request: &Request,
        each: &mut dyn FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
    ) -> Result<Answered, AskError> {
        Self::ask(self, request, each)
    }
}

impl Asking {
    /// Opens the socket; so many bytes are taken at once, and the kernel fits the
    /// datagrams of a dump to that.
    ///
    /// # Errors
    /// If the kernel or the service's sandbox refuses.
    pub fn open(buffer: usize) -> Result<Self, AskError> {
        Ok(Self {
            socket: socket().map_err(AskError::Open)?,
            sequence: 0,
            buffer: vec![0; buffer],
        })
    }

    /// Asks, and gives each message of the answer to `each`, until that breaks: what
    /// is left is thrown away then.
    ///
    /// # Errors
    /// If the socket fails. It is another one for the next question.
    pub fn ask(
        &mut self,
        request: &Request,
        mut each: impl FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
    ) -> Result<Answered, AskError> {
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let mut answered = Answered::default();
        let ended = self.try_ask(request, &mut answered, &mut each);
        if !matches!(ended, Ok(ControlFlow::Continue(()))) {
            // What is left of the answer must not meet the next question.
            self.socket = socket().map_err(AskError::Open)?;
        }
        ended.map(|_| answered)
    }

    /// Breaks if `each` does.
    fn try_ask(
        &mut self,
        request: &Request,
        answered: &mut Answered,
        each: &mut impl FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, AskError> {
        let bytes = request.bytes(self.sequence);
        send(&self.socket, &bytes, SendFlags::empty())
            .map_err(|errno| AskError::Send(errno.into()))?;
        loop {
            let (length, whole) = recv(&self.socket, &mut self.buffer[..], RecvFlags::TRUNC)
                .map_err(|errno| AskError::Receive(errno.into()))?;
            if whole > length {
                return Err(AskError::Receive(io::ErrorKind::InvalidData.into()));
            }
            let datagram = self.buffer.get(..length).unwrap_or_default();
            let own = messages(datagram).filter(|it| it.sequence_number() == self.sequence);
            if let Some(flow) = read(own, request.is_dump(), answered, each) {
                return Ok(flow);
            }
        }
    }
}

/// Reads the messages of one datagram of an answer; `None` if there is more to come.
fn read<'a>(
    messages: impl Iterator<Item = NetlinkBuffer<&'a [u8]>>,
    is_dump: bool,
    answered: &mut Answered,
    each: &mut impl FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
) -> Option<ControlFlow<()>> {
    for message in messages {
        answered.is_interrupted |= message.flags() & NLM_F_DUMP_INTR != 0;
        if let Some(errno) = end(&message) {
            answered.errno = errno;
            return Some(ControlFlow::Continue(()));
        }
        let flow = each(message);
        if flow.is_break() || !is_dump {
            return Some(flow);
        }
    }
    None
}

fn socket() -> io::Result<Socket> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    // Without strict checking (before Linux 4.20) filters are ignored and
    // replies are sorted out by what they say.
    let _ = socket.set_netlink_get_strict_chk(true);
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    set_socket_timeout(socket.as_fd(), Timeout::Recv, Some(DEADLINE))?;
    Ok(socket)
}

/// The errno of a message that ends an answer; `NLMSG_DONE` and `NLMSG_ERROR`
/// begin with it, negative, or with 0.
fn end(message: &NetlinkBuffer<&[u8]>) -> Option<i32> {
    let is_end = [libc::NLMSG_DONE, libc::NLMSG_ERROR].contains(&i32::from(message.message_type()));
    let code = message
        .payload()
        .first_chunk()
        .copied()
        .map_or(0, i32::from_ne_bytes);
    is_end.then(|| code.saturating_neg())
}

#[cfg(test)]
pub(super) mod script;
#[cfg(test)]
mod tests;

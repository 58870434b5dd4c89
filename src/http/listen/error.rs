//! Why an address cannot be listened on: what, where, and what to do about it.
//!
//! Each variant has the address that it is about.

use crate::config::ListenAddr;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// A host name has no address.
    #[error("the host of `{address}` is not known; write an IP address instead")]
    Resolve {
        /// As configured.
        address: ListenAddr,
        /// What the resolver said.
        source: io::Error,
    },
    /// TCP beyond loopback, which is not protected by anything.
    #[error("refusing to listen on {0}, beyond loopback; use 127.0.0.1, [::1] or a unix socket")]
    Exposed(SocketAddr),
    /// Somebody else listens there.
    #[error("{0} is in use; stop what listens there, or choose another address")]
    InUse(ListenAddr),
    /// A TCP address cannot be bound.
    #[error("cannot listen on {address}; choose an address of this node and a port you may use")]
    Tcp {
        /// The address.
        address: SocketAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// A unix socket's name does not fit into `sun_path` (unix(7)).
    #[error("`{0}` is too long for a unix socket; shorten it to 107 bytes after `unix:`")]
    TooLong(ListenAddr),
    /// The directory of a unix socket is not there.
    #[error("cannot make the socket {0}, its directory is missing; create that first")]
    NoDirectory(PathBuf),
    /// Something else has the name of a unix socket.
    #[error("{0} is in the way and is not a socket; remove it, or choose another path")]
    NotASocket(PathBuf),
    /// A unix socket cannot be made.
    #[error("cannot listen on {address}; choose a place where this user may make a socket")]
    Unix {
        /// The address.
        address: ListenAddr,
        /// What the kernel said.
        source: io::Error,
    },
    /// The group that shall have a unix socket is not known.
    #[error("there is no group `{0}`; write one of this host's in socket_group, by name or number")]
    NoGroup(String),
    /// systemd passed a socket that no client can connect to.
    #[error("cannot serve on socket {number} from systemd; it must be ListenStream=, Accept=no")]
    Inherited {
        /// Its place among those passed, from 1.
        number: usize,
        /// What is wrong with it.
        source: io::Error,
    },
}

impl ListenError {
    /// Whether the address itself is what is wrong, wherever and whenever.
    #[must_use]
    pub fn is_bad_usage(&self) -> bool {
        matches!(self, Self::Exposed(_) | Self::TooLong(_) | Self::NoGroup(_))
    }
}

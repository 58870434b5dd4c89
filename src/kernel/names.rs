//! The name that a link has at this moment, which may be younger than its facts.

use crate::facts::{IfIndex, IfName, Link};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, netdevice, socket_with};
use std::os::fd::OwnedFd;

/// Asks the kernel for names, without the lock of the routing side.
#[derive(Debug, Default)]
pub struct Names(Option<OwnedFd>);

/// What an index is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameNow {
    /// So.
    Named(IfName),
    /// There is no such link any more.
    Gone,
    /// The kernel cannot be asked, or the name is not UTF-8, which it is not asked
    /// for in.
    Unsaid,
}

impl Names {
    /// Asks the kernel; the default knows no names.
    #[must_use]
    pub fn of_kernel() -> Self {
        let any = (AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC);
        Self(socket_with(any.0, any.1, any.2, None).ok())
    }

    /// What the link `index` is called now. `SIOCGIFNAME`.
    #[must_use]
    pub fn now(&self, index: IfIndex) -> NameNow {
        let Some(socket) = &self.0 else {
            return NameNow::Unsaid;
        };
        match netdevice::index_to_name_inlined(socket, index.0) {
            Ok(name) => IfName::new(name.as_bytes()).map_or(NameNow::Unsaid, NameNow::Named),
            Err(Errno::NODEV) => NameNow::Gone,
            Err(_) => NameNow::Unsaid,
        }
    }

    /// What `link` is called now, by its facts if the kernel does not say; `None` if
    /// it is gone.
    #[must_use]
    pub fn of(&self, link: &Link) -> Option<IfName> {
        match self.now(link.index) {
            NameNow::Named(name) => Some(name),
            NameNow::Gone => None,
            NameNow::Unsaid => Some(link.name),
        }
    }
}

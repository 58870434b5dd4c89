//! Unix sockets: their files, names and left-overs.
//!
//! A file is never open to more than it shall be. One that nobody listens on any more is
//! replaced; a live one, and anything that is not a socket, is left alone. What
//! we made is removed when we stop listening, unless it is somebody else's by then.

use super::{ListenError, Listener};
use crate::config::ListenAddr;
use rustix::fs::Mode;
use rustix::process::umask;
use socket2::{Domain, SockAddr, Socket, Type};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::linux::net::SocketAddrExt;
use std::os::unix;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Room for a name in `sun_path`, beside the NUL that ends a path and begins
/// an abstract name (unix(7)).
const NAME_MAX: usize = 107;

/// Who may connect to the file of a unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketAccess {
    mode: u32,
    group: Option<u32>,
}

impl Default for SocketAccess {
    fn default() -> Self {
        Self {
            mode: 0o660,
            group: None,
        }
    }
}

impl SocketAccess {
    /// By `mode`, and by the `group` of that name or number, else the process's.
    ///
    /// # Errors
    /// If there is no such group.
    pub fn new(mode: u32, group: Option<&str>) -> Result<Self, ListenError> {
        let find = |name: &str| {
            let groups = sysinfo::Groups::new_with_refreshed_list().ok();
            let groups = groups.iter().flat_map(|groups| groups.iter());
            groups
                .filter(|group| group.name() == name)
                .map(|group| **group.id())
                .next()
                .or_else(|| name.parse().ok())
                .ok_or_else(|| ListenError::NoGroup(name.to_owned()))
        };
        let group = group.map(find).transpose()?;
        Ok(Self { mode, group })
    }

    /// The mode of the file when it is made: nobody's group may connect but the
    /// one that is wanted.
    fn first_mode(self) -> u32 {
        match self.group {
            Some(_) => self.mode & 0o700,
            None => self.mode,
        }
    }

    fn complete(self, path: &Path) -> io::Result<()> {
        if self.group.is_none() {
            return Ok(());
        }
        unix::fs::chown(path, None, self.group)?;
        fs::set_permissions(path, Permissions::from_mode(self.mode))
    }
}

/// The file of a socket that we made; dropping it removes the file.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
}

/// Listens on a name in the abstract namespace.
pub(super) fn bind_abstract(name: &OsStr) -> Result<Listener, ListenError> {
    let address = ListenAddr::UnixAbstract(name.to_owned());
    if name.len() > NAME_MAX {
        return Err(ListenError::TooLong(address));
    }
    SocketAddr::from_abstract_name(name.as_bytes())
        .and_then(|name| UnixListener::bind_addr(&name))
        .and_then(|socket| Listener::unix(socket, None))
        .map_err(|source| explain(address, source))
}

/// Listens on a path. For a moment it changes the file mode mask of the process.
pub(super) fn bind_path(path: &Path, access: SocketAccess) -> Result<Listener, ListenError> {
    let address = ListenAddr::UnixPath(path.to_owned());
    if path.as_os_str().len() > NAME_MAX {
        return Err(ListenError::TooLong(address));
    }
    let bound = match bind_private(path, access) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            remove_left_over(path)?;
            bind_private(path, access)
        }
        bound => bound,
    };
    bound
        .and_then(|socket| {
            let file = SocketFile::new(path)?;
            access.complete(path)?;
            Listener::unix(socket, Some(file))
        })
        .map_err(|source| match source.kind() {
            ErrorKind::NotFound => ListenError::NoDirectory(path.to_owned()),
            _ => explain(address, source),
        })
}

fn explain(address: ListenAddr, source: io::Error) -> ListenError {
    match source.kind() {
        ErrorKind::AddrInUse => ListenError::InUse(address),
        _ => ListenError::Unix { address, source },
    }
}

fn bind_private(path: &Path, access: SocketAccess) -> io::Result<UnixListener> {
    // There is one mask for all threads: two at a time would mix theirs up.
    static MASK: Mutex<()> = Mutex::new(());
    let _turn = MASK.lock().unwrap_or_else(PoisonError::into_inner);
    // A new socket has the mode 0777 without these bits.
    let before = umask(Mode::from_raw_mode(!access.first_mode() & 0o777));
    let bound = UnixListener::bind(path);
    umask(before);
    bound
}

/// Removes the socket at `path`, provided that nobody listens on it.
fn remove_left_over(path: &Path) -> Result<(), ListenError> {
    let address = || ListenAddr::UnixPath(path.to_owned());
    let failed = |source| ListenError::Unix {
        address: address(),
        source,
    };
    // A symbolic link is none: connecting would follow it, binding does not.
    let found = fs::symlink_metadata(path).map_err(failed)?;
    if !found.file_type().is_socket() {
        return Err(ListenError::NotASocket(path.to_owned()));
    }
    let refusal = match connect(path) {
        Ok(()) => return Err(ListenError::InUse(address())),
        Err(refusal) => refusal,
    };
    match refusal.kind() {
        ErrorKind::ConnectionRefused => fs::remove_file(path).map_err(failed),
        // Somebody listens, whose queue is full.
        ErrorKind::WouldBlock => Err(ListenError::InUse(address())),
        _ => Err(failed(refusal)),
    }
}

fn connect(path: &Path) -> io::Result<()> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // It would wait for a place in a full queue.
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::unix(path)?)
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = identity(&self.path).is_ok_and(|identity| identity == self.identity);
        if is_ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the socket stays behind");
        }
    }
}

/// Device and inode: which file it is, whatever its name.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

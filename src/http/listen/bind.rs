//! From an address, or a socket that systemd made, to a [`Listener`].
//!
//! TCP is bound on loopback only: beyond, the documents would be open to everyone.

use super::ListenError;
use super::unix::{SocketAccess, SocketFile, bind_abstract, bind_path};
use crate::config::ListenAddr;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::net::{self, SocketAddr, ToSocketAddrs};
use std::os::linux::net::SocketAddrExt;
use std::os::unix;
use std::os::unix::ffi::OsStringExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// A bound socket that clients can connect to. A unix socket's file goes with
/// it, if we made it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    address: ListenAddr,
    _file: Option<SocketFile>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The bytes of one client.
pub(in crate::http) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Listens on `address`: on all it resolves to, if it has a host name; `access` is
/// to the file of a unix socket. Must be called within a tokio runtime.
///
/// # Errors
/// If any of it cannot be listened on; then none is.
pub fn bind(address: &ListenAddr, access: SocketAccess) -> Result<Vec<Listener>, ListenError> {
    match address {
        ListenAddr::Tcp { host, port } => resolve(address, host, *port)?
            .into_iter()
            .map(bind_tcp)
            .collect(),
        ListenAddr::UnixPath(path) => Ok(vec![bind_path(path, access)?]),
        ListenAddr::UnixAbstract(name) => Ok(vec![bind_abstract(name)?]),
    }
}

/// Every address of `host`, each once: `/etc/hosts` may repeat itself.
fn resolve(address: &ListenAddr, host: &str, port: u16) -> Result<Vec<SocketAddr>, ListenError> {
    let found = (host, port)
        .to_socket_addrs()
        .map_err(|source| ListenError::Resolve {
            address: address.clone(),
            source,
        })?;
    let mut addresses = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn bind_tcp(address: SocketAddr) -> Result<Listener, ListenError> {
    // Before it is bound: not even for a moment.
    refuse_exposed(address)?;
    net::TcpListener::bind(address)
        .and_then(Listener::tcp)
        .map_err(|source| match source.kind() {
            ErrorKind::AddrInUse => ListenError::InUse(address.into()),
            _ => ListenError::Tcp { address, source },
        })
}

/// Refuses an address that clients beyond this machine could connect to.
pub(crate) fn refuse_exposed(address: SocketAddr) -> Result<(), ListenError> {
    // ::ffff:127.0.0.1 is loopback as well.
    if address.ip().to_canonical().is_loopback() {
        Ok(())
    } else {
        Err(ListenError::Exposed(address))
    }
}

impl Listener {
    /// Where it listens, with the port that the kernel chose for port 0.
    #[must_use]
    pub fn address(&self) -> &ListenAddr {
        &self.address
    }

    /// Over a TCP socket that listens.
    pub(crate) fn tcp(socket: net::TcpListener) -> io::Result<Self> {
        let address = socket.local_addr()?.into();
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: Socket::Tcp(TcpListener::from_std(socket)?),
            address,
            _file: None,
        })
    }

    /// Over a unix socket that listens, and its `file` if that is ours.
    pub(crate) fn unix(
        socket: unix::net::UnixListener,
        file: Option<SocketFile>,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?.try_into()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: Socket::Unix(UnixListener::from_std(socket)?),
            address,
            _file: file,
        })
    }

    /// The next client.
    pub(in crate::http) async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, _) = socket.accept().await?;
                // Without it an answer may wait for the acknowledgement of the
                // one before: slower, no more, should it fail.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
            Socket::Unix(socket) => Ok(Box::new(socket.accept().await?.0)),
        }
    }
}

impl From<SocketAddr> for ListenAddr {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp {
            host: address.ip().to_string(),
            port: address.port(),
        }
    }
}

impl TryFrom<unix::net::SocketAddr> for ListenAddr {
    type Error = io::Error;

    fn try_from(address: unix::net::SocketAddr) -> io::Result<Self> {
        if let Some(path) = address.as_pathname() {
            Ok(Self::UnixPath(path.to_owned()))
        } else if let Some(name) = address.as_abstract_name() {
            Ok(Self::UnixAbstract(OsString::from_vec(name.to_owned())))
        } else {
            Err(io::Error::other("it has no name"))
        }
    }
}

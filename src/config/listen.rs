//! Where to listen: the `ADDR` of the command line and of the config file.
//!
//! `host:port` (`[::1]:7780` too; a host name stands for all it resolves to),
//! `unix:/path` or `unix:@abstract`.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::Ipv6Addr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddr {
    /// TCP.
    Tcp {
        /// Host name or IP address, without brackets.
        host: String,
        /// Port; 0 lets the kernel choose.
        port: u16,
    },
    /// A unix socket in the file system.
    UnixPath(PathBuf),
    /// A unix socket in the abstract namespace, which follows the network
    /// namespace; the name is without the leading NUL.
    UnixAbstract(OsString),
}

/// Why a text is no [`ListenAddr`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddrError {
    /// Neither a host with a port nor a unix socket.
    #[error("`{0}` has no port; write host:port, unix:/path or unix:@name")]
    NoPort(String),
    /// What should be a port is none.
    #[error("`{0}` is not a port; it is a number from 0 to 65535")]
    BadPort(String),
    /// A port without a host.
    #[error("`{0}` has no host; write 127.0.0.1{0} for this machine only")]
    NoHost(String),
    /// An IPv6 address that cannot be told from its port, or brackets around
    /// something else.
    #[error("`{0}` is not an IPv6 address in brackets, as in [::1]:7780")]
    BadBrackets(String),
    /// `unix:` without an absolute path or a name.
    #[error("`unix:{0}` is neither unix:/path, from the root, nor unix:@name")]
    BadUnix(String),
}

/// Where to listen when nothing else is said: 127.0.0.1:7780, and `rest.sock` in
/// the (first) runtime directory, if systemd gives one (`$RUNTIME_DIRECTORY`,
/// separated by colons; systemd.exec(5)).
#[must_use]
pub fn default_addresses(runtime_directory: Option<&OsStr>) -> Vec<ListenAddr> {
    let mut addresses = vec![ListenAddr::Tcp {
        host: "127.0.0.1".to_owned(),
        port: 7780,
    }];
    let first =
        runtime_directory.and_then(|list| list.as_bytes().split(|&byte| byte == b':').next());
    if let Some(directory) = first.filter(|directory| !directory.is_empty()) {
        let directory = Path::new(OsStr::from_bytes(directory));
        addresses.push(ListenAddr::UnixPath(directory.join("rest.sock")));
    }
    addresses
}

impl FromStr for ListenAddr {
    type Err = ParseAddrError;

    fn from_str(text: &str) -> Result<Self, ParseAddrError> {
        match text.strip_prefix("unix:") {
            Some(unix) => parse_unix(unix),
            None => parse_tcp(text),
        }
    }
}

fn parse_unix(unix: &str) -> Result<ListenAddr, ParseAddrError> {
    match unix.strip_prefix('@') {
        Some(name) if !name.is_empty() => Ok(ListenAddr::UnixAbstract(name.into())),
        None if unix.starts_with('/') => Ok(ListenAddr::UnixPath(unix.into())),
        _ => Err(ParseAddrError::BadUnix(unix.to_owned())),
    }
}

fn parse_tcp(text: &str) -> Result<ListenAddr, ParseAddrError> {
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| ParseAddrError::NoPort(text.to_owned()))?;
    let host = parse_host(text, host)?.to_owned();
    let port = port
        .parse()
        .map_err(|_| ParseAddrError::BadPort(port.to_owned()))?;
    Ok(ListenAddr::Tcp { host, port })
}

/// The host without brackets.
fn parse_host<'a>(text: &str, host: &'a str) -> Result<&'a str, ParseAddrError> {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match bracketed {
        Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => Ok(inner),
        None if host.is_empty() => Err(ParseAddrError::NoHost(text.to_owned())),
        None if !host.contains([':', '[', ']']) => Ok(host),
        _ => Err(ParseAddrError::BadBrackets(text.to_owned())),
    }
}

/// As it is written on the command line.
impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::UnixPath(path) => write!(f, "unix:{}", path.display()),
            Self::UnixAbstract(name) => write!(f, "unix:@{}", name.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> ListenAddr {
        ListenAddr::Tcp {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn every_form_is_read_and_written_alike() {
        let table = [
            ("127.0.0.1:7780", tcp("127.0.0.1", 7780)),
            ("[::1]:7780", tcp("::1", 7780)),
            ("localhost:0", tcp("localhost", 0)),
            (
                "unix:/run/x.sock",
                ListenAddr::UnixPath("/run/x.sock".into()),
            ),
            ("unix:/a:1", ListenAddr::UnixPath("/a:1".into())),
            ("unix:@net:1", ListenAddr::UnixAbstract("net:1".into())),
        ];
        for (text, address) in table {
            assert_eq!(text.parse(), Ok(address.clone()), "{text}");
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        use ParseAddrError::{BadBrackets, BadPort, BadUnix, NoHost, NoPort};
        let table = [
            ("", NoPort(String::new())),
            ("localhost", NoPort("localhost".into())),
            ("/run/x.sock", NoPort("/run/x.sock".into())),
            (":7780", NoHost(":7780".into())),
            ("localhost:", BadPort(String::new())),
            ("localhost:http", BadPort("http".into())),
            ("localhost:65536", BadPort("65536".into())),
            ("localhost:-1", BadPort("-1".into())),
            ("::1:7780", BadBrackets("::1:7780".into())),
            ("[::1]", BadBrackets("[::1]".into())),
            ("[localhost]:1", BadBrackets("[localhost]:1".into())),
            ("[]:1", BadBrackets("[]:1".into())),
            ("[::1:1", BadBrackets("[::1:1".into())),
            ("unix:", BadUnix(String::new())),
            ("unix:@", BadUnix("@".into())),
            ("unix:run/x.sock", BadUnix("run/x.sock".into())),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<ListenAddr>(), Err(error), "{text}");
        }
    }

    #[test]
    fn defaults_follow_the_runtime_directory() {
        let local = || tcp("127.0.0.1", 7780);
        let socket = |path: &str| ListenAddr::UnixPath(path.into());
        let table = [
            (None, vec![local()]),
            (Some(""), vec![local()]),
            (Some("/run/n"), vec![local(), socket("/run/n/rest.sock")]),
            (
                Some("/run/n:/run/m"),
                vec![local(), socket("/run/n/rest.sock")],
            ),
        ];
        for (directory, addresses) in table {
            assert_eq!(
                default_addresses(directory.map(OsStr::new)),
                addresses,
                "{directory:?}"
            );
        }
    }
}

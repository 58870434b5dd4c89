//! A node's inputs as a folder, for `netstatusd capture` and for tests.
//!
//! Whatever the daemon reads is in it, as it was read, but for a cloud's metadata,
//! so that what the daemon concludes can be looked at elsewhere. A file that is not
//! there was not there on the node.

mod anonymous;
mod beside;

use crate::facts::{Host, IfIndex, Leases, LinkDns, Reading, Snapshot, Uptime};
use crate::kernel::{Crowded, RecordError, Recording};
use crate::probe::{dns, host, leases, link_dns};
use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const LINKS: &str = "links.nl";
const ADDRESSES: &str = "addresses.nl";
const DEFAULT_ROUTES: &str = "default-routes.nl";
const NEXT_HOPS: &str = "next-hops.nl";
/// A line per link: its index and the speed in Mb/s.
const SPEEDS: &str = "speeds";
/// 1/100 s since boot.
const UPTIME: &str = "uptime";
const HOSTNAME: &str = "hostname";
const RESOLV_CONF: &str = "resolv.conf";
const BEHIND_STUB: &str = "resolved.conf";
const LINK_DNS: &str = "link-dns";
const LEASES: &str = "leases";

/// Why a node cannot be captured, or a capture not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The kernel's part cannot be had.
    #[error("cannot record the kernel")]
    Record(#[from] RecordError),
    /// A file or the folder cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There are no pseudonyms for this node.
    #[error("cannot hide which node this is")]
    Crowded(#[source] Crowded),
    /// A file does not hold what it should.
    #[error("{path}:{line}: `{text}` is not {wanted}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is there.
        text: String,
        /// What should be there.
        wanted: &'static str,
    },
}

/// Everything that the daemon reads on a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    kernel: Recording,
    hostname: Option<String>,
    resolv_conf: Option<String>,
    behind_stub: Option<String>,
    link_dns: LinkDns,
    leases: Leases,
}

impl Capture {
    /// Captures this node. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If the kernel cannot be asked.
    pub async fn take() -> Result<Self, CaptureError> {
        let kernel = Recording::take().await?;
        let [resolv_conf, behind_stub] = dns::Files::default().texts();
        let asks_resolved = resolv_conf
            .as_deref()
            .is_some_and(|text| dns::leads_to_resolved(text, behind_stub.as_deref()));
        let link_dns = link_dns::Files::default().read(asks_resolved);
        let mut leases = Leases::default();
        for mut files in leases::Files::of_all() {
            *leases.by_mut(files.client()) = files.read();
        }
        Ok(Self {
            kernel,
            hostname: host::read().value().map(|host| host.name.clone()),
            resolv_conf,
            behind_stub,
            link_dns: link_dns.value().cloned().unwrap_or_default(),
            leases,
        })
    }

    /// What a daemon on that node would know.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let dns = self.resolv_conf.as_ref().map(|text| {
            let behind = || self.behind_stub.clone();
            dns::judge(text, behind)
        });
        let host = self.hostname.clone().map(|name| Host { name });
        Snapshot {
            kernel: self.kernel.facts(),
            dns: or_absent(dns, RESOLV_CONF),
            link_dns: Reading::Current(self.link_dns.clone()),
            leases: self.leases.clone(),
            host: or_absent(host, HOSTNAME),
            ..Snapshot::default()
        }
    }

    /// Writes it to the new folder `folder`.
    ///
    /// # Errors
    /// If the folder is there already, or something cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), CaptureError> {
        let failed = |path: PathBuf| move |source| CaptureError::Write { path, source };
        fs::create_dir(folder).map_err(failed(folder.to_owned()))?;
        let write = |file: &str, bytes: &[u8]| {
            let path = folder.join(file);
            fs::write(&path, bytes).map_err(failed(path))
        };
        let Self {
            kernel,
            hostname,
            resolv_conf,
            behind_stub,
            link_dns,
            leases,
        } = self;
        let Recording {
            links,
            addresses,
            default_routes,
            next_hops,
            speeds,
            taken,
        } = kernel;
        write(LINKS, links)?;
        write(ADDRESSES, addresses)?;
        write(DEFAULT_ROUTES, default_routes)?;
        write(NEXT_HOPS, next_hops)?;
        write(SPEEDS, speeds_text(speeds).as_bytes())?;
        write(UPTIME, format!("{}\n", taken.0).as_bytes())?;
        for (file, text) in [
            (LINK_DNS, beside::link_dns_text(link_dns)),
            (LEASES, beside::leases_text(leases)),
        ] {
            if !text.is_empty() {
                write(file, text.as_bytes())?;
            }
        }
        for (file, text) in [
            (HOSTNAME, hostname),
            (RESOLV_CONF, resolv_conf),
            (BEHIND_STUB, behind_stub),
        ] {
            if let Some(text) = text {
                write(file, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Reads what was written to `folder`.
    ///
    /// # Errors
    /// If something is missing, cannot be read or is malformed.
    pub fn read(folder: &Path) -> Result<Self, CaptureError> {
        let bytes = |file| {
            let path = folder.join(file);
            fs::read(&path).map_err(|source| CaptureError::Read { path, source })
        };
        let text = |file| bytes(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let text_if_there = |file| match text(file) {
            Err(CaptureError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Ok(None)
            }
            text => text.map(Some),
        };
        let kernel = Recording {
            links: bytes(LINKS)?,
            addresses: bytes(ADDRESSES)?,
            default_routes: bytes(DEFAULT_ROUTES)?,
            next_hops: bytes(NEXT_HOPS)?,
            speeds: parse_speeds(&folder.join(SPEEDS), &text(SPEEDS)?)?,
            taken: parse_uptime(&folder.join(UPTIME), &text(UPTIME)?)?,
        };
        Ok(Self {
            kernel,
            hostname: text_if_there(HOSTNAME)?,
            resolv_conf: text_if_there(RESOLV_CONF)?,
            behind_stub: text_if_there(BEHIND_STUB)?,
            link_dns: parse_link_dns(&folder.join(LINK_DNS), text_if_there(LINK_DNS)?)?,
            leases: parse_leases(&folder.join(LEASES), text_if_there(LEASES)?)?,
        })
    }
}

fn or_absent<T>(value: Option<T>, file: &str) -> Reading<T> {
    value.map_or_else(
        || Reading::Absent {
            reason: format!("there was no {file}"),
        },
        Reading::Current,
    )
}

fn speeds_text(speeds: &[(IfIndex, u32)]) -> String {
    speeds
        .iter()
        .fold(String::new(), |mut text, (index, speed)| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{index} {speed}");
            text
        })
}

fn parse_speeds(path: &Path, text: &str) -> Result<Vec<(IfIndex, u32)>, CaptureError> {
    let parse = |(position, line): (usize, &str)| {
        let numbers = line
            .split_once(' ')
            .and_then(|(index, speed)| Some((IfIndex(index.parse().ok()?), speed.parse().ok()?)));
        numbers.ok_or_else(|| malformed(path, position, line, "an index and a speed"))
    };
    text.lines().enumerate().map(parse).collect()
}

fn parse_uptime(path: &Path, text: &str) -> Result<Uptime, CaptureError> {
    let number = text.trim().parse().ok();
    number
        .map(Uptime)
        .ok_or_else(|| malformed(path, 0, text.trim(), "a time in 1/100 s"))
}

fn parse_link_dns(path: &Path, text: Option<String>) -> Result<LinkDns, CaptureError> {
    let mut links = LinkDns::default();
    for (position, line) in text.unwrap_or_default().lines().enumerate() {
        beside::parse_link_dns(line, &mut links).ok_or_else(|| {
            let wanted = "an index and a server or a search domain";
            malformed(path, position, line, wanted)
        })?;
    }
    Ok(links)
}

fn parse_leases(path: &Path, text: Option<String>) -> Result<Leases, CaptureError> {
    let parse = |(position, line): (usize, &str)| {
        let wanted = "a client, a link and an address";
        beside::parse_lease(line).ok_or_else(|| malformed(path, position, line, wanted))
    };
    let text = text.unwrap_or_default();
    let all: Result<Vec<_>, CaptureError> = text.lines().enumerate().map(parse).collect();
    all.map(|all| beside::leases(&all))
}

fn malformed(path: &Path, position: usize, text: &str, wanted: &'static str) -> CaptureError {
    CaptureError::Malformed {
        path: path.to_owned(),
        line: position + 1,
        text: text.to_owned(),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() -> Result<(), CaptureError> {
        let folder = std::env::temp_dir().join(format!("nsd-capture-{}", std::process::id()));
        let capture = Capture {
            kernel: Recording {
                links: b"links".to_vec(),
                addresses: b"addresses".to_vec(),
                default_routes: b"routes".to_vec(),
                next_hops: b"next hops".to_vec(),
                speeds: vec![(IfIndex(2), 10_000), (IfIndex(7), 25_000)],
                taken: Uptime(4_000_000_000),
            },
            hostname: Some("node-1".to_owned()),
            resolv_conf: Some("nameserver 192.0.2.53\n".to_owned()),
            behind_stub: None,
            link_dns: parse_link_dns(
                &folder,
                Some("2 server fe80::1%c0\n7 search a.example".into()),
            )?,
            leases: parse_leases(
                &folder,
                Some("networkd #2 192.0.2.1\ndhcpcd c0 2001:db8::1".into()),
            )?,
        };
        capture.write(&folder)?;
        let again = capture.write(&folder);
        let read = Capture::read(&folder);
        fs::write(folder.join(SPEEDS), "2 10000\n3 fast\n").unwrap();
        let bad = Capture::read(&folder).unwrap_err().to_string();
        fs::write(folder.join(SPEEDS), "").unwrap();
        fs::write(folder.join(LEASES), "dhcpcd c0 nowhere\n").unwrap();
        let bad_lease = Capture::read(&folder).unwrap_err().to_string();
        fs::remove_file(folder.join(LEASES)).unwrap();
        fs::write(folder.join(LINK_DNS), "2 server 192.0.2.1 3\n").unwrap();
        let bad_dns = Capture::read(&folder).unwrap_err().to_string();
        fs::remove_dir_all(&folder).unwrap();
        assert!(again.is_err(), "nothing is overwritten");
        assert_eq!(read?, capture);
        assert!(
            bad.ends_with("speeds:2: `3 fast` is not an index and a speed"),
            "{bad}"
        );
        assert!(
            bad_lease.contains("leases:1: `dhcpcd c0 nowhere`"),
            "{bad_lease}"
        );
        assert!(bad_dns.contains("link-dns:1: `2 server"), "{bad_dns}");
        Ok(())
    }
}

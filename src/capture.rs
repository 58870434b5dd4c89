//! A node's inputs as a folder, for `netstatusd capture` and for tests.
//!
//! Whatever the daemon reads is in it, as it was read, but for a cloud's metadata
//! and the configuration, so that what the daemon concludes can be looked at
//! elsewhere. A file that is not there was not there on the node.

mod anonymous;
mod files;

use crate::facts::{Host, IfIndex, IfName, RTM_NEWNEXTHOP, Reading, Snapshot, Uptime};
use crate::kernel::counters::{Sample, epoch_seconds};
use crate::kernel::net_dev::{self, PROC_NET_DEV};
use crate::kernel::{Crowded, RecordError, Recording, damage};
use crate::probe::{CapturedFiles, Copying, FileSystem, FromFiles, host, look_once};
use std::fmt::Write;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

const LINKS: &str = "links.nl";
const ADDRESSES: &str = "addresses.nl";
const DEFAULT_ROUTES: &str = "default-routes.nl";
const NEXT_HOPS: &str = "next-hops.nl";
/// A line per link: its index and the speed in Mb/s.
const SPEEDS: &str = "speeds";
/// 1/100 s since boot.
const UPTIME: &str = "uptime";
/// Seconds since 1970.
const CLOCK: &str = "clock";
const HOSTNAME: &str = "hostname";
/// The version of all this, and the byte order of netlink's messages.
const FORMAT: &str = "format";
const OWN_FORMAT: &str = if cfg!(target_endian = "big") {
    "1 big-endian"
} else {
    "1 little-endian"
};

/// Why a node cannot be captured, or a capture not be read.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The kernel's part cannot be had.
    #[error("cannot record the kernel")]
    Record(#[from] RecordError),
    /// There is something where the folder should be made.
    #[error("{path} is there already; name a new folder")]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file or the folder cannot be written; what was begun is gone.
    #[error("cannot write {path}; name a new folder where there is room and you may write")]
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
    /// It cannot be read here.
    #[error(
        "{path}: its format is `{found}`, but `{OWN_FORMAT}` is read here; use the netstatusd that wrote it"
    )]
    Format {
        /// The file that tells the format.
        path: PathBuf,
        /// What it says.
        found: String,
    },
    /// A list of netlink messages is not whole.
    #[error(
        "{path}: what is at byte {offset} is no whole message of this list; copy it again from where it was captured"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How many bytes before are sound.
        offset: usize,
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
    /// When the files were read, in seconds since 1970.
    clock: u64,
    files: CapturedFiles,
}

impl Capture {
    /// Captures this node. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// If the kernel cannot be asked.
    pub async fn take() -> Result<Self, CaptureError> {
        let kernel = Recording::take().await?;
        let (clock, copying) = (epoch_seconds(), Copying::default());
        look_once(&copying, clock);
        // What becomes of it is kept there, too.
        let _ = copying.read(Path::new(PROC_NET_DEV));
        Ok(Self {
            kernel,
            hostname: host::read().value().map(|host| host.name.clone()),
            clock,
            files: copying.into_files(),
        })
    }

    /// What a daemon on that node would know.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let FromFiles {
            dns,
            link_dns,
            failed_setups,
            leases,
            provider,
        } = look_once(&self.files, self.clock);
        let host = self.hostname.clone().map_or_else(
            || Reading::Absent {
                reason: format!("there was no {HOSTNAME}"),
            },
            |name| Reading::Current(Host { name }),
        );
        let reason = provider.map_or_else(
            || "the firmware told of no cloud that is known here".to_owned(),
            |provider| format!("what the metadata service of {provider} said is not captured"),
        );
        Snapshot {
            cloud: Reading::Absent { reason },
            kernel: self.kernel.facts(),
            dns,
            link_dns,
            failed_setups,
            leases,
            host,
            ..Snapshot::default()
        }
    }

    /// The counters of the link `name`; if they were not captured, as if never read.
    #[must_use]
    pub fn sample(&self, name: IfName) -> Sample {
        let table = self.files.read(Path::new(PROC_NET_DEV)).ok();
        let row = table.and_then(|table| net_dev::rows(&table.bytes).find(|row| row.name == name));
        row.map_or_else(Sample::default, |row| Sample {
            sent: row.sent,
            received: row.received,
            taken: self.clock,
        })
    }

    /// Writes it to the new folder `folder`, which its owner alone may read: a
    /// capture says much of a host.
    ///
    /// # Errors
    /// If the folder is there already, or something cannot be written; nothing is
    /// left of it then.
    pub fn write(&self, folder: &Path) -> Result<(), CaptureError> {
        let path = folder.to_owned();
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(source) if source.kind() == ErrorKind::AlreadyExists => {
                return Err(CaptureError::Exists { path });
            }
            made => made.map_err(|source| CaptureError::Write { path, source })?,
        }
        let written = self.write_into(folder);
        if written.is_err() {
            // Whatever hinders it, the first error is the one to tell.
            let _ = fs::remove_dir_all(folder);
        }
        written
    }

    fn write_into(&self, folder: &Path) -> Result<(), CaptureError> {
        let write = |file: &str, bytes: &[u8]| {
            let path = folder.join(file);
            fs::write(&path, bytes).map_err(|source| CaptureError::Write { path, source })
        };
        let Self {
            kernel,
            hostname,
            clock,
            files,
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
        write(CLOCK, format!("{clock}\n").as_bytes())?;
        if let Some(hostname) = hostname {
            write(HOSTNAME, hostname.as_bytes())?;
        }
        files::write(files, folder)?;
        // At the end: without it, nothing is a capture.
        write(FORMAT, format!("{OWN_FORMAT}\n").as_bytes())
    }

    /// Reads what was written to `folder`.
    ///
    /// # Errors
    /// If it is of another format, or something is missing, cannot be read, is cut
    /// or malformed.
    pub fn read(folder: &Path) -> Result<Self, CaptureError> {
        let bytes = |file| {
            let path = folder.join(file);
            fs::read(&path).map_err(|source| CaptureError::Read { path, source })
        };
        let text = |file| bytes(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let found = text(FORMAT)?.trim().to_owned();
        if found != OWN_FORMAT {
            let path = folder.join(FORMAT);
            return Err(CaptureError::Format { path, found });
        }
        let messages = |file, message_type| {
            let bytes = bytes(file)?;
            match damage(&bytes, message_type) {
                None => Ok(bytes),
                Some(offset) => {
                    let path = folder.join(file);
                    Err(CaptureError::Damaged { path, offset })
                }
            }
        };
        let hostname = match text(HOSTNAME) {
            Err(CaptureError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => None,
            text => Some(text?),
        };
        let kernel = Recording {
            links: messages(LINKS, libc::RTM_NEWLINK)?,
            addresses: messages(ADDRESSES, libc::RTM_NEWADDR)?,
            default_routes: messages(DEFAULT_ROUTES, libc::RTM_NEWROUTE)?,
            next_hops: messages(NEXT_HOPS, RTM_NEWNEXTHOP)?,
            speeds: parse_speeds(&folder.join(SPEEDS), &text(SPEEDS)?)?,
            taken: Uptime(parse_number(
                &folder.join(UPTIME),
                &text(UPTIME)?,
                "a time in 1/100 s",
            )?),
        };
        Ok(Self {
            kernel,
            hostname,
            clock: parse_number(&folder.join(CLOCK), &text(CLOCK)?, "a time in seconds")?,
            files: files::read(folder)?,
        })
    }
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

fn parse_number<T: FromStr>(
    path: &Path,
    text: &str,
    wanted: &'static str,
) -> Result<T, CaptureError> {
    let number = text.trim().parse();
    number.map_err(|_| malformed(path, 0, text.trim(), wanted))
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
mod tests;

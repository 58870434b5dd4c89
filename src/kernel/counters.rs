//! Bytes sent and received by a link, read at the moment of the request.
//!
//! A read of a kept file of `/sys/class/net/X/statistics` takes about a
//! microsecond and waits for no lock of the routing side, so it may be done
//! where requests are answered. Kept files go on counting after their link
//! moved to another namespace: they are tied to the link's incarnation.

use super::sysfs::{CLASS_NET, LinkFolder, SysfsError};
use crate::facts::{IfIndex, IfName, Link, LinkFacts, MacAddr};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Links whose files are kept open, each holding two; open ones cost the kernel memory.
const MAX_KEPT: usize = 128;
/// The process's own namespace, always; the whole file is made for each read.
const PROC_NET_DEV: &str = "/proc/self/net/dev";

/// The byte counters of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Bytes sent. `statistics/tx_bytes`.
    pub sent: u64,
    /// Bytes received. `statistics/rx_bytes`.
    pub received: u64,
    /// When they were read, in seconds since 1970 (UTC).
    pub taken: u64,
}

/// Reads counters and keeps the files of the links asked for last.
#[derive(Debug)]
pub struct Counters {
    class_net: PathBuf,
    proc_net_dev: PathBuf,
    kept: HashMap<IfIndex, Kept>,
    /// Counts requests: the clock of "used last".
    turn: u64,
}

/// What is kept of a link.
#[derive(Debug)]
struct Kept {
    identity: Identity,
    files: Option<(File, File)>,
    last: Sample,
    used: u64,
}

/// What ties open files to a link: it, and no loss of events since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    incarnation: u64,
    resyncs: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self::new(Path::new(CLASS_NET), Path::new(PROC_NET_DEV))
    }
}

impl Counters {
    /// Reads below `class_net`, with `proc_net_dev` to fall back on.
    #[must_use]
    pub fn new(class_net: &Path, proc_net_dev: &Path) -> Self {
        Self {
            class_net: class_net.to_owned(),
            proc_net_dev: proc_net_dev.to_owned(),
            kept: HashMap::new(),
            turn: 0,
        }
    }

    /// The counters of the link `facts` now; `resyncs` counts the times that
    /// events were lost. Zeros if the link vanishes at this moment.
    pub fn read(&mut self, facts: &LinkFacts, resyncs: u64) -> Sample {
        self.turn += 1;
        let identity = Identity {
            incarnation: facts.incarnation,
            resyncs,
        };
        let index = facts.link.index;
        let kept = self
            .kept
            .remove(&index)
            .filter(|kept| kept.identity == identity);
        let files = kept.and_then(|kept| kept.files);
        let files = files.or_else(|| self.open(&facts.link).ok());
        let counted = files.as_ref().and_then(|files| read_files(files).ok());
        let files = files.filter(|_| counted.is_some());
        let (sent, received) = counted
            .or_else(|| self.read_proc(facts.link.name))
            .unwrap_or_default();
        let last = Sample {
            sent,
            received,
            taken: epoch_seconds(),
        };
        self.keep(
            index,
            Kept {
                identity,
                files,
                last,
                used: self.turn,
            },
        );
        last
    }

    /// What [`read`](Self::read) said last of the link `facts`, for as long as
    /// nothing newer may be said; read now if it said nothing yet.
    pub fn last(&mut self, facts: &LinkFacts, resyncs: u64) -> Sample {
        match self.kept.get(&facts.link.index) {
            Some(kept) if kept.identity.incarnation == facts.incarnation => kept.last,
            _ => self.read(facts, resyncs),
        }
    }

    /// Forgets links that `is_here` does not know in the incarnation they had.
    pub fn retain(&mut self, is_here: impl Fn(IfIndex, u64) -> bool) {
        self.kept
            .retain(|index, kept| is_here(*index, kept.identity.incarnation));
    }

    fn open(&self, link: &Link) -> Result<(File, File), SysfsError> {
        if !tells_namespaces_apart(link.mac) {
            return Err(SysfsError::Foreign(self.class_net.clone()));
        }
        let folder = LinkFolder::open(&self.class_net, link.name, link.index, link.mac)?;
        Ok((
            folder.attribute("statistics/tx_bytes")?,
            folder.attribute("statistics/rx_bytes")?,
        ))
    }

    /// Sent and received bytes of `name` by the table of this namespace.
    fn read_proc(&self, name: IfName) -> Option<(u64, u64)> {
        parse_net_dev(&fs::read(&self.proc_net_dev).ok()?, name)
    }

    fn keep(&mut self, index: IfIndex, kept: Kept) {
        if self.kept.len() >= MAX_KEPT
            && let Some(oldest) = self.least_recently_used()
        {
            self.kept.remove(&oldest);
        }
        self.kept.insert(index, kept);
    }

    fn least_recently_used(&self) -> Option<IfIndex> {
        let (index, _) = self.kept.iter().min_by_key(|(_, kept)| kept.used)?;
        Some(*index)
    }
}

/// Loopback has the same index and address in every namespace, tunnels have no
/// address: sysfs cannot be proven to speak of them.
fn tells_namespaces_apart(mac: MacAddr) -> bool {
    mac.as_bytes().iter().any(|byte| *byte != 0)
}

fn read_files((sent, received): &(File, File)) -> io::Result<(u64, u64)> {
    Ok((read_number(sent)?, read_number(received)?))
}

fn read_number(file: &File) -> io::Result<u64> {
    let mut bytes = [0; 32];
    let length = file.read_at(&mut bytes, 0)?;
    let text = bytes.get(..length).unwrap_or_default().trim_ascii();
    str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

/// Sent and received bytes of `name` in the text of `/proc/net/dev`: after the
/// name and a colon, eight columns of reception, then eight of transmission.
fn parse_net_dev(text: &[u8], name: IfName) -> Option<(u64, u64)> {
    let columns = text.split(|byte| *byte == b'\n').find_map(|line| {
        line.trim_ascii_start()
            .strip_prefix(name.as_bytes())?
            .strip_prefix(b":")
    })?;
    let mut numbers = str::from_utf8(columns)
        .ok()?
        .split_ascii_whitespace()
        .map(|number| number.parse::<u64>().ok());
    let received = numbers.next()??;
    let sent = numbers.nth(7)??;
    Some((sent, received))
}

fn epoch_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;

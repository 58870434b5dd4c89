//! A link's speed, and its duplex mode, as its driver tells them through sysfs.
//!
//! Drivers have many words for "unknown"; here they are all one. Reading calls
//! the driver under the kernel's RTNL lock and may wait for whoever holds it, so
//! only the [driver thread](super::driver) does it.

use super::class_net::ClassNet;
use super::names::Names;
use super::sysfs::{CLASS_NET, Identity, SysfsError};
use crate::facts::{Duplex, IfIndex, LinkFacts};
use std::io;
use std::path::{Path, PathBuf};

/// Why an unknown speed is unknown, however the driver put it.
pub const UNKNOWN: &str = "the driver does not know it";

/// A link whose speed is wanted, as it was when it was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeedRequest {
    /// What the link is known by.
    pub identity: Identity,
    /// Tells it from a link that had its index before.
    pub incarnation: u64,
    /// How often carrier had come or gone: a speed is good for one carrier.
    pub carrier_changes: u32,
    /// Another link of this namespace, to prove whose `/sys` is read.
    pub witness: Option<Identity>,
    /// The duplex mode is wanted, too.
    pub wants_duplex: bool,
}

impl SpeedRequest {
    /// Asks for the speed of the link `facts`.
    #[must_use]
    pub fn new(facts: &LinkFacts, witness: Option<Identity>) -> Self {
        Self {
            identity: Identity::from(&facts.link),
            incarnation: facts.incarnation,
            carrier_changes: facts.link.carrier_changes,
            witness,
            wants_duplex: false,
        }
    }

    /// The same, asking for the duplex mode, too.
    #[must_use]
    pub fn with_duplex(self) -> Self {
        Self {
            wants_duplex: true,
            ..self
        }
    }

    /// The link asked for.
    #[must_use]
    pub fn index(&self) -> IfIndex {
        self.identity.index
    }

    /// Whether the link `facts` still is as it was when this was asked.
    #[must_use]
    pub fn is_about(&self, facts: &LinkFacts) -> bool {
        self.identity == Identity::from(&facts.link)
            && self.incarnation == facts.incarnation
            && self.carrier_changes == facts.link.carrier_changes
    }
}

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    /// Mb/s.
    Speed(u32),
    /// The driver does not know.
    Unknown,
    /// The driver could not be asked.
    Failed(SysfsError),
}

/// Where speeds are read.
pub trait SpeedSource: Send + 'static {
    /// Reads one; may take as long as it likes.
    fn speed(&mut self, request: &SpeedRequest) -> Answer;

    /// Reads the duplex mode of a link whose speed it has just read; may take as long.
    fn duplex(&mut self, _: &SpeedRequest) -> Option<Duplex> {
        None
    }
}

/// `/sys/class/net/X/speed` and `duplex`.
#[derive(Debug)]
pub struct Sysfs {
    path: PathBuf,
    names: Names,
    class_net: Option<ClassNet>,
}

impl Sysfs {
    /// Reads below `path`, where links have the names of their facts.
    #[must_use]
    pub fn below(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            names: Names::default(),
            class_net: None,
        }
    }

    fn read(&mut self, request: &SpeedRequest, file: &str) -> Result<String, SysfsError> {
        let (own, witness) = (&request.identity, request.witness.as_ref());
        let class_net = match &mut self.class_net {
            Some(class_net) => class_net,
            none => none.insert(ClassNet::open(&self.path, own, witness)?),
        };
        class_net.read(own, file, &self.names)
    }
}

impl Default for Sysfs {
    fn default() -> Self {
        Self {
            names: Names::of_kernel(),
            ..Self::below(Path::new(CLASS_NET))
        }
    }
}

impl SpeedSource for Sysfs {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        match self.read(request, "speed") {
            Ok(text) => parse(&text).map_or(Answer::Unknown, Answer::Speed),
            Err(SysfsError::Read { source, .. }) if means_unknown(&source) => Answer::Unknown,
            Err(error) => Answer::Failed(error),
        }
    }

    fn duplex(&mut self, request: &SpeedRequest) -> Option<Duplex> {
        parse_duplex(&self.read(request, "duplex").ok()?)
    }
}

/// The mode in the sysfs attribute `duplex`; `unknown` and all else mean that.
fn parse_duplex(text: &str) -> Option<Duplex> {
    match text {
        "full" => Some(Duplex::Full),
        "half" => Some(Duplex::Half),
        _ => None,
    }
}

/// The speed in the sysfs attribute `speed`, in Mb/s; -1, 0, 65535, 4294967295
/// and nothing at all mean that it is unknown.
#[must_use]
pub fn parse(text: &str) -> Option<u32> {
    let speed = text.parse::<u32>().ok()?;
    (![0, 0xffff, u32::MAX].contains(&speed)).then_some(speed)
}

/// Errors with which the kernel says that the driver has no speed to tell.
fn means_unknown(error: &io::Error) -> bool {
    let words = [libc::EINVAL, libc::EOPNOTSUPP, libc::ENODEV];
    error
        .raw_os_error()
        .is_some_and(|errno| words.contains(&errno))
}

#[cfg(test)]
mod tests;

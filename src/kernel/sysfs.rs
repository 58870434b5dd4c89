//! A link's folder in `/sys/class/net`, once it is proven to be that link's.
//!
//! `/sys` may belong to another network namespace, where small indexes and even
//! names are the same: only index and link-layer address together tell. The
//! folder is opened once and read relative to itself, so a rename in between
//! cannot mix two links.

use crate::facts::{IfIndex, IfName, Link, MacAddr};
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where the kernel lists links.
pub const CLASS_NET: &str = "/sys/class/net";
/// No attribute read here is longer (an InfiniBand address has 60 characters).
const MAX_ATTRIBUTE: usize = 128;

/// Why a link's folder in sysfs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SysfsError {
    /// A file or folder cannot be opened or read.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The folder is another link's: `/sys` belongs to another namespace, or the
    /// link was renamed just now.
    #[error("{0} is not this link's: /sys may belong to another network namespace")]
    Foreign(PathBuf),
    /// Nothing proves that the folder is the link's.
    #[error("{0} may be of another network namespace: no link has an address that could prove it")]
    Unproven(PathBuf),
}

impl SysfsError {
    pub(super) fn read(path: PathBuf, source: io::Error) -> Self {
        Self::Read { path, source }
    }
}

/// What a link is known by in sysfs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its index.
    pub index: IfIndex,
    /// Its name.
    pub name: IfName,
    /// Its link-layer address.
    pub mac: MacAddr,
}

impl From<&Link> for Identity {
    fn from(link: &Link) -> Self {
        Self {
            index: link.index,
            name: link.name,
            mac: link.mac,
        }
    }
}

impl Identity {
    /// Whether it tells a link from those of other namespaces: loopback has the
    /// same index and address in each, and tunnels have no address.
    #[must_use]
    pub fn tells_namespaces_apart(&self) -> bool {
        self.mac.as_bytes().iter().any(|byte| *byte != 0)
    }
}

/// A link's folder in sysfs.
#[derive(Debug)]
pub struct LinkFolder {
    path: PathBuf,
    folder: File,
}

impl LinkFolder {
    /// Opens the folder of the link `name` under `root` and proves that it is
    /// the link with this `index` and `mac`.
    ///
    /// # Errors
    /// If it cannot be read, or is another link's.
    pub fn open(
        root: &Path,
        name: IfName,
        index: IfIndex,
        mac: MacAddr,
    ) -> Result<Self, SysfsError> {
        let path = root.join(OsStr::from_bytes(name.as_bytes()));
        let link = Self::open_at(CWD, &path, path.clone(), index)?;
        if link.read("address")? == mac.to_string() {
            Ok(link)
        } else {
            Err(SysfsError::Foreign(link.path))
        }
    }

    /// Opens the folder at `way` from `parent`, which is of this namespace, and
    /// proves that it is the link's with this `index`. Errors call it `path`.
    ///
    /// # Errors
    /// If it cannot be read, or is another link's.
    pub(super) fn open_at(
        parent: impl AsFd,
        way: &Path,
        path: PathBuf,
        index: IfIndex,
    ) -> Result<Self, SysfsError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = openat(parent, way, flags, Mode::empty());
        let folder = match opened {
            Ok(folder) => File::from(folder),
            Err(errno) => return Err(SysfsError::read(path, errno.into())),
        };
        let link = Self { path, folder };
        if link.read("ifindex")? == index.to_string() {
            Ok(link)
        } else {
            Err(SysfsError::Foreign(link.path))
        }
    }

    /// Opens the attribute `file` to be read again and again.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn attribute(&self, file: &str) -> Result<File, SysfsError> {
        openat(
            &self.folder,
            file,
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map(File::from)
        .map_err(|errno| self.failed(file, errno.into()))
    }

    /// The attribute `file`, without the newline.
    ///
    /// # Errors
    /// If it cannot be read, as `speed` of a link that is down.
    pub fn read(&self, file: &str) -> Result<String, SysfsError> {
        text(self.attribute(file)?).map_err(|error| self.failed(file, error))
    }

    fn failed(&self, file: &str, source: io::Error) -> SysfsError {
        SysfsError::read(self.path.join(file), source)
    }
}

/// What the attribute `file` says, without the newline.
///
/// # Errors
/// If it cannot be read.
pub(super) fn text(mut file: File) -> io::Result<String> {
    let mut bytes = [0; MAX_ATTRIBUTE];
    let length = file.read(&mut bytes)?;
    let text = String::from_utf8_lossy(bytes.get(..length).unwrap_or_default());
    Ok(text.trim().to_owned())
}

//! `/sys/class/net`, once it is proven to be of this network namespace.
//!
//! What is open shows one namespace only for as long as it is open: one link whose
//! index and address both agree proves it for all. Then a link's name leads to its
//! attributes. That it still is its name once they are open is asked of the kernel,
//! which costs less than to read the index beside them.

use super::names::{NameNow, Names};
use super::sysfs::{Identity, LinkFolder, SysfsError, text};
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folder, open.
#[derive(Debug)]
pub struct ClassNet {
    path: PathBuf,
    folder: OwnedFd,
}

impl ClassNet {
    /// Opens `path`, which the link `own` must prove; or the `witness`, another
    /// link of the namespace, if that link's address proves nothing.
    ///
    /// # Errors
    /// If it cannot be read, or may be another namespace's.
    pub fn open(
        path: &Path,
        own: &Identity,
        witness: Option<&Identity>,
    ) -> Result<Self, SysfsError> {
        let mut links = [Some(own), witness].into_iter().flatten();
        let Some(proof) = links.find(|link| link.tells_namespaces_apart()) else {
            return Err(SysfsError::Unproven(path.to_owned()));
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = openat(CWD, path, flags, Mode::empty())
            .map_err(|errno| SysfsError::read(path.to_owned(), errno.into()))?;
        let class_net = Self {
            path: path.to_owned(),
            folder,
        };
        if class_net.folder(proof)?.read("address")? == proof.mac.to_string() {
            Ok(class_net)
        } else {
            Err(SysfsError::Foreign(class_net.path))
        }
    }

    fn folder(&self, link: &Identity) -> Result<LinkFolder, SysfsError> {
        let name = way_to(link);
        LinkFolder::open_at(&self.folder, name, self.path.join(name), link.index)
    }

    /// What the attribute `file` of the `link` says, without the newline.
    ///
    /// # Errors
    /// If it cannot be read, or the link has another name now.
    pub fn read(&self, link: &Identity, file: &str, names: &Names) -> Result<String, SysfsError> {
        let way = way_to(link).join(file);
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let opened = openat(&self.folder, &way, flags, Mode::empty());
        let path = self.path.join(way);
        // The file is of the link that had the name when it was opened.
        match names.now(link.index) {
            NameNow::Named(name) if name == link.name => opened
                .map_err(Into::into)
                .and_then(|opened| text(File::from(opened)))
                .map_err(|source| SysfsError::read(path, source)),
            NameNow::Named(_) | NameNow::Gone => Err(SysfsError::Foreign(path)),
            NameNow::Unsaid => self.folder(link)?.read(file),
        }
    }
}

fn way_to(link: &Identity) -> &Path {
    Path::new(OsStr::from_bytes(link.name.as_bytes()))
}

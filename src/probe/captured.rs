//! The files of a machine as they were read once.
//!
//! [`Copying`] keeps whatever is read through it: what the probes read is what a
//! capture holds, and from [`CapturedFiles`] they read the same again.

use super::file::{FileContent, FileSystem, Local, Stamp};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Files by path. What is not in it was not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CapturedFiles(pub(crate) BTreeMap<PathBuf, Captured>);

/// What became of reading a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Captured {
    /// It was read.
    File {
        content: FileContent,
        /// Where it leads if it is a symbolic link: told to people only.
        leads_to: Option<PathBuf>,
    },
    /// It, or the folder of this path, is there but cannot be read.
    Unreadable {
        /// What the system said.
        reason: String,
    },
}

impl FileSystem for CapturedFiles {
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        if let Some(Captured::Unreadable { reason }) = self.0.get(folder) {
            return Err(io::Error::other(reason.clone()));
        }
        let paths = self.0.keys();
        let inside = paths.filter(|path| path.parent() == Some(folder));
        let inside: Vec<PathBuf> = inside.cloned().collect();
        if inside.is_empty() {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(inside)
    }

    fn stamp(&self, path: &Path) -> Stamp {
        // They do not change.
        self.0.get(path).map(|_| (0, 0, 0, 0))
    }

    fn read(&self, path: &Path) -> io::Result<FileContent> {
        match self.0.get(path) {
            Some(Captured::File { content, .. }) => Ok(content.clone()),
            Some(Captured::Unreadable { reason }) => Err(io::Error::other(reason.clone())),
            None => Err(ErrorKind::NotFound.into()),
        }
    }
}

/// This machine's files; what is read is kept.
#[derive(Debug, Default)]
pub(crate) struct Copying(RefCell<CapturedFiles>);

impl Copying {
    /// What was read so far.
    pub(crate) fn into_files(self) -> CapturedFiles {
        self.0.into_inner()
    }

    fn keep(&self, path: &Path, captured: Captured) {
        self.0.borrow_mut().0.insert(path.to_owned(), captured);
    }

    fn keep_error(&self, path: &Path, error: &io::Error) {
        if error.kind() != ErrorKind::NotFound {
            let reason = error.to_string();
            self.keep(path, Captured::Unreadable { reason });
        }
    }
}

impl FileSystem for Copying {
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let listed = Local::default().list(folder);
        listed.inspect_err(|error| self.keep_error(folder, error))
    }

    fn stamp(&self, path: &Path) -> Stamp {
        Local::default().stamp(path)
    }

    fn read(&self, path: &Path) -> io::Result<FileContent> {
        let read = Local::default().read(path);
        match &read {
            Ok(content) => {
                let captured = Captured::File {
                    content: content.clone(),
                    leads_to: fs::read_link(Local::default().at(path)).ok(),
                };
                self.keep(path, captured);
            }
            Err(error) => self.keep_error(path, error),
        }
        read
    }
}

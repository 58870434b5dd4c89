//! Small files that may be anything: read only if they are regular and small,
//! and only when they are not what they were.
//!
//! Probes read through [`FileSystem`], so that the files of a capture can stand in
//! for a machine's.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A larger file is none of those that are read here.
const MAX_BYTES: u64 = 256 << 10;
/// More of a folder is not listed.
const MAX_ENTRIES: usize = 4096;

/// Changes when a file does: inode, size, time of change; `None`: no file.
pub(super) type Stamp = Option<(u64, u64, i64, i64)>;

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileContent {
    pub(crate) bytes: Vec<u8>,
    /// When it was written, in seconds since 1970.
    pub(crate) modified: u64,
}

impl FileContent {
    /// As text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Where files are. Paths begin at its root.
pub(crate) trait FileSystem {
    /// The paths of what is in `folder`.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// The stamp of the file `path` as it is now.
    fn stamp(&self, path: &Path) -> Stamp;

    /// What is in the regular file `path`. It is an error if that is a pipe, a
    /// device or a folder, or larger than 256 KiB.
    fn read(&self, path: &Path) -> io::Result<FileContent>;
}

/// This machine's own files, those below a folder of it that stands for the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local<'a> {
    pub(crate) root: &'a Path,
}

impl Default for Local<'static> {
    fn default() -> Self {
        let root = Path::new("/");
        Self { root }
    }
}

impl Local<'_> {
    /// Where the file `path` is on this machine.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl FileSystem for Local<'_> {
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.at(folder))?.take(MAX_ENTRIES);
        let path = |entry: io::Result<fs::DirEntry>| Ok(folder.join(entry?.file_name()));
        entries.map(path).collect()
    }

    fn stamp(&self, path: &Path) -> Stamp {
        let metadata = fs::metadata(self.at(path)).ok();
        metadata.map(|file| stamp_of(&file))
    }

    fn read(&self, path: &Path) -> io::Result<FileContent> {
        // Opening a pipe that nobody writes to would wait for ever.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(self.at(path))?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            let what = "it is not a regular file";
            return Err(io::Error::new(ErrorKind::InvalidInput, what));
        }
        let mut bytes = Vec::new();
        let length = file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if length as u64 > MAX_BYTES {
            let what = "it is larger than 256 KiB";
            return Err(io::Error::new(ErrorKind::FileTooLarge, what));
        }
        Ok(FileContent {
            bytes,
            modified: metadata.mtime().try_into().unwrap_or_default(),
        })
    }
}

fn stamp_of(file: &Metadata) -> (u64, u64, i64, i64) {
    (file.ino(), file.size(), file.ctime(), file.ctime_nsec())
}

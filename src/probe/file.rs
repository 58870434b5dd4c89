//! Small files that may be anything: read only if they are regular and small,
//! and only when they are not what they were.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// A larger file is none of those that are read here.
const MAX_BYTES: u64 = 256 << 10;

/// Changes when a file does: inode, size, time of change; `None`: no file.
pub(super) type Stamp = Option<(u64, u64, i64, i64)>;

/// The stamp of the file `path` as it is now.
pub(super) fn stamp(path: &Path) -> Stamp {
    fs::metadata(path).ok().map(|file| stamp_of(&file))
}

fn stamp_of(file: &Metadata) -> (u64, u64, i64, i64) {
    (file.ino(), file.size(), file.ctime(), file.ctime_nsec())
}

/// What is in the regular file `path`.
///
/// # Errors
/// If it cannot be read, is a pipe, a device or a folder, or larger than 256 KiB.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe that nobody writes to would wait for ever.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    if !file.metadata()?.is_file() {
        let what = "it is not a regular file";
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    let mut bytes = Vec::new();
    let length = file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if length as u64 > MAX_BYTES {
        let what = "it is larger than 256 KiB";
        return Err(io::Error::new(ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

/// As [`read`], as text.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

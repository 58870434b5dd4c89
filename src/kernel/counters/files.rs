//! The two files that hold a link's byte counters, and one reading of them.
//!
//! A reading tells how long it took: that is how the driver behind it is judged.

use super::{Sample, epoch_seconds};
use std::fmt::Debug;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

/// How files are read.
pub(super) trait Pread: Debug + Send + Sync {
    /// The number in `file`, and how long the pread took.
    fn pread(&self, file: &File) -> (io::Result<u64>, Duration);
}

/// The kernel's pread(2).
#[derive(Debug)]
pub(super) struct KernelPread;

impl Pread for KernelPread {
    fn pread(&self, file: &File) -> (io::Result<u64>, Duration) {
        let begin = Instant::now();
        let number = read_number(file);
        (number, begin.elapsed())
    }
}

/// `statistics/tx_bytes` and `statistics/rx_bytes` of a link, open.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) sent: File,
    pub(super) received: File,
}

/// What came of reading both.
#[derive(Clone, Copy, Debug)]
pub(super) struct FilesRead {
    /// `None` if one cannot be read.
    pub(super) sample: Option<Sample>,
    /// How long each pread took.
    pub(super) took: [Duration; 2],
}

impl Files {
    /// Reads both; may take as long as the driver likes.
    pub(super) fn read(&self, preads: &dyn Pread) -> FilesRead {
        let (sent, first) = preads.pread(&self.sent);
        let (received, second) = preads.pread(&self.received);
        let sample = match (sent, received) {
            (Ok(sent), Ok(received)) => Some(Sample {
                sent,
                received,
                taken: epoch_seconds(),
            }),
            _ => None,
        };
        FilesRead {
            sample,
            took: [first, second],
        }
    }
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

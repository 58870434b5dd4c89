//! The two files that hold a link's byte counters, and one reading of them.
//!
//! A reading tells how long it took: that is how the driver behind it is judged.

use super::last::{Moment, Stamped};
use super::reads::Pread;
use std::fs::File;
use std::time::Duration;

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
    pub(super) sample: Option<Stamped>,
    /// How long each pread took.
    pub(super) took: [Duration; 2],
}

impl Files {
    /// Reads both; may take as long as the driver likes.
    pub(super) fn read(&self, preads: &dyn Pread) -> FilesRead {
        let began = Moment::now();
        let (sent, first) = read_number(&self.sent, preads);
        let (received, second) = read_number(&self.received, preads);
        let sample = sent
            .zip(received)
            .map(|(sent, received)| began.sample(sent, received));
        FilesRead {
            sample,
            took: [first, second],
        }
    }
}

/// The number in `file`, if it is one, and how long the pread took.
fn read_number(file: &File, preads: &dyn Pread) -> (Option<u64>, Duration) {
    let mut bytes = [0; 32];
    let (length, took) = preads.pread(file, &mut bytes, 0);
    let text = length.ok().and_then(|length| bytes.get(..length));
    let text = text.and_then(|text| str::from_utf8(text.trim_ascii()).ok());
    (text.and_then(|text| text.parse().ok()), took)
}

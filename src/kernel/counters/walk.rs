//! `/proc/self/net/dev`, page by page.
//!
//! The kernel makes the table anew for each reader, a page at a time and without the
//! lock of the routing side, but it asks the driver of each link in it.

use super::last::{Moment, Stamped};
use super::reads::Pread;
use crate::facts::IfName;
use crate::kernel::net_dev::{self, Row};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The kernel hands out no more than a page at a time.
const STEP: usize = 4096;

/// Rows that were read at once.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) began: Moment,
    pub(super) rows: Vec<Row>,
}

impl Page {
    /// The sample of the link that was called `name`, if it is on this page.
    pub(super) fn of(&self, name: IfName) -> Option<Stamped> {
        let row = self.rows.iter().find(|row| row.name == name)?;
        Some(self.began.sample(row.sent, row.received))
    }
}

/// How far a reader of the table has come.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// The file that it is through.
    pub(super) file: Option<Arc<File>>,
    offset: u64,
    /// The beginning of a line whose end has not been read.
    rest: Vec<u8>,
    /// How long the last page took.
    pub(super) took: Duration,
    /// How long the slowest page took.
    pub(super) slowest: Duration,
}

impl Walk {
    /// The next page; `None` at the end.
    pub(super) fn step(&mut self, file: &File, preads: &dyn Pread) -> io::Result<Option<Page>> {
        let mut bytes = [0; STEP];
        let began = Moment::now();
        let (length, took) = preads.pread(file, &mut bytes, self.offset);
        self.took = took;
        self.slowest = self.slowest.max(took);
        let length = length?;
        if length == 0 {
            return Ok(None);
        }
        // A page is far below 2⁶⁴ bytes.
        self.offset += length as u64;
        self.rest
            .extend_from_slice(bytes.get(..length).unwrap_or_default());
        let end = self.rest.iter().rposition(|byte| *byte == b'\n');
        let whole: Vec<u8> = self.rest.drain(..end.map_or(0, |end| end + 1)).collect();
        let rows = net_dev::rows(&whole).collect();
        Ok(Some(Page { began, rows }))
    }
}

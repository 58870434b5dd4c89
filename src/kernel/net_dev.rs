//! `/proc/self/net/dev`: the byte counters of every link of the process's own
//! namespace, by name.
//!
//! The kernel makes the table anew for each reader, a page at a time and without
//! the lock of the routing side. The file is opened once, so that a process that
//! has no descriptor left can still read it; it stays this namespace's.

use crate::facts::IfName;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// The process's own namespace, whatever `/sys` shows.
pub const PROC_NET_DEV: &str = "/proc/self/net/dev";
/// The kernel hands out no more than a page at a time.
const STEP: usize = 4096;

/// What the table says of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: IfName,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
}

/// The table, open.
#[derive(Debug)]
pub struct Table {
    path: PathBuf,
    file: Option<File>,
}

impl Table {
    /// The table at `path`. If it is not there it is looked for again whenever
    /// it is wanted.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: File::open(path).ok(),
        }
    }

    /// The row of the link `name`, if there is one.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn find(&mut self, name: IfName) -> io::Result<Option<Row>> {
        let mut walk = Walk::default();
        while let Some(rows) = self.step(&mut walk)? {
            if let Some(row) = rows.into_iter().find(|row| row.name == name) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The next rows of `walk`; `None` at the end.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn step(&mut self, walk: &mut Walk) -> io::Result<Option<Vec<Row>>> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(File::open(&self.path)?),
        };
        walk.step(file)
    }
}

/// How far a reader of the table has come.
#[derive(Debug, Default)]
pub struct Walk {
    offset: u64,
    /// The beginning of a line whose end has not been read.
    rest: Vec<u8>,
}

impl Walk {
    fn step(&mut self, file: &File) -> io::Result<Option<Vec<Row>>> {
        let mut bytes = [0; STEP];
        let length = file.read_at(&mut bytes, self.offset)?;
        if length == 0 {
            return Ok(None);
        }
        // A page is far below 2⁶⁴ bytes.
        self.offset += length as u64;
        self.rest
            .extend_from_slice(bytes.get(..length).unwrap_or_default());
        let end = self.rest.iter().rposition(|byte| *byte == b'\n');
        let whole: Vec<u8> = self.rest.drain(..end.map_or(0, |end| end + 1)).collect();
        Ok(Some(rows(&whole).collect()))
    }
}

/// The rows of a table, or of whole lines of one.
pub(crate) fn rows(table: &[u8]) -> impl Iterator<Item = Row> {
    table.split(|byte| *byte == b'\n').filter_map(parse)
}

/// A line of the table: after the name and a colon, eight columns of reception,
/// then eight of transmission. `None` for the two lines of its head.
fn parse(line: &[u8]) -> Option<Row> {
    let line = line.trim_ascii_start();
    // A name holds no colon.
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, columns) = line.split_at_checked(colon)?;
    let columns = str::from_utf8(columns.get(1..)?).ok()?;
    let mut numbers = columns
        .split_ascii_whitespace()
        .map(|number| number.parse::<u64>().ok());
    Some(Row {
        name: IfName::new(name)?,
        received: numbers.next()??,
        sent: numbers.nth(7)??,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const HEAD: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
";

    fn name(text: &str) -> IfName {
        IfName::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn rows_of_the_table() {
        let table = [
            (
                "    lo:   11   1 0 0 0 0 0 0   22   1 0 0 0 0 0 0",
                Some(("lo", 22, 11)),
            ),
            (
                "l7: 18446744073709551615   1 0 0 0 0 0 0  44   1 0 0 0 0 0 0",
                Some(("l7", 44, u64::MAX)),
            ),
            (
                "   l77:33   1 0 0 0 0 0 0  66   1 0 0 0 0 0 0",
                Some(("l77", 66, 33)),
            ),
            ("l8: 1 2 3", None),
            ("l9: 1 1 0 0 0 0 0 0 x 0", None),
            ("", None),
        ];
        let heads = HEAD.lines().map(|line| (line, None));
        for (line, row) in table.into_iter().chain(heads) {
            let row = row.map(|(link, sent, received)| Row {
                name: name(link),
                sent,
                received,
            });
            assert_eq!(parse(line.as_bytes()), row, "{line}");
        }
    }

    #[test]
    fn a_table_longer_than_a_page_is_read_to_its_end_and_again() {
        let path = std::env::temp_dir().join(format!("netstatusd-dev-{}", std::process::id()));
        let mut table = Table::open(&path);
        assert!(table.find(name("l0")).is_err(), "there is none");
        let mut text = HEAD.to_owned();
        for link in 0..500 {
            writeln!(text, "l{link}: {link} 0 0 0 0 0 0 0 7 0 0 0 0 0 0 0").unwrap();
        }
        std::fs::write(&path, text).unwrap();
        for link in [499, 0, 499] {
            let row = table.find(name(&format!("l{link}"))).unwrap().unwrap();
            assert_eq!((row.received, row.sent), (link, 7));
        }
        assert_eq!(table.find(name("l500")).unwrap(), None);
        std::fs::remove_file(&path).unwrap();
        assert!(table.find(name("l1")).unwrap().is_some(), "it is kept open");
    }
}

//! `/proc/self/net/dev`: the byte counters of every link of the process's own
//! namespace, by name.
//!
//! A link is a line; two lines of headings come first.

use crate::facts::IfName;

/// The process's own namespace, whatever `/sys` shows.
pub const PROC_NET_DEV: &str = "/proc/self/net/dev";

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
}

//! Leases as ISC dhclient keeps them: `dhclient.leases(5)`.
//!
//! The file is a log: of an interface and a kind of lease the last entry counts,
//! also if it says that the lease was given back.

use super::Written;
use crate::facts::{IfName, Lease, LeasedLink};
use std::net::IpAddr;

/// An entry: `lease { … }` or `lease6 { … }`.
#[derive(Default)]
struct Entry {
    is_ipv6: bool,
    is_released: bool,
    interface: Option<IfName>,
    addresses: Vec<LentAddress>,
}

struct LentAddress {
    address: IpAddr,
    /// Seconds since 1970; `None`: never.
    ends: Option<u64>,
}

/// The leases of a file with this text; an entry that is cut short is none.
pub(super) fn parse(text: &str) -> Vec<Written> {
    let mut log = Log::default();
    for line in text.lines() {
        // What follows is a remark.
        let statement = line.split(';').next().unwrap_or_default();
        log.take(&statement.split_ascii_whitespace().collect::<Vec<&str>>());
    }
    let mut newest: Vec<Entry> = Vec::new();
    for entry in log.entries {
        newest.retain(|old| (old.is_ipv6, old.interface) != (entry.is_ipv6, entry.interface));
        newest.push(entry);
    }
    newest.retain(|entry| !entry.is_released);
    newest.into_iter().flat_map(written).collect()
}

fn written(entry: Entry) -> Vec<Written> {
    let Some(name) = entry.interface else {
        return Vec::new();
    };
    let written = |lent: LentAddress| Written {
        lease: Lease {
            link: LeasedLink::Name(name),
            address: lent.address,
        },
        ends: lent.ends,
    };
    entry.addresses.into_iter().map(written).collect()
}

/// A log while it is read, line by line.
#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    open: Option<Entry>,
    /// Blocks that are open, the entry among them.
    depth: usize,
    /// When what is read now began, in seconds since 1970.
    starts: u64,
}

impl Log {
    fn take(&mut self, words: &[&str]) {
        match (words, &mut self.open) {
            ([kind @ ("lease" | "lease6"), "{"], None) => {
                self.depth = 1;
                self.open = Some(Entry {
                    is_ipv6: *kind == "lease6",
                    ..Entry::default()
                });
            }
            (["}"], _) => self.close(),
            ([.., "{"], open) => {
                self.depth += 1;
                if let (["iaaddr", address, _], Some(entry)) = (words, open) {
                    entry.lend(address);
                }
            }
            (["starts", seconds], _) => self.starts = seconds.parse().unwrap_or_default(),
            (words, Some(entry)) => entry.take(words, self.starts),
            _ => {}
        }
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.entries.extend(self.open.take());
        }
    }
}

impl Entry {
    fn lend(&mut self, address: &str) {
        let lent = address.parse().ok().map(|address| LentAddress {
            address,
            ends: None,
        });
        self.addresses.extend(lent);
    }

    fn take(&mut self, words: &[&str], starts: u64) {
        match words {
            ["interface", name] => self.interface = IfName::new(name.trim_matches('"').as_bytes()),
            ["fixed-address", address] => self.lend(address),
            ["released"] => self.is_released = true,
            ["expire", "never"] => self.end(None),
            // One that cannot be read is as good as over.
            ["expire", time @ ..] => self.end(Some(seconds_since_1970(time).unwrap_or(0))),
            ["max-life", seconds] => {
                let life: Option<u32> = seconds.parse().ok();
                // 2³²-1 is for ever. RFC 8415, 7.7.
                let life = life.filter(|life| *life < u32::MAX);
                self.end(life.map(|life| starts.saturating_add(life.into())));
            }
            _ => {}
        }
    }

    fn end(&mut self, ends: Option<u64>) {
        if let Some(lent) = self.addresses.last_mut() {
            lent.ends = ends;
        }
    }
}

/// `epoch <seconds>`, or day of the week, date and time in UTC.
fn seconds_since_1970(words: &[&str]) -> Option<u64> {
    match words {
        ["epoch", seconds] => seconds.parse().ok(),
        [_, date, time] => {
            let [year, month, day] = numbers(date, '/')?;
            let [hour, minute, second] = numbers(time, ':')?;
            let days = days_since_1970(year, month, day)?;
            Some(((days * 24 + hour) * 60 + minute) * 60 + second)
        }
        _ => None,
    }
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let numbers: Option<Vec<u64>> = text.split(between).map(|text| text.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// Of a date of the Gregorian calendar from 1970 on.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their odd day at the end.
    let (year, month) = if month < 3 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    // Of 1 March of the year 0 until 1970.
    days.checked_sub(719_468)
}

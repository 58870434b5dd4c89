//! How the process's file descriptors are shared: a process that has none left
//! can accept nobody and open nothing, so nobody gets so many that it comes to
//! that.

use crate::http::serve::CONNECTIONS;
use crate::kernel::counters::MAX_KEPT;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For everything else: sockets of our own, files that are open for a moment.
const OWN: usize = 64;
/// Files kept for each link whose counters are read.
const FILES_PER_LINK: usize = 2;

/// Who gets how many.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Clients of each listener at a time.
    pub(crate) connections: usize,
    /// Links whose counters are kept open.
    pub(crate) counted_links: usize,
}

impl Share {
    /// What there is for so many listeners; the process's own (soft) limit is
    /// raised to what they need, as far as it may be.
    pub(crate) fn among(listeners: usize) -> Self {
        let wanted = OWN + listeners * CONNECTIONS + FILES_PER_LINK * MAX_KEPT;
        Self::of(raise_limit(wanted), listeners)
    }

    fn of(limit: usize, listeners: usize) -> Self {
        let room = limit.saturating_sub(OWN);
        let files = (FILES_PER_LINK * MAX_KEPT).min(room / 2);
        let connections = (room - files) / listeners.max(1);
        Self {
            connections: connections.clamp(1, CONNECTIONS),
            counted_links: files / FILES_PER_LINK,
        }
    }
}

/// Makes the limit `wanted`, if it is lower, and says what it is then.
fn raise_limit(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Without a number there is no limit.
    let number = |limit: Option<u64>| {
        limit.map_or(usize::MAX, |limit| {
            usize::try_from(limit).unwrap_or(usize::MAX)
        })
    };
    let now = number(current);
    let raised = wanted.min(number(maximum));
    if raised <= now {
        return now;
    }
    let limit = Rlimit {
        current: Some(raised as u64),
        maximum,
    };
    setrlimit(Resource::Nofile, limit).map_or(now, |()| raised)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_so_many_that_none_is_left() {
        let table = [
            // limit, listeners, connections each, links
            (1024, 2, 200, 128),
            (usize::MAX, 1, 200, 128),
            (1024, 10, 70, 128),
            (164, 1, 50, 25),
            (164, 2, 25, 25),
            (64, 1, 1, 0),
            (0, 0, 1, 0),
        ];
        for (limit, listeners, connections, counted_links) in table {
            let share = Share {
                connections,
                counted_links,
            };
            assert_eq!(Share::of(limit, listeners), share, "{limit} {listeners}");
        }
    }
}

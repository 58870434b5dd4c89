//! What this process uses itself, asked when it is wanted: a few microseconds.
//!
//! The sources are `clock_gettime(2)` and `/proc/self/statm`.

use rustix::param::page_size;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// Processor time of all threads so far. `CLOCK_PROCESS_CPUTIME_ID`.
pub(crate) fn cpu() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    // Neither part of such a clock is negative.
    Duration::new(
        used.tv_sec.try_into().unwrap_or_default(),
        used.tv_nsec.try_into().unwrap_or_default(),
    )
}

/// Resident memory in bytes, if `/proc` can be read. It must be asked for `self`:
/// our number is another process's where `/proc` is another PID namespace's.
pub(crate) fn resident_bytes() -> Option<u64> {
    let pages = parse(&fs::read_to_string("/proc/self/statm").ok()?)?;
    pages.checked_mul(page_size().try_into().ok()?)
}

/// Resident pages by `/proc/PID/statm`: the second number.
fn parse(statm: &str) -> Option<u64> {
    let mut numbers = statm.split_ascii_whitespace();
    numbers.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_pages() {
        for (statm, pages) in [
            ("706 344 301 163 0 97 0\n", Some(344)),
            ("706", None),
            ("706 x", None),
            ("", None),
        ] {
            assert_eq!(parse(statm), pages, "{statm}");
        }
    }
}

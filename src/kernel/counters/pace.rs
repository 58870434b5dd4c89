//! Whether a link, or the table of all, is slow to tell counters.
//!
//! The kernel asks the driver for them, and few drivers take more than a microsecond.
//! One that does is not waited for again and again where requests are answered.

use std::time::Duration;

/// A pread that takes longer is slow.
pub(super) const SLOW: Duration = Duration::from_millis(50);
/// So many slow preads make it slow.
const TOO_MANY: u8 = 2;
/// So many quick preads in a row, of fifty readings, make up for slow ones.
const QUICK_AGAIN: u8 = 100;

/// How the last preads went. Slow ones need not follow each
/// other: they count until [`QUICK_AGAIN`] quick ones in a row have followed, and
/// that is the way back, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    slow: u8,
    quick_since: u8,
}

impl Pace {
    /// A pread took so long; whether it was slow.
    pub(super) fn took(&mut self, time: Duration) -> bool {
        let is_slow = time > SLOW;
        if is_slow {
            self.slow = self.slow.saturating_add(1);
            self.quick_since = 0;
        } else {
            self.quick_since = self.quick_since.saturating_add(1);
        }
        if self.quick_since >= QUICK_AGAIN {
            *self = Self::default();
        }
        is_slow
    }

    /// Whether it is slow.
    pub(super) fn is_slow(self) -> bool {
        self.slow >= TOO_MANY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `s` is a slow pread, `q` a quick one, a digit so many tens of quick ones.
    fn after(preads: &str) -> Pace {
        let mut pace = Pace::default();
        for pread in preads.chars() {
            let tens = pread.to_digit(10).unwrap_or_default();
            for _ in 0..tens * 10 {
                assert!(!pace.took(SLOW));
            }
            match pread {
                's' => assert!(pace.took(SLOW + Duration::from_nanos(1))),
                'q' => assert!(!pace.took(SLOW)),
                _ => {}
            }
        }
        pace
    }

    #[test]
    fn two_slow_preads_make_a_slow_link_until_a_hundred_quick_ones_in_a_row() {
        let table = [
            ("", false),
            ("99", false),
            ("s", false),
            ("ss", true),
            ("sqs", true),
            ("s9qqqqqqqqqs", true),
            ("s91s", false),
            ("ss9qqqqqqqqq", true),
            ("ss91", false),
            ("ss9s9", true),
            ("ss91s", false),
        ];
        for (preads, is_slow) in table {
            assert_eq!(after(preads).is_slow(), is_slow, "{preads}");
        }
    }
}

//! What changes of the network itself, for the log: a line for each change.
//!
//! A storm does not flood it: while many lines were told, views are let pass, and what
//! is told then is what has changed since the last one that was told.

use crate::view::{Changes, NodeView};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Lines of one view; how many interfaces have changed beyond is one more.
const MOST: usize = 16;
/// So much time is to pass for each line, so that there are fewer than a hundred in any
/// second.
const PER_LINE: Duration = Duration::from_millis(20);
/// So much of it may be owed before a view is let pass.
const CREDIT: Duration = Duration::from_millis(500);

/// The views that were told, and are to be.
#[derive(Debug, Default)]
pub(super) struct StateLog {
    told: Option<Arc<NodeView>>,
    untold: Option<Arc<NodeView>>,
    /// When the time for the lines so far has passed.
    paid: Option<Instant>,
}

impl StateLog {
    /// Takes a newer view; of the first there is nothing to tell.
    pub(super) fn take(&mut self, view: Arc<NodeView>) {
        if self.told.is_none() {
            self.told = Some(view);
        } else {
            self.untold = Some(view);
        }
    }

    /// When there will be something to tell though nothing changes.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let paid = self.paid.filter(|_| self.untold.is_some())?;
        paid.checked_sub(CREDIT)
    }

    /// What is to be told now.
    pub(super) fn lines(&mut self, now: Instant) -> Vec<String> {
        if self.deadline().is_some_and(|deadline| now < deadline) {
            return Vec::new();
        }
        let (Some(told), Some(view)) = (&self.told, self.untold.take()) else {
            return Vec::new();
        };
        let Changes { mut lines, more } = Changes::between(told, &view, MOST);
        if more > 0 {
            lines.push(format!("{more} more interfaces changed"));
        }
        let paid = self.paid.map_or(now, |paid| paid.max(now));
        self.paid = Some(lines.iter().fold(paid, |paid, _| paid + PER_LINE));
        self.told = Some(view);
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sample;
    use crate::view::{Ids, Node};

    const SECOND: Duration = Duration::from_secs(1);

    /// A hundred interfaces, some of them down.
    fn view(is_down: impl Fn(u32) -> bool) -> Arc<NodeView> {
        let links = (1..=100).map(|index| {
            sample::link(index, &format!("eth{index}")).with(|facts| {
                if is_down(index) {
                    facts.link.flags.0 = 0;
                }
            })
        });
        let snapshot = sample::snapshot(links).into();
        let now = Instant::now();
        NodeView::new(Node::default(), snapshot, &mut Ids::default(), now).into()
    }

    #[test]
    fn one_change_is_told_at_once_and_one_view_in_a_few_lines() {
        let mut log = StateLog::default();
        let now = Instant::now();
        log.take(view(|_| false));
        assert_eq!(log.lines(now), [""; 0], "nothing has changed yet");
        log.take(view(|index| index == 7));
        let expected = [
            "eth7 is DOWN, was UP",
            "the cable of eth7 is UNKNOWN, was CONNECTED",
        ];
        assert_eq!(log.lines(now), expected);
        assert_eq!(log.lines(now), [""; 0], "told once");
        log.take(view(|index| index == 7 || index > 80));
        let lines = log.lines(now);
        assert_eq!(lines.len(), MOST + 1);
        assert_eq!(lines[0], "eth81 is DOWN, was UP");
        assert_eq!(lines[MOST], "12 more interfaces changed");
    }

    #[test]
    fn a_storm_is_told_in_few_lines_and_its_end_always() {
        let mut log = StateLog::default();
        let begin = Instant::now();
        let views = [view(|_| false), view(|index| index % 2 == 0)];
        let mut told: Vec<Instant> = Vec::new();
        // A hundred views a second for five.
        for turn in 0..500 {
            let now = begin + turn * SECOND / 100;
            log.take(Arc::clone(&views[turn as usize % 2]));
            told.extend(log.lines(now).iter().map(|_| now));
        }
        for (position, first) in told.iter().enumerate() {
            let second = told[position..]
                .iter()
                .take_while(|at| **at < *first + SECOND);
            assert!(second.count() <= 100);
        }
        assert!(told.len() > 200, "{} in five seconds", told.len());

        let end = begin + 5 * SECOND;
        log.take(view(|index| index == 100));
        assert_eq!(log.lines(end), [""; 0]);
        let due = log.deadline().unwrap();
        assert!(due > end && due < end + SECOND);
        let last = log.lines(due);
        assert!(last.iter().any(|line| line.contains("eth")), "{last:?}");
        assert_eq!(log.deadline(), None);
        // Whatever was let pass: this is the state now.
        log.take(view(|_| false));
        let expected = [
            "eth100 is UP, was DOWN",
            "the cable of eth100 is CONNECTED, was UNKNOWN",
        ];
        assert_eq!(log.lines(due + SECOND), expected);
    }
}

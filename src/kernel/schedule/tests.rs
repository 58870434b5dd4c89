//! When a link is due, told in seconds after its event.
//!
//! No clock: times are given.

use super::*;

/// Those that are due, each with whether it is for the first time since its event.
fn due(schedule: &mut Schedule, now: Instant) -> Vec<(u32, bool)> {
    let mut due = Vec::new();
    while let Some(taken) = schedule.take_due(now, |index| index != IfIndex(9)) {
        due.push((taken.index.0, taken.is_first));
    }
    due
}

#[test]
fn at_once_then_after_1_and_5_seconds_then_every_minute() {
    let start = Instant::now();
    let mut schedule = Schedule::default();
    assert_eq!(schedule.deadline(), None);
    schedule.event(IfIndex(1), start);
    for seconds in [0, 1, 5, 65, 125] {
        let now = start + Duration::from_secs(seconds);
        assert_eq!(schedule.deadline(), Some(now));
        assert_eq!(due(&mut schedule, now), [(1, seconds == 0)]);
        assert!(due(&mut schedule, now).is_empty());
    }
}

#[test]
fn an_event_begins_anew_and_a_link_that_went_is_forgotten() {
    let start = Instant::now();
    let mut schedule = Schedule::default();
    schedule.event(IfIndex(1), start);
    schedule.event(IfIndex(9), start);
    assert_eq!(due(&mut schedule, start), [(1, true), (9, true)]);
    let later = start + Duration::from_millis(500);
    schedule.event(IfIndex(1), later);
    schedule.event(IfIndex(1), later);
    assert_eq!(due(&mut schedule, later), [(1, true)]);
    assert_eq!(schedule.deadline(), Some(later + Duration::from_secs(1)));
    assert_eq!(schedule.due.len(), 1);
}

//! When cycles begin, repeat and complete, told in seconds.
//!
//! No kernel and no clock: a cycle is played by calls.

use super::*;

fn at(start: Instant, seconds: f64) -> Instant {
    start + Duration::from_secs_f64(seconds)
}

/// Runs one cycle at `now`, `spoil`ed after its first dump.
fn cycle(resync: &mut Resync, now: Instant, spoil: fn(&mut Resync, Instant)) {
    assert!(resync.is_due(now));
    resync.began(DumpObject::Links, 1, now);
    assert!(resync.is_running(1) && !resync.is_running(2) && !resync.is_due(now));
    let ended = resync.ended(true, now);
    assert_eq!(ended.next, Some(DumpObject::Addresses));
    resync.began(DumpObject::Addresses, 2, now);
    spoil(resync, now);
    assert_eq!(resync.ended(true, now).next, None);
}

fn interrupted(resync: &mut Resync, _: Instant) {
    resync.interrupted();
}

fn untouched(_: &mut Resync, _: Instant) {}

#[test]
fn a_clean_cycle_is_a_picture() {
    let start = Instant::now();
    let mut resync = Resync::new(start);
    assert!(!resync.has_picture());
    cycle(&mut resync, start, untouched);
    assert!(resync.has_picture());
    assert!(resync.is_audit());
    assert!(!resync.is_due(at(start, 59.0)));
    assert!(resync.is_due(at(start, 60.0)), "an audit");
}

#[test]
fn interrupted_cycles_are_repeated_ever_more_slowly() {
    let start = Instant::now();
    let mut resync = Resync::new(start);
    let mut now = start;
    for (pauses, pause) in [0.0, 0.1, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        .into_iter()
        .enumerate()
    {
        assert_eq!(resync.has_picture(), pauses >= 5, "the union of five");
        cycle(&mut resync, now, interrupted);
        assert_eq!(resync.deadline(), Some(at(now, pause)));
        now = at(now, pause);
    }
    assert_eq!(resync.missing_since(), None, "churn is no loss");
    assert!(!resync.is_audit(), "nothing was whole yet");
    cycle(&mut resync, now, untouched);
    assert_eq!(resync.deadline(), Some(at(now, 60.0)));
}

#[test]
fn a_loss_is_made_up_for_at_most_once_a_second() {
    let start = Instant::now();
    let mut resync = Resync::new(start);
    cycle(&mut resync, start, untouched);
    resync.lost(at(start, 0.2));
    assert!(!resync.is_audit(), "more than events may be missing");
    assert_eq!(resync.missing_since(), Some(at(start, 0.2)));
    assert_eq!(resync.deadline(), Some(at(start, 1.0)));
    resync.lost(at(start, 0.3));
    assert_eq!(resync.deadline(), Some(at(start, 1.0)));
    assert!(!resync.is_due(at(start, 0.9)));

    // Lost again while the cycle runs: it does not count.
    cycle(&mut resync, at(start, 1.0), Resync::lost);
    assert_eq!(resync.missing_since(), Some(at(start, 0.2)));
    assert_eq!(resync.deadline(), Some(at(start, 2.0)));
    cycle(&mut resync, at(start, 2.0), untouched);
    assert_eq!(resync.missing_since(), None);

    // Long after, at once.
    resync.lost(at(start, 50.0));
    assert_eq!(resync.deadline(), Some(at(start, 50.0)));
}

#[test]
fn a_dump_that_failed_or_was_interrupted_is_not_clean() {
    let start = Instant::now();
    for (is_ok, spoil) in [
        (false, untouched as fn(&mut Resync, Instant)),
        (true, interrupted),
    ] {
        let mut resync = Resync::new(start);
        resync.began(DumpObject::Links, 1, start);
        spoil(&mut resync, start);
        assert!(!resync.ended(is_ok, start).is_clean);
        resync.began(DumpObject::Addresses, 2, start);
        assert!(resync.ended(true, start).is_clean, "each dump for itself");
        assert!(!resync.has_picture(), "but the cycle is not whole");
    }
}

#[test]
fn a_dump_that_does_not_end_is_stuck_and_a_lost_socket_ends_it() {
    let start = Instant::now();
    let mut resync = Resync::new(start);
    resync.began(DumpObject::Links, 1, start);
    assert!(!resync.is_stuck(at(start, 29.0)));
    assert!(resync.is_stuck(at(start, 30.0)));
    resync.goes_on(at(start, 31.0));
    assert!(!resync.is_stuck(at(start, 60.0)), "slow is not stuck");
    assert_eq!(resync.deadline(), Some(at(start, 61.0)));
    resync.disconnected(at(start, 30.0));
    assert!(!resync.is_running(1) && resync.is_due(at(start, 30.0)));
}

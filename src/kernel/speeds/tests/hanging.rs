//! Drivers that hang: what is told of whom, and what is left behind.
//!
//! The deadline is over at once where it is to be missed.

use super::*;
use crate::kernel::driver::MOST_AWAITED;

#[tokio::test]
async fn a_driver_that_hangs_holds_up_the_others_and_says_so() {
    let mut bench = Bench::new(Duration::ZERO, &[link(1), link(2)]);
    bench.ask(Instant::now());
    assert_eq!(bench.is_asked(), 1);
    assert!(bench.ask(Instant::now()), "the deadline is over at once");
    assert_eq!(bench.speeds.slow_reads(), 1);
    let reason = |speed: &Reading<u32>| match speed {
        Reading::Absent { reason } | Reading::Stale { reason, .. } => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert!(reason(bench.speed(1)).contains("did not answer"));
    assert!(reason(bench.speed(2)).contains("waits for the driver of eth1"));

    // Its turn comes again meanwhile: what is said of it stands.
    assert!(!bench.ask(Instant::now() + Duration::from_secs(1)));
    assert!(reason(bench.speed(1)).contains("did not answer"));

    // Who comes now waits too, in the same queue.
    bench.put(link(3));
    assert!(bench.ask(Instant::now()));
    assert!(reason(bench.speed(3)).contains("eth1"));
    assert_eq!(bench.speeds.slow_reads(), 1, "told once");
    assert!(bench.asked.try_recv().is_err(), "one read at a time");

    assert!(bench.answers(Answer::Speed(1000)).await);
    assert_eq!(bench.speed(1), &Reading::Current(1000));
    for index in [2, 3] {
        assert_eq!(bench.is_asked(), index);
        assert!(bench.answers(Answer::Speed(1000)).await);
        assert_eq!(bench.speed(index), &Reading::Current(1000));
    }
}

#[tokio::test]
async fn counters_that_hang_hold_up_speeds_that_are_awaited_and_say_so() {
    for (asked, name) in [
        (Asked::Counters(IfIndex(1)), "eth1"),
        (Asked::Table, "a link in /proc/self/net/dev"),
    ] {
        counters_hang(asked, name).await;
    }
}

async fn counters_hang(asked: Asked, name: &str) {
    let mut bench = Bench::new(Duration::ZERO, &[link(1), link(2)]);
    for index in [1, 2] {
        bench
            .fold
            .set_speed(IfIndex(index), &Reading::Current(1000));
    }
    let (wire, end) = mpsc::channel::<()>();
    let queue = bench.speeds.driver.counter_queue();
    queue.ask(asked, move || {
        let _ = end.recv();
        false
    });
    let woken = timeout(Duration::from_secs(10), bench.speeds.next()).await;
    assert!(woken.unwrap().is_none());
    bench.speeds.stirred.remove(&IfIndex(1));
    bench.ask(Instant::now());
    bench.ask(Instant::now());
    assert_eq!(bench.speeds.slow_reads(), 1);
    assert_eq!(bench.speed(1), &Reading::Current(1000), "nobody asked");
    match bench.speed(2) {
        Reading::Stale { value, reason } => {
            assert_eq!(*value, 1000);
            let waits = format!("waits for the driver of {name},");
            assert!(reason.contains(&waits), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    drop(wire);
    let late = timeout(Duration::from_secs(10), bench.speeds.next()).await;
    assert!(!bench.speeds.take(late.unwrap().unwrap(), &mut bench.fold));
    assert_eq!(bench.is_asked(), 2);
    assert!(bench.answers(Answer::Speed(1000)).await);
    assert_eq!(bench.speed(2), &Reading::Current(1000));
}

#[tokio::test]
async fn a_missed_deadline_and_its_late_answer_are_one_failure() {
    for answer in [Answer::Speed(1000), Answer::Unknown, lost()] {
        let mut bench = Bench::new(Duration::ZERO, &[link(1)]);
        bench.ask(Instant::now());
        bench.is_asked();
        bench.ask(Instant::now());
        bench.answers(answer).await;
        assert_eq!(bench.speeds.slow_reads(), 1);
        assert_eq!(bench.speeds.back_off.count(IfIndex(1)), 1);
        let due = bench.speeds.schedule.deadline().unwrap();
        assert!(due <= Instant::now() + back_off::PAUSES[0]);
    }
}

#[tokio::test]
async fn a_driver_that_hangs_on_what_a_link_was_is_no_trouble_of_what_it_is() {
    let mut replugged = link(1);
    replugged.carrier_changes += 2;
    for (changed, is_gone) in [(sample::link(1, "lan").link, true), (replugged, false)] {
        let mut bench = Bench::new(Duration::ZERO, &[link(1)]);
        bench.ask(Instant::now());
        bench.is_asked();
        if is_gone {
            bench.fold.event(Decoded::DelLink(IfIndex(1)));
        }
        bench.put(changed);
        bench.ask(Instant::now());
        match bench.speed(1) {
            Reading::Absent { reason } => {
                assert!(reason.contains("waits for the driver of eth1"), "{reason}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(bench.speeds.slow_reads(), 1);
        assert_eq!(bench.speeds.back_off.count(IfIndex(1)), 0);
        bench.answers(Answer::Speed(10)).await;
        bench.ask(Instant::now());
        assert_eq!(bench.is_asked(), 1);
        assert!(bench.answers(Answer::Speed(1000)).await);
        assert_eq!(bench.speed(1), &Reading::Current(1000));
    }
}

#[tokio::test]
async fn thousands_are_asked_for_a_few_hundred_at_a_time_but_all_are_told_of_one_that_hangs() {
    let count = 2 * u32::try_from(MOST_AWAITED).unwrap();
    let links: Vec<Link> = (1..=count).map(link).collect();
    let mut bench = Bench::new(Duration::ZERO, &links);
    let start = Instant::now();
    bench.ask(start);
    assert_eq!(bench.speeds.driver.awaited().len(), MOST_AWAITED);
    // Before the driver is at it, its deadline is another.
    bench.is_asked();
    assert_eq!(
        bench.speeds.deadline(start),
        bench.speeds.driver.deadline(start)
    );
    bench.answers(Answer::Speed(1000)).await;
    bench.is_asked();
    // The second does not answer.
    bench.ask(Instant::now());
    bench.ask(Instant::now());
    assert_eq!(bench.speed(1), &Reading::Current(1000));
    for index in 2..=count {
        assert!(
            matches!(bench.speed(index), Reading::Absent { .. }),
            "{index}"
        );
    }
    assert_eq!(bench.speeds.slow_reads(), 1);
    assert_eq!(bench.speeds.driver.awaited().len(), MOST_AWAITED);

    // When it does, those that the queue had no room for get their turn, too.
    let mut asked = BTreeSet::from([2]);
    while asked.len() + 1 < usize::try_from(count).unwrap() {
        bench.answers(Answer::Speed(1000)).await;
        bench.ask(Instant::now());
        asked.insert(bench.is_asked());
    }
}

#[tokio::test]
async fn links_that_come_and_go_behind_a_driver_that_hangs_leave_nothing() {
    let mut bench = Bench::new(Duration::ZERO, &[link(1)]);
    bench.ask(Instant::now());
    bench.is_asked();
    bench.ask(Instant::now());
    for index in 2..50_000 {
        bench.put(link(index));
        bench.ask(Instant::now());
        assert!(matches!(bench.speed(index), Reading::Absent { .. }));
        bench.fold.event(Decoded::DelLink(IfIndex(index)));
        let changed = bench.fold.take_changed();
        bench.speeds.forget_gone(&changed, &bench.fold);
    }
    assert_eq!(bench.speeds.driver.awaited().len(), 1);
    bench.fold.event(Decoded::DelLink(IfIndex(1)));
    let changed = bench.fold.take_changed();
    bench.speeds.forget_gone(&changed, &bench.fold);
    assert_eq!(bench.speeds.driver.awaited().len(), 0);
    assert_eq!(bench.speeds.schedule.deadline(), None);
    assert_eq!(bench.speeds.back_off.count(IfIndex(1)), 0);
}

//! What answers are worth: a driver of the test's own stands in for sysfs.
//!
//! What each answer leaves in the fold is what is looked at.

use super::*;
use crate::facts::sample;
use crate::kernel::decode::Decoded;
use crate::kernel::driver::MOST_AWAITED;
use crate::kernel::speed::SpeedSource;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

/// A driver whose answers the test gives one by one.
struct Scripted {
    asked: Sender<SpeedRequest>,
    answers: Receiver<Answer>,
}

impl SpeedSource for Scripted {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        let _ = self.asked.send(*request);
        self.answers.recv().unwrap_or(Answer::Unknown)
    }
}

/// Speeds of some links, with both ends of the driver's wire.
struct Bench {
    speeds: Speeds,
    fold: Fold,
    asked: Receiver<SpeedRequest>,
    answer: Sender<Answer>,
}

impl Bench {
    fn new(deadline: Duration, links: &[Link]) -> Self {
        let (asked, requests) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        let driver = Driver::read_from(Scripted { asked, answers }, deadline).unwrap();
        let mut bench = Self {
            speeds: Speeds::new(driver),
            fold: Fold::default(),
            asked: requests,
            answer,
        };
        for link in links {
            bench.put(link.clone());
        }
        bench
    }

    fn put(&mut self, link: Link) {
        self.speeds.stir(link.index);
        self.fold.event(Decoded::NewLink(Box::new(link)));
    }

    fn ask(&mut self, now: Instant) -> bool {
        self.speeds.ask(&mut self.fold, now)
    }

    /// The link that the driver thread reads now.
    fn is_asked(&self) -> u32 {
        let request = self.asked.recv_timeout(Duration::from_secs(10));
        request.unwrap().index().0
    }

    async fn answers(&mut self, answer: Answer) -> bool {
        self.answer.send(answer).unwrap();
        let reply = timeout(Duration::from_secs(10), self.speeds.next()).await;
        self.speeds.take(reply.unwrap().unwrap(), &mut self.fold)
    }

    fn speed(&self, index: u32) -> &Reading<u32> {
        &self.fold.link(IfIndex(index)).unwrap().speed
    }
}

fn link(index: u32) -> Link {
    sample::link(index, &format!("eth{index}")).link
}

fn lost() -> Answer {
    let path = PathBuf::from("eth1/speed");
    let source = io::Error::from_raw_os_error(libc::EMFILE);
    Answer::Failed(SysfsError::Read { path, source })
}

const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_read_that_fails_leaves_the_last_value_and_is_tried_again_soon() {
    let mut bench = Bench::new(LONG, &[link(1)]);
    let start = Instant::now();
    bench.ask(start);
    bench.is_asked();
    assert!(bench.answers(Answer::Speed(2500)).await);
    bench.speeds.stir(IfIndex(1));
    bench.ask(start);
    bench.is_asked();
    assert!(bench.answers(lost()).await);
    assert!(matches!(bench.speed(1), Reading::Stale { value: 2500, .. }));
    let soon = Instant::now() + Duration::from_millis(100);
    assert!(bench.speeds.deadline(start).is_some_and(|due| due <= soon));
    bench.ask(soon);
    bench.is_asked();
    assert!(bench.answers(Answer::Speed(2500)).await);
    assert_eq!(bench.speed(1), &Reading::Current(2500));
}

#[tokio::test]
async fn a_driver_that_does_not_know_is_believed() {
    let mut bench = Bench::new(LONG, &[link(1)]);
    bench.ask(Instant::now());
    bench.is_asked();
    assert!(bench.answers(Answer::Unknown).await);
    assert!(matches!(bench.speed(1), Reading::Absent { .. }));
}

#[tokio::test]
async fn an_answer_to_what_the_link_was_is_asked_for_again() {
    let renamed = sample::link(1, "lan").link;
    let mut moved = link(1);
    moved.mac = crate::facts::MacAddr::new(&[2, 0, 0, 0, 0, 9]).unwrap();
    let mut replugged = link(1);
    replugged.carrier_changes += 2;
    for (changed, is_new) in [
        (renamed, false),
        (moved, false),
        (replugged, false),
        (link(1), true),
    ] {
        let mut bench = Bench::new(LONG, &[link(1)]);
        bench.ask(Instant::now());
        bench.is_asked();
        if is_new {
            bench.fold.event(Decoded::DelLink(IfIndex(1)));
        }
        bench.put(changed);
        bench.ask(Instant::now());
        assert!(!bench.answers(Answer::Speed(10)).await, "that was before");
        assert_eq!(bench.speed(1), &Reading::Pending);
        bench.ask(Instant::now());
        bench.is_asked();
        assert!(bench.answers(Answer::Speed(1000)).await);
        assert_eq!(bench.speed(1), &Reading::Current(1000));
    }
}

#[tokio::test]
async fn what_shows_the_same_speed_is_read_too() {
    let mut port = link(1);
    port.master = Some(IfIndex(2));
    let mut vlan = link(3);
    vlan.lower = Some(IfIndex(1));
    let mut bench = Bench::new(LONG, &[port, link(2), vlan]);
    bench.speeds.stirred.clear();
    bench.speeds.schedule.event(IfIndex(1), Instant::now());
    bench.ask(Instant::now());
    assert_eq!(bench.is_asked(), 1);
    bench.answers(Answer::Speed(100)).await;
    bench.ask(Instant::now());
    assert_eq!(bench.is_asked(), 2);
    bench.answers(Answer::Speed(100)).await;
    assert_eq!(bench.is_asked(), 3);
}

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
async fn a_link_in_trouble_is_let_be_ever_longer() {
    let mut bench = Bench::new(LONG, &[link(1)]);
    for pause in BACK_OFF {
        let now = Instant::now();
        bench
            .speeds
            .troubles
            .entry(IfIndex(1))
            .and_modify(|trouble| {
                trouble.rest_until = now;
            });
        bench.speeds.stir(IfIndex(1));
        bench.ask(now);
        bench.is_asked();
        bench.answers(lost()).await;
        bench.speeds.stir(IfIndex(1));
        bench.ask(Instant::now());
        assert!(bench.asked.try_recv().is_err(), "not before it is due");
        let due = bench.speeds.schedule.deadline().unwrap();
        assert!(due >= now + pause && due <= Instant::now() + pause);
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
    assert!(bench.speeds.troubles.is_empty());
}

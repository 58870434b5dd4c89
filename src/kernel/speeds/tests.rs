//! What answers are worth: a driver of the test's own stands in for sysfs.
//!
//! What each answer leaves in the fold is what is looked at.

mod hanging;

use super::*;
use crate::facts::{Duplex, sample};
use crate::kernel::back_off;
use crate::kernel::decode::Decoded;
use crate::kernel::speed::SpeedSource;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;
use tokio::time::timeout;

/// A driver whose answers the test gives one by one. Its links are half duplex.
struct Scripted {
    asked: Sender<SpeedRequest>,
    answers: Receiver<Answer>,
}

impl SpeedSource for Scripted {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        let _ = self.asked.send(*request);
        self.answers.recv().unwrap_or(Answer::Unknown)
    }

    fn duplex(&mut self, _: &SpeedRequest) -> Option<Duplex> {
        Some(Duplex::Half)
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
        let index = link.index;
        self.fold.event(Decoded::NewLink(Box::new(link)));
        self.speeds.stir(index, &self.fold);
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
    bench.speeds.stir(IfIndex(1), &bench.fold);
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
async fn the_duplex_mode_is_read_with_a_speed_that_nobody_waits_for() {
    let mut bench = Bench::new(LONG, &[link(1)]);
    let duplex = |bench: &Bench| bench.fold.link(IfIndex(1)).unwrap().duplex;
    bench.ask(Instant::now());
    assert!(bench.answers(Answer::Speed(1000)).await);
    assert_eq!(duplex(&bench), None, "speeds come first");
    for (answer, is_read) in [(lost(), false), (Answer::Unknown, true)] {
        bench.ask(bench.speeds.schedule.deadline().unwrap());
        assert!(bench.answers(answer).await);
        assert_eq!(duplex(&bench), is_read.then_some(Duplex::Half));
    }
    bench.ask(bench.speeds.schedule.deadline().unwrap());
    assert!(!bench.answers(Answer::Unknown).await, "nothing is new");
    let mut replugged = link(1);
    replugged.carrier_changes += 2;
    bench.put(replugged);
    assert_eq!(duplex(&bench), None, "that was another carrier's");
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

/// A link that could not be read six times, and is due in five minutes.
async fn in_trouble() -> Bench {
    let mut bench = Bench::new(LONG, &[link(1)]);
    bench.ask(Instant::now());
    for pause in back_off::PAUSES {
        let before = Instant::now();
        bench.is_asked();
        bench.answers(lost()).await;
        bench.speeds.stir(IfIndex(1), &bench.fold);
        bench.ask(Instant::now());
        assert!(bench.asked.try_recv().is_err(), "not before it is due");
        let due = bench.speeds.schedule.deadline().unwrap();
        assert!(due >= before + pause && due <= Instant::now() + pause);
        bench.ask(due);
    }
    bench.is_asked();
    bench.answers(lost()).await;
    bench
}

#[tokio::test]
async fn a_link_in_trouble_is_let_be_ever_longer() {
    let mut bench = in_trouble().await;
    bench.put(link(1));
    bench.ask(Instant::now());
    let due = bench.speeds.schedule.deadline().unwrap();
    assert!(due > Instant::now() + LONG, "nothing has changed");
}

#[tokio::test]
async fn a_link_that_begins_anew_is_read_at_once() {
    let mut replugged = link(1);
    replugged.carrier_changes += 2;
    let mut down = link(1);
    down.flags.0 = 0;
    let gone = Decoded::DelLink(IfIndex(1));
    for (meanwhile, then) in [
        (gone, link(1)),
        (Decoded::NewLink(Box::new(down)), link(1)),
        (Decoded::Other, replugged),
    ] {
        let mut bench = in_trouble().await;
        bench.fold.event(meanwhile);
        bench.speeds.stir(IfIndex(1), &bench.fold);
        bench.put(then);
        bench.ask(Instant::now());
        assert_eq!(bench.is_asked(), 1);
        bench.answers(lost()).await;
        let due = bench.speeds.schedule.deadline().unwrap();
        assert!(
            due <= Instant::now() + back_off::PAUSES[0],
            "the first time"
        );
    }
}

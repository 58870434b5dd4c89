//! The thread itself: order, one at a time, and its end.
//!
//! What it reads is of the test's own: one that echoes, one that hangs.

use super::*;
use crate::facts::sample;
use crate::kernel::speed::SpeedRequest;
use crate::kernel::sysfs::SysfsError;
use std::sync::mpsc;
use tokio::time::timeout;

fn request(index: u32) -> SpeedRequest {
    SpeedRequest::new(&sample::link(index, "eth"), None)
}

fn speed(word: Option<Word>) -> SpeedReply {
    match word {
        Some(Word::Speed(reply)) => reply,
        other => panic!("{other:?}"),
    }
}

/// The next word, with those times let pass when there is none yet.
async fn word(driver: &mut Driver) -> Word {
    let words = async {
        loop {
            if let Some(word) = driver.next().await {
                return word;
            }
        }
    };
    timeout(Duration::from_secs(10), words).await.unwrap()
}

/// Answers with the link's index.
struct Echo;

impl SpeedSource for Echo {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        Answer::Speed(request.index().0)
    }
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions() {
    let mut driver = Driver::read_from(Echo, Duration::from_mins(1)).unwrap();
    assert_eq!(driver.deadline(Instant::now()), None, "nothing to wait for");
    for index in [3, 1, 2] {
        driver.ask(request(index));
    }
    assert!(driver.deadline(Instant::now()).is_some());
    for index in [3, 1, 2] {
        let reply = speed(driver.next().await);
        assert!(matches!(reply.answer, Answer::Speed(speed) if speed == index));
        assert!(!reply.is_late);
    }
    assert_eq!(driver.awaited().len(), 0);
}

/// Waits until its wire is cut.
struct Hanging(mpsc::Receiver<()>);

impl SpeedSource for Hanging {
    fn speed(&mut self, _: &SpeedRequest) -> Answer {
        let _ = self.0.recv();
        Answer::Unknown
    }
}

#[tokio::test]
async fn a_link_waits_in_the_queue_once_and_a_missed_deadline_is_told_once() {
    let (wire, end) = mpsc::channel();
    let mut driver = Driver::read_from(Hanging(end), Duration::ZERO).unwrap();
    driver.ask(request(1));
    driver.ask(request(1));
    driver.ask(request(2));
    while driver.at_work().is_none() {
        thread::yield_now();
    }
    let missed = driver.take_missed(Instant::now());
    assert_eq!(missed, Some(Asked::Speed(request(1))));
    assert_eq!(driver.take_missed(Instant::now()), None);
    assert_eq!(driver.deadline(Instant::now()), None);
    drop(wire);
    let reply = speed(driver.next().await);
    assert!(reply.is_late && reply.request.index() == IfIndex(1));
    assert_eq!(driver.stuck_on(), None);
    let reply = speed(driver.next().await);
    assert!(!reply.is_late && reply.request.index() == IfIndex(2));
    assert!(driver.try_next().is_none(), "asked twice, answered once");
}

#[tokio::test]
async fn what_waits_behind_a_driver_that_hangs_does_not_grow() {
    const MANY: u32 = 50_000;
    let (wire, end) = mpsc::channel();
    let mut driver = Driver::read_from(Hanging(end), Duration::from_mins(1)).unwrap();
    driver.ask(request(1));
    let counters = Arc::new(());
    for index in 2..=MANY {
        assert!(driver.ask(request(index)), "there is room for {index}");
        let counted = Arc::clone(&counters);
        let asked = Asked::Counters(IfIndex(index));
        driver
            .counter_queue()
            .ask(asked, move || Arc::strong_count(&counted) == 0);
        driver.forget(IfIndex(index));
    }
    assert_eq!(driver.awaited().len(), 1);
    assert_eq!(Arc::strong_count(&counters), 1, "all are forgotten");

    for index in 2..=MANY {
        driver.ask(request(index));
        let counted = Arc::clone(&counters);
        driver
            .counter_queue()
            .ask(Asked::Table, move || Arc::strong_count(&counted) == 0);
    }
    assert!(!driver.has_room());
    assert_eq!(driver.awaited().len(), MOST_AWAITED);
    assert!(Arc::strong_count(&counters) < 1_000);

    drop(wire);
    for index in 1..=u32::try_from(MOST_AWAITED).unwrap() {
        let reply = speed(Some(word(&mut driver).await));
        assert_eq!(reply.request.index(), IfIndex(index));
    }
    assert!(driver.has_room());
}

#[tokio::test]
async fn a_link_that_comes_back_is_asked_for_anew() {
    let (wire, end) = mpsc::channel();
    let mut driver = Driver::read_from(Hanging(end), Duration::from_mins(1)).unwrap();
    let again = sample::link(1, "eth").with(|facts| facts.incarnation = 2);
    driver.ask(request(1));
    while driver.at_work().is_none() {
        thread::yield_now();
    }
    for _ in 0..2 {
        driver.ask(SpeedRequest::new(&again, None));
    }
    drop(wire);
    for (incarnation, awaited) in [(1, 1), (2, 0)] {
        let reply = speed(driver.next().await);
        assert_eq!(reply.request.incarnation, incarnation);
        assert_eq!(driver.awaited().len(), awaited);
    }
}

#[tokio::test]
async fn counters_that_hang_are_told_of_and_hold_up_speeds() {
    let mut driver = Driver::read_from(Echo, Duration::ZERO).unwrap();
    let (wire, end) = mpsc::channel::<()>();
    driver
        .counter_queue()
        .ask(Asked::Counters(IfIndex(1)), move || {
            let _ = end.recv();
            false
        });
    let woken = timeout(Duration::from_secs(10), driver.next()).await;
    assert!(woken.unwrap().is_none(), "a deadline to look at");
    assert!(driver.deadline(Instant::now()).is_some());
    driver.ask(request(2));
    let missed = driver.take_missed(Instant::now());
    assert_eq!(missed, Some(Asked::Counters(IfIndex(1))));
    assert_eq!(driver.take_missed(Instant::now()), None);
    assert_eq!(driver.stuck_on(), missed);
    drop(wire);
    let word = driver.next().await;
    assert!(matches!(
        word,
        Some(Word::LateCounters(Asked::Counters(IfIndex(1))))
    ));
    assert_eq!(driver.stuck_on(), None);
    assert_eq!(speed(driver.next().await).request.index(), IfIndex(2));
}

#[tokio::test]
async fn counters_in_time_are_nobody_elses_business() {
    let mut driver = Driver::read_from(Echo, Duration::from_mins(1)).unwrap();
    let (wire, end) = mpsc::channel::<()>();
    driver
        .counter_queue()
        .ask(Asked::Counters(IfIndex(1)), move || {
            let _ = end.recv();
            false
        });
    let woken = timeout(Duration::from_secs(10), driver.next()).await;
    assert!(woken.unwrap().is_none());
    assert_eq!(driver.take_missed(Instant::now()), None);
    assert_eq!(driver.stuck_on(), None);
    drop(wire);
    driver.ask(request(2));
    let reply = speed(Some(word(&mut driver).await));
    assert_eq!(reply.request.index(), IfIndex(2));
    assert_eq!(driver.deadline(Instant::now()), None, "nothing to wait for");
}

#[tokio::test]
async fn each_page_of_a_table_has_a_deadline_of_its_own() {
    let mut driver = Driver::read_from(Echo, Duration::ZERO).unwrap();
    let (wire, end) = mpsc::channel();
    driver
        .counter_queue()
        .ask(Asked::Table, move || end.recv().is_ok());
    let woken = timeout(Duration::from_secs(10), driver.next()).await;
    assert!(woken.unwrap().is_none(), "a deadline to look at");
    for _ in 0..2 {
        assert_eq!(driver.take_missed(Instant::now()), Some(Asked::Table));
        assert_eq!(driver.take_missed(Instant::now()), None);
        wire.send(()).unwrap();
        let word = word(&mut driver).await;
        assert!(matches!(word, Word::LateCounters(Asked::Table)));
        assert_eq!(driver.stuck_on(), None);
    }
    drop(wire);
    driver.ask(request(2));
    let reply = speed(Some(word(&mut driver).await));
    assert_eq!(reply.request.index(), IfIndex(2));
}

#[tokio::test]
async fn between_the_pages_of_a_table_others_have_their_turn() {
    let mut driver = Driver::read_from(Echo, Duration::from_mins(1)).unwrap();
    let (wire, end) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let mut pages = 0;
    driver.counter_queue().ask(Asked::Table, move || {
        pages += 1;
        let _ = end.recv();
        tell.send(pages).unwrap();
        pages < 3
    });
    driver.ask(request(1));
    wire.send(()).unwrap();
    let reply = speed(Some(word(&mut driver).await));
    assert!(matches!(reply.answer, Answer::Speed(1)));
    assert_eq!(told.try_iter().collect::<Vec<_>>(), [1]);
    drop(wire);
    assert_eq!(told.iter().collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn the_thread_ends_with_the_last_who_may_ask() {
    let (wire, end) = mpsc::channel();
    let driver = Driver::read_from(Hanging(end), Duration::from_mins(1)).unwrap();
    let queue = driver.counter_queue();
    drop(driver);
    let (tell, told) = mpsc::channel();
    queue.ask(Asked::Table, move || tell.send(()).is_err());
    told.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(wire.send(()).is_ok(), "it still has what it reads from");
    drop(queue);
    let begin = Instant::now();
    while wire.send(()).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it goes on");
        thread::yield_now();
    }
}

/// Knows a duplex mode of every link, but can read those with even indexes only.
struct Half;

impl SpeedSource for Half {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        match request.index().0 {
            even if even % 2 == 0 => Answer::Unknown,
            _ => Answer::Failed(SysfsError::Foreign("/sys".into())),
        }
    }

    fn duplex(&mut self, _: &SpeedRequest) -> Option<Duplex> {
        Some(Duplex::Half)
    }
}

#[tokio::test]
async fn a_duplex_mode_is_read_where_it_is_wanted_and_the_link_can_be_read() {
    let mut driver = Driver::read_from(Half, Duration::from_mins(1)).unwrap();
    for (asked, duplex) in [
        (request(2), None),
        (request(2).with_duplex(), Some(Duplex::Half)),
        (request(1).with_duplex(), None),
    ] {
        driver.ask(asked);
        assert_eq!(speed(driver.next().await).duplex, duplex, "{asked:?}");
    }
}

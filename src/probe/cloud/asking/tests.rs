//! When a service is asked again, in a time that passes as soon as nobody has
//! anything to do.
//!
//! The service is a list of answers; each pause before one is looked at.

use super::*;
use crate::facts::sample::{link, snapshot};
use crate::facts::{CloudDetail, KernelFacts};
use hyper::StatusCode;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::time::timeout;

/// Seconds.
const MINUTE: u64 = 60;

enum Say {
    /// Tells of NICs with these last bytes, after so many seconds.
    Nics(u64, &'static [u8]),
    Status(u16),
    Gone,
    Denied,
    /// A link with this last byte appears, and the NICs are told.
    Appears(u8, &'static [u8]),
}

use Say::{Appears, Denied, Gone, Nics, Status};

struct Script {
    says: VecDeque<Say>,
    can_wait: bool,
    store: Arc<Store>,
    asked: Arc<Mutex<Vec<(Instant, bool)>>>,
    told: Arc<Mutex<Vec<Instant>>>,
    failures: u64,
}

fn mac(last: u8) -> MacAddr {
    MacAddr::new(&[2, 0, 0, 0, 0, last]).unwrap()
}

fn nics(all: &[u8]) -> Vec<CloudNic> {
    let nic = |last: &u8| CloudNic {
        mac: mac(*last),
        private_ipv4: Vec::new(),
        subnet_mask: None,
        detail: CloudDetail::Azure {
            network: String::new(),
        },
    };
    all.iter().map(nic).collect()
}

/// A machine with links of these last bytes.
fn machine(links: &[u8]) -> KernelFacts {
    let ethernet = |last: &u8| {
        let name = format!("eth{last}");
        link(u32::from(*last), &name).with(|facts| facts.link.mac = mac(*last))
    };
    snapshot(links.iter().map(ethernet)).kernel
}

impl Ask for Script {
    fn provider(&self) -> Provider {
        Provider::Azure
    }

    async fn fetch(
        &mut self,
        _: &[MacAddr],
        is_waiting: bool,
    ) -> Result<Vec<CloudNic>, FetchError> {
        self.asked
            .lock()
            .unwrap()
            .push((Instant::now(), is_waiting));
        let path = "/".to_owned();
        let said = match self.says.pop_front() {
            Some(Nics(after, all)) => {
                sleep(Duration::from_secs(after)).await;
                Ok(nics(all))
            }
            Some(Appears(last, all)) => {
                self.store.put_kernel(machine(&[1, last]));
                Ok(nics(all))
            }
            Some(Status(status)) => Err(FetchError::Status {
                path,
                status: StatusCode::from_u16(status).unwrap(),
            }),
            Some(Gone) => Err(FetchError::Moving { path }),
            Some(Denied) => Err(FetchError::Denied {
                path,
                status: StatusCode::FORBIDDEN,
            }),
            None => std::future::pending().await,
        };
        self.told.lock().unwrap().push(Instant::now());
        said
    }

    fn can_wait(&self) -> bool {
        self.can_wait
    }

    fn failed(&mut self) {
        self.failures += 1;
    }

    fn tally(&self) -> CloudTally {
        CloudTally {
            requests: 0,
            failures: self.failures,
        }
    }
}

/// What happened.
struct Asked {
    /// Seconds from an answer to the next question.
    pauses: Vec<f64>,
    /// Whether each question could be held back.
    waiting: Vec<bool>,
    /// The last word.
    reading: Reading<Cloud>,
    failures: u64,
    /// Whether the service is given up.
    is_over: bool,
}

/// Asks a service that says this, and then nothing more, for a day.
fn asked(can_wait: bool, says: impl IntoIterator<Item = Say>) -> Asked {
    asked_beside(&[], can_wait, says)
}

/// The same on a machine that has other links from each of these seconds on.
fn asked_beside(
    links: &[(u64, &[u8])],
    can_wait: bool,
    says: impl IntoIterator<Item = Say>,
) -> Asked {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let store = Arc::new(Store::default());
    store.put_kernel(machine(&[1]));
    let (asked, told) = (Arc::default(), Arc::default());
    let script = Script {
        says: says.into_iter().collect(),
        can_wait,
        store: Arc::clone(&store),
        asked: Arc::clone(&asked),
        told: Arc::clone(&told),
        failures: 0,
    };
    let is_over = runtime.block_on(async {
        let asking = Asking::new(Arc::clone(&store), script);
        let begin = Instant::now();
        let change = async {
            for (at, links) in links {
                sleep_until(begin + Duration::from_secs(*at)).await;
                store.put_kernel(machine(links));
            }
        };
        let asking = timeout(Duration::from_hours(24), asking.go_on());
        tokio::join!(asking, change).0.is_ok()
    });
    let (asked, told) = (asked.lock().unwrap(), told.lock().unwrap());
    let later = asked.iter().skip(1);
    let pause = |((asked, _), told): (&(Instant, bool), &Instant)| (*asked - *told).as_secs_f64();
    let snapshot = store.follow().borrow().snapshot().cloned().unwrap();
    Asked {
        pauses: later.zip(told.iter()).map(pause).collect(),
        waiting: asked.iter().map(|(_, is_waiting)| *is_waiting).collect(),
        reading: snapshot.cloud.clone(),
        failures: snapshot.cloud_tally.failures,
        is_over,
    }
}

/// Each pause is as long as that, or down to half of it where that is by chance.
fn assert_pauses(pauses: &[f64], most: &[u64]) {
    assert_eq!(pauses.len(), most.len(), "{pauses:?}");
    for (pause, most) in pauses.iter().zip(most) {
        let most = Duration::from_secs(*most).as_secs_f64();
        // The clock of the runtime counts in milliseconds.
        let is_right = (most / 2.0..=most + 0.002).contains(pause);
        assert!(is_right, "{pause} s is not up to {most} s: {pauses:?}");
    }
}

#[test]
fn a_good_answer_is_renewed_after_five_minutes() {
    let asked = asked(false, [Nics(0, &[1]), Nics(2, &[1]), Nics(0, &[1])]);
    for pause in &asked.pauses {
        assert!((*pause - 300.0).abs() < 0.01, "{:?}", asked.pauses);
    }
    assert_eq!(asked.pauses.len(), 3);
    assert_eq!(asked.waiting, [false; 4]);
    assert!(matches!(asked.reading, Reading::Current(_)));
    assert!(!asked.is_over);
}

#[test]
fn failures_are_followed_by_ever_longer_pauses_until_an_answer() {
    let failures = || (0..8).map(|_| Status(500));
    let says = failures().chain([Nics(0, &[1])]).chain(failures());
    let asked = asked(false, says);
    let grows = [1, 2, 4, 8, 16, 32, 60, 60];
    let wanted = [&grows[..], &[5 * MINUTE], &grows].concat();
    assert_pauses(&asked.pauses, &wanted);
    assert_eq!(asked.failures, 16);
    let Reading::Stale { value, reason } = asked.reading else {
        panic!("the last good word is lost");
    };
    assert_eq!(value.nics, nics(&[1]));
    assert_eq!(reason, "/: 500 Internal Server Error");
}

#[test]
fn a_service_that_moves_is_left_in_peace_for_seventy_seconds() {
    let asked = asked(false, [Gone, Gone, Nics(0, &[1])]);
    for pause in &asked.pauses[..2] {
        assert!((*pause - 70.0).abs() < 0.01, "{:?}", asked.pauses);
    }
    assert!(matches!(asked.reading, Reading::Current(_)));
}

#[test]
fn a_service_that_is_disabled_is_given_up_with_its_last_word() {
    let first = asked(false, [Denied, Nics(0, &[1])]);
    assert!(first.is_over && first.pauses.is_empty());
    assert!(matches!(first.reading, Reading::Absent { .. }));
    let later = asked(false, [Nics(0, &[1]), Status(503), Denied, Nics(0, &[1])]);
    assert!(later.is_over);
    assert_pauses(&later.pauses, &[5 * MINUTE, 1]);
    assert_eq!(later.reading.value().unwrap().nics, nics(&[1]));
    assert!(matches!(later.reading, Reading::Stale { .. }));
}

#[test]
fn a_link_that_appears_is_asked_for() {
    // It is there before the service knows of it.
    let says = [
        Nics(0, &[1]),
        Appears(2, &[1]),
        Nics(0, &[1]),
        Nics(0, &[1]),
        Nics(0, &[1, 2]),
    ];
    let asked = asked(false, says);
    assert_pauses(&asked.pauses, &[5 * MINUTE, 1, 2, 4, 5 * MINUTE]);
}

#[test]
fn a_link_is_asked_for_when_it_appears_and_when_it_comes_back() {
    let says = || [Nics(0, &[1, 2]), Nics(0, &[1, 2]), Nics(0, &[1, 2])];
    let changes: &[(u64, &[u8])] = &[(100, &[1, 2]), (200, &[1]), (250, &[1, 2])];
    let asked = asked_beside(changes, false, says());
    // At 100 and at 250 s, a second after the event at most.
    for (pause, wanted) in asked.pauses.iter().zip([100.0, 150.0, 300.0]) {
        assert!((pause - wanted).abs() < 1.1, "{:?}", asked.pauses);
    }
    let nothing_new: &[(u64, &[u8])] = &[(100, &[1]), (200, &[1])];
    let asked = asked_beside(nothing_new, false, [Nics(0, &[1])]);
    assert_pauses(&asked.pauses, &[5 * MINUTE]);
}

#[test]
fn questions_that_are_held_back_follow_each_other() {
    let says = (0..5).map(|_| Nics(MINUTE, &[1]));
    let asked = asked(true, says);
    assert_eq!(asked.pauses, [0.0; 5]);
    assert_eq!(asked.waiting, [false, true, true, true, true, true]);
}

#[test]
fn a_service_that_tells_nothing_new_at_once_is_asked_ever_later() {
    let says = (0..9).map(|_| Nics(0, &[1]));
    let asked = asked(true, says);
    assert_pauses(&asked.pauses, &[0, 1, 2, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn changes_are_heard_of_at_once_unless_they_have_no_end() {
    let changes = |after| (0..9).map(move |n| Nics(after, if n % 2 == 0 { &[1] } else { &[2] }));
    let real = asked(true, changes(2));
    assert_eq!(real.pauses, [0.0; 9]);
    let lies = asked(true, changes(0));
    assert_pauses(&lies.pauses, &[0, 1, 2, 4, 8, 16, 32, 60, 60]);
}

#[test]
fn a_failure_ends_the_waiting() {
    let asked = asked(true, [Nics(0, &[1]), Status(503), Nics(0, &[1])]);
    assert_pauses(&asked.pauses, &[0, 1, 0]);
    assert_eq!(asked.waiting, [false, true, false, true]);
}

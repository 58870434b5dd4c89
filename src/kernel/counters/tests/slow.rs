//! Links whose drivers are slow to tell their counters: nobody waits for them.
//!
//! The files are real, how long a pread takes is the test's word; one may hang.

mod listing;

use super::*;
use crate::kernel::counters::reads::{KernelPread, Pread};
use crate::kernel::driver::Driver;
use crate::kernel::speed::{Answer, SpeedRequest, SpeedSource};
use std::fs::File;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Preads that take as long as they are told to.
#[derive(Debug)]
struct Told {
    /// Each pread from a place before this one is slow.
    slow_before: AtomicU64,
    /// Each pread waits for a word, which may never come.
    waits: AtomicBool,
    words: Mutex<Receiver<()>>,
    /// How many were begun on the driver thread.
    beside: AtomicU32,
}

impl Pread for Told {
    fn pread(&self, file: &File, bytes: &mut [u8], offset: u64) -> (io::Result<usize>, Duration) {
        let waits = self.waits.load(Ordering::SeqCst);
        if thread::current().name() == Some("driver") {
            self.beside.fetch_add(1, Ordering::SeqCst);
        }
        if waits {
            // A test that waits here has failed, but it ends.
            let _ = self.words.lock().unwrap().recv_timeout(LONG);
        }
        let is_slow = offset < self.slow_before.load(Ordering::SeqCst);
        let millis = if is_slow { 51 } else { 50 };
        let length = KernelPread.pread(file, bytes, offset).0;
        (length, Duration::from_millis(millis))
    }
}

const LONG: Duration = Duration::from_secs(10);

struct NoSpeeds;

impl SpeedSource for NoSpeeds {
    fn speed(&mut self, _: &SpeedRequest) -> Answer {
        Answer::Unknown
    }
}

/// A host, its driver thread, and the preads of both.
struct Bench {
    host: Host,
    preads: Arc<Told>,
    words: Sender<()>,
    _driver: Driver,
}

impl Bench {
    /// In which files are slow, and the first page of the table.
    fn new() -> Self {
        let (words, heard) = mpsc::channel();
        let preads = Arc::new(Told {
            slow_before: AtomicU64::new(1),
            waits: AtomicBool::new(false),
            words: Mutex::new(heard),
            beside: AtomicU32::new(0),
        });
        let driver = Driver::read_from(NoSpeeds, LONG).unwrap();
        let mut host = Host::new();
        host.counters.reads.queue = Some(driver.counter_queue());
        host.counters.reads.preads = Arc::<Told>::clone(&preads);
        Self {
            host,
            preads,
            words,
            _driver: driver,
        }
    }

    /// With link 7 that has sent 1 and received 2 and is slow.
    fn slow() -> Self {
        let mut bench = Self::new();
        bench.host.link(7, 1, 2);
        assert_eq!(bench.host.read(7, 1, 0), (1, 2));
        assert_eq!(bench.beside(), 0, "two slow preads, where it was asked");
        assert_eq!(bench.host.counters.slow_reads(), 2);
        bench
    }

    fn be_slow_before(&self, place: u64) {
        self.preads.slow_before.store(place, Ordering::SeqCst);
    }

    fn hang(&self) {
        self.preads.waits.store(true, Ordering::SeqCst);
    }

    /// Lets go of the preads that hang, and of all to come.
    fn let_go(&self) {
        self.preads.waits.store(false, Ordering::SeqCst);
        for _ in 0..2 {
            self.words.send(()).unwrap();
        }
    }

    fn beside(&self) -> u32 {
        self.preads.beside.load(Ordering::SeqCst)
    }

    /// Reads until that comes to something else than `last`.
    fn next(&mut self, last: (u64, u64), incarnation: u64, resyncs: u64) -> (u64, u64) {
        let begin = Instant::now();
        loop {
            let read = self.host.read(7, incarnation, resyncs);
            if read != last {
                return read;
            }
            assert!(begin.elapsed() < LONG, "nothing else than {last:?}");
            thread::yield_now();
        }
    }

    fn wait_until(&self, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(begin.elapsed() < LONG);
            thread::yield_now();
        }
    }
}

#[test]
fn a_read_that_hangs_delays_no_answer() {
    let mut bench = Bench::slow();
    let last = bench.host.counters.last(&facts(7, 1), 0);
    bench.hang();
    bench.host.link(7, 9, 10);
    for _ in 0..3 {
        let answer = bench.host.counters.read(&facts(7, 1), 0);
        assert_eq!(answer, last, "the last one, with its time");
    }
    bench.wait_until(|bench| bench.beside() > 0);
    assert_eq!(bench.host.counters.read(&facts(7, 1), 0), last);
    assert_eq!(bench.beside(), 1, "one reading at a time");
    let slow_reads = bench.host.counters.slow_reads();
    bench.let_go();
    assert_eq!(bench.next((1, 2), 1, 0), (9, 10));
    let now = bench.host.counters.slow_reads();
    assert_eq!(now, slow_reads, "no request waited");
}

#[test]
fn other_links_are_read_at_once_meanwhile() {
    let mut bench = Bench::slow();
    bench.hang();
    bench.host.link(7, 9, 10);
    bench.host.read(7, 1, 0);
    bench.wait_until(|bench| bench.beside() > 0);
    bench.preads.waits.store(false, Ordering::SeqCst);
    bench.host.link(8, 3, 4);
    assert_eq!(bench.host.read(8, 1, 0), (3, 4));
    assert_eq!(bench.host.read(7, 1, 0), (1, 2), "still hangs");
}

#[test]
fn a_link_that_left_is_forgotten() {
    for is_told in [true, false] {
        let mut bench = Bench::slow();
        bench.hang();
        bench.host.read(7, 1, 0);
        bench.wait_until(|bench| bench.beside() > 0);
        if is_told {
            bench.host.counters.follow(&Arc::default());
            assert!(bench.host.counters.kept.is_empty());
        }
        bench.let_go();
        fs::remove_dir_all(bench.host.root.join("l7")).unwrap();
        bench.host.link(7, 30, 40);
        bench.be_slow_before(0);
        assert_eq!(bench.host.read(7, 2, 0), (30, 40), "read at once");
        let kept = &bench.host.counters.kept[&IfIndex(7)];
        assert!(!kept.pace().is_slow());
    }
}

#[test]
fn what_was_read_from_files_that_are_not_trusted_any_more_is_thrown_away() {
    let mut bench = Bench::slow();
    bench.hang();
    bench.host.link(7, 9, 10);
    assert_eq!(bench.host.read(7, 1, 0), (1, 2));
    bench.wait_until(|bench| bench.beside() > 0);
    fs::remove_dir_all(bench.host.root.join("l7")).unwrap();
    bench.host.link(7, 50, 60);
    // Events were lost. The driver is the same, and still hangs.
    assert_eq!(bench.host.read(7, 1, 1), (1, 2));
    assert_eq!(bench.beside(), 1, "one reading at a time");
    bench.let_go();
    assert_eq!(bench.next((1, 2), 1, 1), (50, 60));
}

#[test]
fn a_link_that_is_quick_again_is_read_at_once_again() {
    let mut bench = Bench::slow();
    bench.be_slow_before(0);
    let begin = Instant::now();
    while bench.host.counters.kept[&IfIndex(7)].pace().is_slow() {
        assert_eq!(bench.host.read(7, 1, 0), (1, 2));
        assert!(begin.elapsed() < LONG, "never quick again");
    }
    assert_eq!(bench.beside(), 100, "fifty readings of two files");
    bench.host.link(7, 5, 6);
    assert_eq!(bench.host.read(7, 1, 0), (5, 6));
    assert_eq!(bench.beside(), 100);
    assert_eq!(
        bench.host.counters.slow_reads(),
        2,
        "quick ones do not count"
    );
}

#[test]
fn a_slow_link_is_let_go_last() {
    let mut bench = Bench::slow();
    bench.host.counters.max_kept = 2;
    bench.be_slow_before(0);
    for index in 8..=10 {
        bench.host.link(index, 1, 2);
        bench.host.read(index, 1, 0);
    }
    assert!(bench.host.counters.kept.contains_key(&IfIndex(7)));
    assert_eq!(bench.host.counters.kept.len(), 2);
}

#[test]
fn without_a_driver_thread_all_are_read_at_once() {
    let mut bench = Bench::slow();
    bench.host.counters.reads.queue = None;
    for sent in 3..6 {
        bench.host.link(7, sent, 2);
        assert_eq!(bench.host.read(7, 1, 0), (sent, 2));
    }
}

#[test]
fn quick_looks_into_the_table_make_up_for_a_slow_one() {
    let mut bench = Bench::new();
    bench.host.table([(1, 2, 3), (2, 5, 6)]);
    bench.be_slow_before(1);
    bench.host.read(1, 1, 0);
    bench.be_slow_before(0);
    for _ in 0..100 {
        bench.host.read(1, 1, 0);
    }
    bench.be_slow_before(1);
    bench.host.read(1, 1, 0);
    assert_eq!(bench.host.counters.slow_reads(), 2);
    assert!(!bench.host.counters.table.pace().is_slow());
}

//! A table of all counters that is slow, because a driver behind it is.
//!
//! The first of its pages takes long, or hangs.

use super::*;

impl Bench {
    /// With links 7 and 8 that are in the table only, of which two pages were slow.
    fn slow_table() -> Self {
        let mut bench = Self::new();
        bench.host.table([(7, 1, 2), (8, 3, 4)]);
        let links = [facts(7, 1), facts(8, 1)];
        bench.follow(links.clone());
        bench.be_slow_before(0);
        assert_eq!(bench.scrape_bytes(&links), [(1, 2), (3, 4)]);
        bench.be_slow_before(1);
        for _ in 0..2 {
            assert_eq!(bench.host.read(7, 1, 0), (1, 2));
        }
        assert_eq!(bench.beside(), 0, "two slow pages, where it was asked");
        assert_eq!(bench.host.counters.slow_reads(), 2);
        bench
    }

    fn follow(&mut self, links: impl IntoIterator<Item = LinkFacts>) {
        let snapshot = Arc::new(sample::snapshot(links));
        self.host.counters.follow(&snapshot);
    }

    /// The counters of `links`, as a scrape reads those of many.
    fn scrape(&mut self, links: &[LinkFacts]) -> Vec<Sample> {
        let counters = &mut self.host.counters;
        let mut listing = Listing::default();
        while counters.step(&mut listing) {}
        let of = |facts: &LinkFacts| counters.read_from(Some(&listing), facts, 0);
        links.iter().map(of).collect()
    }

    fn scrape_bytes(&mut self, links: &[LinkFacts]) -> Vec<(u64, u64)> {
        let samples = self.scrape(links).into_iter();
        samples
            .map(|sample| (sample.sent, sample.received))
            .collect()
    }
}

#[test]
fn a_page_that_hangs_delays_no_answer() {
    let mut bench = Bench::slow_table();
    let last = bench.host.counters.last(&facts(7, 1), 0);
    bench.hang();
    bench.host.table([(7, 9, 10), (8, 11, 12)]);
    for _ in 0..3 {
        let answer = bench.host.counters.read(&facts(7, 1), 0);
        assert_eq!(answer, last, "the last one, with its time");
    }
    bench.wait_until(|bench| bench.beside() > 0);
    assert_eq!(bench.host.counters.read(&facts(7, 1), 0), last);
    assert_eq!(bench.host.read(8, 1, 0), (3, 4));
    assert_eq!(bench.beside(), 1, "one reading at a time");
    bench.let_go();
    assert_eq!(bench.next((1, 2), 1, 0), (9, 10));
    let slow_reads = bench.host.counters.slow_reads();
    assert_eq!(slow_reads, 2, "no request waited");
}

#[test]
fn a_scrape_has_what_was_read_last_of_the_whole_table() {
    let mut bench = Bench::slow_table();
    let last = bench.host.counters.last(&facts(7, 1), 0);
    bench.hang();
    // 9 is new, and where 8 was is another.
    bench.host.table([(7, 9, 10), (8, 11, 12), (9, 13, 14)]);
    bench.host.link(9, 15, 16);
    let links = [facts(7, 1), facts(8, 2), facts(9, 1)];
    bench.follow(links.clone());
    let expected = [last, Sample::default(), Sample::default()];
    assert_eq!(bench.scrape(&links), expected);
    bench.wait_until(|bench| bench.beside() > 0);
    assert_eq!(bench.scrape(&links), expected);
    assert_eq!(bench.beside(), 1, "one reading at a time");
    bench.let_go();
    let begin = Instant::now();
    while bench.scrape_bytes(&links) != [(9, 10), (11, 12), (13, 14)] {
        assert!(begin.elapsed() < LONG, "{:?}", bench.scrape(&links));
        thread::yield_now();
    }
    let slow_reads = bench.host.counters.slow_reads();
    assert_eq!(slow_reads, 2, "no request waited");
}

#[test]
fn no_request_waits_for_a_third_slow_page() {
    type Request = fn(&mut Bench) -> Vec<(u64, u64)>;
    let single: Request = |bench| vec![bench.host.read(9, 1, 0)];
    let scrape: Request = |bench| bench.scrape_bytes(&[facts(9, 1)]);
    for request in [single, scrape] {
        let mut bench = Bench::new();
        bench.be_slow_before(u64::MAX);
        bench.host.table((0..10).map(|index| (index, 1, 2)));
        bench.follow([facts(9, 1)]);
        assert_eq!(request(&mut bench), [(0, 0)], "never read");
        let begin = Instant::now();
        while request(&mut bench) != [(1, 2)] {
            assert!(begin.elapsed() < LONG);
            thread::yield_now();
        }
        assert_eq!(bench.host.counters.slow_reads(), 2);
    }
}

#[test]
fn hundreds_of_quick_pages_do_not_make_up_for_a_slow_one_beside_them() {
    const MANY: u32 = 150;
    let links: Vec<LinkFacts> = (0..MANY).map(|index| facts(index, 1)).collect();
    let table = |sent| (0..MANY).map(move |index| (index, sent, index.into()));
    let all = |sent| -> Vec<(u64, u64)> {
        let received = 0..MANY;
        received.map(|received| (sent, received.into())).collect()
    };
    let mut bench = Bench::new();
    bench.host.table(table(1));
    assert_eq!(bench.scrape_bytes(&links), all(1));
    bench.host.table(table(2));
    let second = bench.scrape_bytes(&links);
    assert_eq!(bench.host.counters.slow_reads(), 2);
    // The second slow page was the last one that was waited for.
    assert_eq!(second[0], (2, 0));
    assert_eq!(second[1..], all(1)[1..]);
    bench.scrape(&links);
    assert_eq!(bench.host.counters.slow_reads(), 2);
}

#[test]
fn links_with_files_of_their_own_are_read_at_once_meanwhile() {
    let mut bench = Bench::slow_table();
    bench.be_slow_before(0);
    bench.hang();
    bench.host.read(7, 1, 0);
    bench.wait_until(|bench| bench.beside() > 0);
    bench.preads.waits.store(false, Ordering::SeqCst);
    bench.host.link(9, 3, 4);
    assert_eq!(bench.host.read(9, 1, 0), (3, 4));
    let few = bench.host.counters.read_from(None, &facts(9, 1), 0);
    assert_eq!((few.sent, few.received), (3, 4));
    assert_eq!(bench.beside(), 1, "the table still hangs");
}

#[test]
fn a_row_is_not_of_a_link_that_has_another_name_by_now() {
    let mut bench = Bench::new();
    bench.host.counters.names = Arc::new(Names::of_kernel());
    let row = "lo: 8 0 0 0 0 0 0 0 7\nl1: 6 0 0 0 0 0 0 0 5\n";
    fs::write(bench.host.root.join("dev"), row).unwrap();
    // What every namespace calls `lo`, whatever was heard.
    bench.follow([facts(1, 1)]);
    bench.host.read(1, 1, 0);
    bench.host.read(1, 1, 0);
    bench.be_slow_before(0);
    let begin = Instant::now();
    while bench.host.counters.table.pace().is_slow() {
        assert_eq!(bench.host.read(1, 1, 0), (7, 8));
        assert!(begin.elapsed() < LONG, "never quick again");
    }
    assert!(bench.beside() > 0);
}

#[test]
fn a_table_that_is_quick_again_is_read_at_once_again() {
    let mut bench = Bench::slow_table();
    bench.be_slow_before(0);
    let begin = Instant::now();
    while bench.host.counters.table.pace().is_slow() {
        assert_eq!(bench.host.read(7, 1, 0), (1, 2));
        assert!(begin.elapsed() < LONG, "never quick again");
    }
    assert_eq!(bench.beside(), 300, "a hundred times two pages and the end");
    bench.host.table([(7, 5, 6)]);
    assert_eq!(bench.host.read(7, 1, 0), (5, 6));
    assert_eq!(bench.beside(), 300);
}

#[test]
fn without_a_driver_thread_the_table_is_read_at_once() {
    let mut bench = Bench::slow_table();
    bench.host.counters.reads.queue = None;
    for sent in 3..6 {
        bench.host.table([(7, sent, 2)]);
        assert_eq!(bench.host.read(7, 1, 0), (sent, 2));
        assert_eq!(bench.scrape_bytes(&[facts(7, 1)]), [(sent, 2)]);
    }
}

//! Which file a link's counters come from, and when a kept one is let go.
//!
//! `/sys` and `/proc` are folders of the test's own.

use super::*;
use crate::facts::sample;
use std::fmt::Write;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that looks like `/sys/class/net` and `/proc/self/net/dev`.
struct Host {
    root: PathBuf,
    counters: Counters,
}

impl Host {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("netstatusd-counters-{}-{number}", std::process::id());
        let root = std::env::temp_dir().join(name);
        let counters = Counters::new(&root, &root.join("dev"));
        fs::create_dir_all(&root).unwrap();
        Self { root, counters }
    }

    fn link(&self, index: u32, sent: u64, received: u64) {
        let folder = self.root.join(format!("l{index}"));
        fs::create_dir_all(folder.join("statistics")).unwrap();
        let write = |file: &str, text: String| fs::write(folder.join(file), text).unwrap();
        write("ifindex", format!("{index}\n"));
        write("address", "02:00:00:00:00:01\n".to_owned());
        write("statistics/tx_bytes", format!("{sent}\n"));
        write("statistics/rx_bytes", format!("{received}\n"));
    }

    /// A table with the bytes sent and received of these links, of which only the first
    /// ends on the first page, and each fills most of one.
    fn table(&self, links: impl IntoIterator<Item = (u32, u64, u64)>) {
        let mut table = String::from("Inter-|   Receive |  Transmit\n");
        for (index, sent, received) in links {
            let columns = format!("{received} 0 0 0 0 0 0 0 {sent} 0 0 0 0 0 0 0");
            let _ = writeln!(table, "l{index}: {columns:<3000}");
        }
        fs::write(self.root.join("dev"), table).unwrap();
    }

    fn read(&mut self, index: u32, incarnation: u64, resyncs: u64) -> (u64, u64) {
        let sample = self.counters.read(&facts(index, incarnation), resyncs);
        (sample.sent, sample.received)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn facts(index: u32, incarnation: u64) -> LinkFacts {
    let name = format!("l{index}");
    sample::link(index, &name).with(|facts| facts.incarnation = incarnation)
}

mod slow;
mod table;

const NET_DEV: &[u8] = b"Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:   11   1 0 0 0 0 0 0   22   1 0 0 0 0 0 0
    l7: 18446744073709551615   1 0 0 0 0 0 0  44   1 0 0 0 0 0 0
   l77:33   1 0 0 0 0 0 0  66   1 0 0 0 0 0 0
";

#[test]
fn files_are_kept_until_their_link_is_another() {
    let mut host = Host::new();
    host.link(7, 1, 2);
    assert_eq!(host.read(7, 1, 0), (1, 2));
    let kept = fs::metadata(&host.root).unwrap();
    assert!(kept.is_dir());
    // A new file in the same place is not seen through the old one.
    fs::remove_dir_all(host.root.join("l7")).unwrap();
    host.link(7, 30, 40);
    assert_eq!(host.read(7, 1, 0), (1, 2));
    assert_eq!(host.read(7, 2, 0), (30, 40), "another incarnation");
    fs::remove_dir_all(host.root.join("l7")).unwrap();
    host.link(7, 50, 60);
    assert_eq!(host.read(7, 2, 1), (50, 60), "events were lost since");
}

#[test]
fn what_sysfs_cannot_prove_comes_from_proc() {
    let mut host = Host::new();
    fs::write(host.root.join("dev"), NET_DEV).unwrap();
    assert_eq!(host.read(7, 1, 0), (44, u64::MAX), "no folder");
    host.link(7, 1, 2);
    fs::write(host.root.join("l7/ifindex"), "8\n").unwrap();
    assert_eq!(host.read(7, 1, 0), (44, u64::MAX), "another link's folder");
    fs::write(host.root.join("l7/ifindex"), "7\n").unwrap();
    assert_eq!(host.read(7, 1, 0), (1, 2), "tried again");
    assert_eq!(host.read(8, 1, 0), (0, 0), "nowhere at all");

    let mut loopback = facts(7, 1);
    loopback.link.mac = MacAddr::new(&[0; 6]).unwrap();
    let mut fresh = Counters::new(&host.root, &host.root.join("dev"));
    assert_eq!(
        fresh.read(&loopback, 0).sent,
        44,
        "loopback is alike everywhere"
    );
}

#[test]
fn the_last_word_stands_still() {
    let mut host = Host::new();
    host.link(7, 1, 2);
    let first = host.counters.last(&facts(7, 1), 0);
    assert_eq!(
        (first.sent, first.received),
        (1, 2),
        "read if there is none"
    );
    fs::write(host.root.join("l7/statistics/tx_bytes"), "9\n").unwrap();
    assert_eq!(host.counters.last(&facts(7, 1), 1), first);
    assert_eq!(host.read(7, 1, 0), (9, 2));
}

#[test]
fn what_cannot_be_read_now_is_what_was_read_last() {
    let mut host = Host::new();
    host.link(7, 1, 2);
    let first = host.counters.read(&facts(7, 1), 0);
    assert_ne!(first.taken, 0);
    fs::remove_dir_all(host.root.join("l7")).unwrap();
    // Events were lost, so the files may be another link's; nothing else is there.
    assert_eq!(host.counters.read(&facts(7, 1), 1), first);
    assert_eq!(host.counters.read(&facts(7, 1), 2), first);
    let never = host.counters.read(&facts(7, 2), 2);
    assert_eq!(never, Sample::default(), "another incarnation");
}

#[test]
fn few_descriptors_few_files() {
    let mut host = Host::new();
    host.counters.max_kept = 2;
    for index in 1..=4 {
        host.link(index, 1, 2);
        assert_eq!(host.read(index, 1, 0), (1, 2));
    }
    assert_eq!(host.counters.kept.len(), 2);
}

#[test]
fn the_least_recently_used_is_let_go() {
    let mut host = Host::new();
    for index in 1..=200 {
        host.link(index, 1, 2);
        assert_eq!(host.read(index, 1, 0), (1, 2));
        assert_eq!(host.read(1, 1, 0), (1, 2));
    }
    assert_eq!(host.counters.kept.len(), MAX_KEPT);
    assert!(host.counters.kept.contains_key(&IfIndex(1)));
    assert!(!host.counters.kept.contains_key(&IfIndex(2)));
    host.counters
        .follow(&Arc::new(sample::snapshot([facts(1, 1)])));
    assert_eq!(host.counters.kept.len(), 1);
}

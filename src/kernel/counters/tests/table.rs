//! The table of all counters, when it is quick.
//!
//! It is a file of the test's own with rows as long as most of a page.

use super::*;
use crate::kernel::counters::reads::{KernelPread, Pread};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::sync::Mutex;
use std::time::Duration;

/// What the table says of these links, which have no other files.
fn listed(host: &mut Host, links: &[u32]) -> Vec<(u64, u64)> {
    let mut listing = Listing::default();
    while host.counters.step(&mut listing) {}
    let of = |index: &u32| {
        let facts = facts(*index, 1);
        let sample = host.counters.read_from(Some(&listing), &facts, 0);
        (sample.sent, sample.received)
    };
    links.iter().map(of).collect()
}

#[test]
fn a_table_longer_than_a_page_is_read_to_its_end_and_again() {
    let mut host = Host::new();
    assert_eq!(host.read(1, 1, 0), (0, 0), "there is none");
    assert_eq!(listed(&mut host, &[1]), [(0, 0)]);
    host.table((0..9).map(|index| (index, 7, index.into())));
    assert!(fs::metadata(host.root.join("dev")).unwrap().size() > 4 * 4096);
    for index in [8, 0, 8] {
        assert_eq!(host.read(index, 1, 0), (7, index.into()));
    }
    assert_eq!(host.read(9, 1, 0), (0, 0), "not in it");
    assert_eq!(listed(&mut host, &[0, 8, 9]), [(7, 0), (7, 8), (0, 0)]);
    fs::remove_file(host.root.join("dev")).unwrap();
    assert_eq!(host.read(1, 1, 0), (7, 1), "it is kept open");
    assert_eq!(listed(&mut host, &[2]), [(7, 2)]);
}

/// The descriptors that were read, in their order.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<RawFd>>);

impl Pread for Seen {
    fn pread(&self, file: &File, bytes: &mut [u8], offset: u64) -> (io::Result<usize>, Duration) {
        self.0.lock().unwrap().push(file.as_raw_fd());
        KernelPread.pread(file, bytes, offset)
    }
}

#[test]
fn readers_that_take_turns_have_a_file_each() {
    let mut host = Host::new();
    host.table((0..9).map(|index| (index, 7, index.into())));
    let seen = Arc::<Seen>::default();
    host.counters.reads.preads = Arc::<Seen>::clone(&seen);
    let read = |host: &mut Host, listing: Option<&mut Listing>| {
        let _ = match listing {
            Some(listing) => host.counters.step(listing),
            None => host.read(0, 1, 0) == (7, 0),
        };
        seen.0.lock().unwrap().pop().unwrap()
    };
    let mut listings = [Listing::default(), Listing::default()];
    let [one, other] = &mut listings;
    let files = [read(&mut host, Some(one)), read(&mut host, Some(other))];
    let third = read(&mut host, None);
    assert!(files[0] != files[1] && !files.contains(&third));
    assert_eq!(read(&mut host, Some(one)), files[0]);
    assert_eq!(read(&mut host, Some(other)), files[1]);
    assert_eq!(read(&mut host, None), third, "it was free again");
    drop(listings);
    let mut many: Vec<Listing> = (0..20).map(|_| Listing::default()).collect();
    let mut files: Vec<RawFd> = Vec::new();
    files.extend(many.iter_mut().map(|one| read(&mut host, Some(one))));
    files.sort_unstable();
    files.dedup();
    assert_eq!(files.len(), 8);
}

#[test]
fn a_link_that_the_table_does_not_have_is_read_by_itself() {
    let mut host = Host::new();
    host.table([(1, 2, 3)]);
    host.link(1, 20, 30);
    host.link(4, 5, 6);
    assert_eq!(listed(&mut host, &[1, 4]), [(2, 3), (5, 6)]);
}

#[test]
fn a_row_is_of_the_link_that_still_has_its_name() {
    let mut host = Host::new();
    // Every namespace has one that the kernel calls `lo` now, whatever was heard.
    host.counters.names = Arc::new(Names::of_kernel());
    host.table([(1, 5, 6)]);
    assert_eq!(listed(&mut host, &[1]), [(0, 0)]);
}

#[test]
fn what_the_table_said_of_a_link_is_its_last_word() {
    let mut host = Host::new();
    host.table([(1, 2, 3)]);
    listed(&mut host, &[1]);
    host.table([(1, 4, 5)]);
    let last = host.counters.last(&facts(1, 1), 0);
    assert_eq!((last.sent, last.received), (2, 3));
}

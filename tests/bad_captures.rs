//! Captures that cannot be replayed are refused, each with what is wrong and where.
//!
//! Each folder of `tests/bad-captures` is named by its fault and is one of
//! `tests/fixtures/static` but for that; `error` is what must be said, without the
//! folder's path.

use netstatusd::capture::Capture;
use std::error::Error;
use std::fs;
use std::path::Path;

const FAULTS: &[&str] = &[
    "broken-length",
    "bytes-behind",
    "file-is-not-there",
    "lists-exchanged",
    "missing-list",
    "other-byte-order",
    "speed-is-no-number",
    "truncated",
    "unknown-format",
    "without-format",
];

#[test]
fn each_is_refused_by_its_fault() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad-captures");
    let mut faults: Vec<String> = fs::read_dir(&all)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    faults.sort();
    assert_eq!(faults, FAULTS, "the cases and their list differ");
    for fault in faults {
        let folder = all.join(&fault);
        let error = Capture::read(&folder).unwrap_err();
        let mut chain = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            chain = format!("{chain}: {error}");
            cause = error.source();
        }
        let said = chain.replace(&format!("{}/", folder.display()), "");
        let expected = fs::read_to_string(folder.join("error")).unwrap();
        assert_eq!(said, expected.trim_end(), "{fault}");
    }
}

/// Wherever a file of messages is cut, it is refused or the rest is whole.
#[test]
fn no_cut_loses_part_of_a_message() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/static");
    let whole = fs::read(fixtures.join("addresses.nl")).unwrap();
    // RTM_NEWADDR.
    let is_sound = |length: &usize| netstatusd::kernel::damage(&whole[..*length], 20).is_none();
    let sound: Vec<usize> = (0..=whole.len()).filter(is_sound).collect();
    let mut ends = vec![0];
    while let Some(length) = whole
        .get(*ends.last().unwrap()..)
        .and_then(<[u8]>::first_chunk)
    {
        let length = usize::try_from(u32::from_ne_bytes(*length)).unwrap();
        ends.push(ends.last().unwrap() + length.next_multiple_of(4));
    }
    assert_eq!(sound, ends);
    assert!(ends.len() > 3, "there is little to cut");
}

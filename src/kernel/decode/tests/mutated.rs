//! Dumps of real kernels (`tests/fixtures`), mutated.
//!
//! Neither may a link be lost to a bad attribute, nor anything panic.

use super::super::*;
use crate::kernel::recording::messages;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Type and payload of every recorded message.
fn recorded() -> Vec<(u16, Vec<u8>)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut found = Vec::new();
    for host in fs::read_dir(fixtures).unwrap() {
        let host = host.unwrap().path();
        for file in ["links.nl", "addresses.nl", "default-routes.nl"] {
            let bytes = fs::read(host.join(file)).unwrap_or_default();
            let parts = messages(&bytes).map(|m| (m.message_type(), m.payload().to_vec()));
            found.extend(parts);
        }
    }
    assert!(found.len() > 50, "no recorded messages");
    found
}

#[test]
fn one_bad_attribute_never_loses_a_link() {
    // struct ifinfomsg is 16 bytes; each attribute has its length and type before it.
    const HEADER: usize = 16;
    let links = recorded().into_iter();
    for (message_type, payload) in links.filter(|(kind, _)| *kind == libc::RTM_NEWLINK) {
        let Decoded::NewLink(whole) = decode(message_type, &payload).decoded else {
            panic!("a recorded link is whole");
        };
        let mut at = HEADER;
        while at < payload.len() {
            let length = usize::from(u16_at(&payload, at).unwrap());
            // Cut to every shorter length, the next attribute moved up.
            for kept in 4..length {
                let mut bad = payload[..at + kept].to_vec();
                bad[at..at + 2].copy_from_slice(&u16::try_from(kept).unwrap().to_ne_bytes());
                bad.resize(bad.len().next_multiple_of(4), 0);
                let next = payload.len().min(at + length.next_multiple_of(4));
                bad.extend(&payload[next..]);
                match decode(message_type, &bad).decoded {
                    Decoded::NewLink(link) => assert_eq!(link.index, whole.index),
                    other => panic!("attribute at {at} cut to {kept}: {other:?}"),
                }
            }
            at += length.next_multiple_of(4);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_mutation_makes_it_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        thread_local! {
            static RECORDED: Vec<(u16, Vec<u8>)> = recorded();
        }
        let (message_type, mut bytes) = RECORDED.with(|recorded| which.get(recorded).clone());
        for (at, value) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        let _ = decode(message_type, &bytes);
        let _ = may_precede_default(&bytes);
    }
}

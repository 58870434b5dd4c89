//! Pseudonyms of addresses, MACs and names: what they keep and what they hide.
//!
//! Subnets, their order and the kind of an address stay, since the documents follow from
//! them; the address itself does not.

use super::{Crowded, Pseudonyms, Word};
use std::net::IpAddr;

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// The pseudonyms of these addresses.
fn mapped(originals: &[IpAddr]) -> Result<Vec<IpAddr>, Crowded> {
    let mut pseudonyms = Pseudonyms::default();
    for original in originals {
        pseudonyms.ip(*original);
    }
    pseudonyms.choose()?;
    Ok(originals.iter().map(|own| pseudonyms.ip(*own)).collect())
}

fn common_bits(a: IpAddr, b: IpAddr) -> u32 {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
        _ => 0,
    }
}

#[test]
fn subnets_and_order_stay_and_addresses_do_not() {
    let originals = ips(&[
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.254",
        "10.0.1.7",
        "10.200.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "198.51.100.11",
        "203.0.113.11",
        "203.0.113.25",
        "2001:db8::11",
        "2001:db8::12",
        "2001:db8:1::1",
        "2a00::1",
        "fd00::5",
        "fe80::1",
        "fe80::a452:f9ff:feb1:8323",
    ]);
    // The random bits are others each time.
    for _ in 0..50 {
        let mapped = mapped(&originals).unwrap();
        assert!(mapped.is_sorted(), "{mapped:?}");
        for (own, other) in originals.iter().zip(&mapped) {
            assert!(!originals.contains(other), "{own} became {other}");
        }
        for (a, other_a) in originals.iter().zip(&mapped) {
            for (b, other_b) in originals.iter().zip(&mapped) {
                let (own, other) = (common_bits(*a, *b), common_bits(*other_a, *other_b));
                // What is private stays private, so it may part earlier from what is not.
                let is_near = own >= 16;
                assert!(
                    !is_near || own == other,
                    "{a} and {b}: {other_a} and {other_b}"
                );
            }
        }
    }
}

#[test]
fn kinds_stay() {
    let whole = ips(&[
        "0.0.0.0",
        "127.0.0.53",
        "224.0.0.18",
        "239.1.2.3",
        "255.255.255.255",
        "::",
        "::1",
        "ff02::1",
    ]);
    assert_eq!(mapped(&whole).unwrap(), whole);
    let kinds = [
        ("169.254.7.7", 16),
        ("10.1.2.3", 8),
        ("172.31.2.3", 12),
        ("192.168.2.3", 16),
        ("fe80::1", 64),
        ("fd00::1", 7),
        ("2001:db8::1", 3),
        ("0.1.2.3", 8),
        ("240.1.2.3", 4),
        ("255.255.255.1", 4),
        ("::5", 104),
        ("::ffff:203.0.113.5", 96),
        ("64:ff9b::203.0.113.9", 96),
        ("::198.51.100.9", 96),
        ("64:ff9b:1::203.0.113.9", 48),
        ("64:5::1", 8),
        ("ff32:40:2001:db8::1", 16),
        ("ff7e:140:2001:db8::1", 16),
        ("ff02::1:ff00:1234", 104),
    ];
    for (text, kept) in kinds {
        let own = ips(&[text]);
        let other = mapped(&own).unwrap();
        assert!(common_bits(own[0], other[0]) >= kept, "{other:?}");
        assert_ne!(own, other);
    }
}

#[test]
fn an_address_within_another_is_the_same_one() {
    let own = ips(&[
        "203.0.113.5",
        "::203.0.113.5",
        "::ffff:203.0.113.5",
        "64:ff9b::203.0.113.5",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.53",
        "::ffff:0.0.0.0",
    ]);
    let other = mapped(&own).unwrap();
    let IpAddr::V4(v4) = other[0] else {
        panic!("{other:?}")
    };
    let same = [
        format!("::{v4}"),
        format!("::ffff:{v4}"),
        format!("64:ff9b::{v4}"),
    ];
    assert_eq!(other[1..4], ips(&same.each_ref().map(String::as_str)));
    assert!(other[4].to_string().starts_with("::ffff:10."), "{other:?}");
    assert_ne!(other[4], own[4]);
    assert_eq!(other[5..], own[5..]);
}

#[test]
fn a_range_that_is_full_has_nothing_to_offer() {
    let octets = |low: u16| low.to_be_bytes();
    let all = (0..=u16::MAX)
        .map(octets)
        .map(|[c, d]| IpAddr::from([192, 168, c, d]));
    assert!(mapped(&all.collect::<Vec<_>>()).is_err());
}

#[test]
fn link_layer_addresses() {
    let pseudonyms = Pseudonyms::default();
    let own = [0xa6, 0x52, 0xf9, 0xb1, 0x83, 0x23];
    let other = pseudonyms.mac(&own);
    assert_eq!(pseudonyms.mac(&own), other);
    assert_ne!(other, own);
    assert_eq!((other.len(), other[0] & 3), (6, 2));
    // The first bits of another length say nothing of groups.
    for length in [4, 16, 20] {
        let own = vec![0xcb; length];
        let other = pseudonyms.mac(&own);
        assert_eq!(other.len(), length);
        assert_ne!(other, own);
    }
    for special in [&[0; 6][..], &[0xff; 6], &[1, 0x80, 0xc2, 0, 0, 0], &[]] {
        assert_eq!(pseudonyms.mac(special), special);
    }
}

#[test]
fn names_that_look_like_pseudonyms() {
    let mut pseudonyms = Pseudonyms::default();
    let own: [&[u8]; 3] = [b"bond0", b"link0", b"lo"];
    for name in own {
        pseudonyms.word(Word::Link, name);
    }
    let mut other = own.map(|name| pseudonyms.word(Word::Link, name));
    assert_eq!(pseudonyms.word(Word::Link, b"bond0"), other[0]);
    assert_eq!(other[2], b"lo");
    other.sort();
    let others = other.iter().filter(|name| own.contains(&name.as_slice()));
    assert_eq!(others.count(), 1, "{other:?}");
}

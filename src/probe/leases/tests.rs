//! What the files of real clients mean, whole and broken.
//!
//! Each is told as "link address end", a lease a line.

use super::super::file::Local;
use super::*;
use crate::facts::{IfIndex, IfName, LeasedLink};
use std::fs;

fn content<'a>(name: &'a str, bytes: &'a [u8]) -> Content<'a> {
    Content {
        name,
        bytes,
        modified: 1_000,
    }
}

/// Each as "link address end".
fn told(written: Result<Vec<Written>, String>) -> Vec<String> {
    let tell = |written: Written| {
        let link = match written.lease.link {
            LeasedLink::Index(index) => index.to_string(),
            LeasedLink::Name(name) => name.to_string(),
        };
        let ends = written
            .ends
            .map_or("never".to_owned(), |ends| ends.to_string());
        format!("{link} {} {ends}", written.lease.address)
    };
    match written {
        Ok(written) => written.into_iter().map(tell).collect(),
        Err(reason) => vec![reason],
    }
}

#[test]
fn state_files_of_daemons() {
    let networkd = "# This is private data. Do not parse.\nADDRESS=192.0.2.173\n\
                    NETMASK=255.255.255.0\nLIFETIME=600\nDNS=192.0.2.1\n";
    let uuid = "6e1a1c3b-6a35-4a0b-9d4e-2f6f0f0a7b11";
    let table: [(LeaseClient, &str, &str, &str); 8] = [
        (LeaseClient::Networkd, "2", networkd, "2 192.0.2.173 never"),
        (LeaseClient::Networkd, "2", "", "it has no ADDRESS="),
        (
            LeaseClient::Networkd,
            "2",
            "ADDRESS=",
            "`` is not an address",
        ),
        (
            LeaseClient::Networkd,
            "2",
            "ADDRESS=192.0.2",
            "`192.0.2` is not an address",
        ),
        (
            LeaseClient::Networkd,
            "99999999999",
            networkd,
            "its name names no interface",
        ),
        (
            LeaseClient::NetworkManager,
            &format!("internal-{uuid}-bond-0.lease"),
            "ADDRESS=192.0.2.9\n",
            "bond-0 192.0.2.9 never",
        ),
        (
            LeaseClient::NetworkManager,
            "internal-x-eth0.lease",
            "ADDRESS=192.0.2.9",
            "its name names no interface",
        ),
        (
            LeaseClient::NetworkManager,
            &format!("internal-{uuid}-eth0.lease"),
            "\u{fffd}\n=\n",
            "it has no ADDRESS=",
        ),
    ];
    for (client, name, text, expected) in table {
        let written = parse(client)(&content(name, text.as_bytes()));
        assert_eq!(told(written), [expected], "{name} {text:?}");
    }
}

const LEASE6: &str = "default-duid \"\\000\\001\";\nlease6 {\n  interface \"c0\";\n  \
    ia-na 00:00:00:01 {\n    starts 1795534521;\n    renew 3600;\n    \
    iaaddr 2001:db8:1::1ff6 {\n      starts 1795534521;\n      \
    preferred-life 7200;\n      max-life 7500;\n    }\n    \
    iaaddr 2001:db8:1::2 {\n      starts 5;\n      max-life 4294967295;\n    }\n  }\n  \
    option dhcp6.status-code success \"success\";\n}\n";

/// An entry of dhclient's log.
fn logged(interface: &str, address: &str, more: &str) -> String {
    format!(
        "lease {{\n  interface \"{interface}\";\n  fixed-address {address};\n  \
         option domain-search \"lan.example.\", \"lab.example.\";\n  {more}\n}}\n"
    )
}

#[test]
fn how_dhclient_writes_the_end_of_a_lease() {
    for (words, end) in [
        ("expire soon;", "0"),
        ("expire never;", "never"),
        ("expire epoch 99; # Thu", "99"),
        ("expire 5 2162/12/31 22:03:21;", "6090501801"),
    ] {
        let log = logged("c0", "192.0.2.1", words);
        let expected = [format!("c0 192.0.2.1 {end}")];
        assert_eq!(told(Ok(dhclient::parse(&log))), expected, "{log}");
    }
}

#[test]
fn logs_of_dhclient() {
    let ends = "renew 1 2026/11/23 18:01:54;\n  expire 1 2026/11/23 18:07:54;";
    let first = logged("c0", "192.0.2.156", ends);
    let (own, own6) = (
        "c0 192.0.2.156 1795457274",
        ["c0 2001:db8:1::1ff6 1795542021", "c0 2001:db8:1::2 never"],
    );
    let table: [(String, &[&str]); 10] = [
        (String::new(), &[]),
        (first.clone(), &[own]),
        // The last entry counts, of each interface.
        (
            first.clone()
                + &logged("c1", "192.0.2.7", "expire never;")
                + &logged("c0", "192.0.2.8", "expire 2 1970/01/02 00:00:01;"),
            &["c1 192.0.2.7 never", "c0 192.0.2.8 86401"],
        ),
        (LEASE6.to_owned(), &own6),
        (first.clone() + LEASE6, &[own, own6[0], own6[1]]),
        (
            LEASE6.to_owned() + &LEASE6.replace("  ia-na", "  released;\n  ia-na"),
            &[],
        ),
        // Cut short, or no lease at all.
        (
            first.clone() + "lease {\n  interface \"c0\";\n  fixed-address 192.0.2.9;\n",
            &[own],
        ),
        (first.clone() + "}\n}\nlease {\n}\nnonsense {\n", &[own]),
        (
            logged("far-too-long-a-name", "192.0.2.1", "") + &logged("c0", "192.0.2", ""),
            &[],
        ),
        (
            "lease 192.0.2.5 {\n  starts 1 2026/11/23 18:07:54;\n}\n".to_owned(),
            &[],
        ),
    ];
    for (text, expected) in table {
        assert_eq!(told(Ok(dhclient::parse(&text))), expected, "{text}");
    }
}

/// As dhcpcd 9.4.1 wrote it: 192.0.2.184, for this time in seconds.
fn packet(time: [u8; 4]) -> Vec<u8> {
    let mut packet = vec![2, 1, 6, 0, 0xfd, 0xbe, 0x94, 0xe4];
    packet.resize(16, 0);
    packet.extend([192, 0, 2, 184, 192, 0, 2, 1]);
    packet.resize(236, 0);
    packet.extend([
        0x63, 0x82, 0x53, 0x63, 0x35, 1, 5, 0x36, 4, 192, 0, 2, 1, 0, 0x33, 4,
    ]);
    packet.extend(time);
    packet.extend([1, 4, 255, 255, 255, 0, 255]);
    packet
}

/// As dhcpcd 9.4.1 wrote it: `2001:db8:1::1acf` for ever.
const REPLY: &[u8] = b"\x07\x66\xcc\x04\0\x01\0\x0e\0\x01\0\x01\x32\x98\x6c\x53\x02\0\0\0\0\x01\
    \0\x02\0\x0e\0\x01\0\x01\x32\x98\x6c\x52\x52\x8a\xb5\xb1\x17\x63\0\x0e\0\0\
    \0\x03\0\x28\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff\
    \0\x05\0\x18\x20\x01\x0d\xb8\0\x01\0\0\0\0\0\0\0\0\x1a\xcf\xff\xff\xff\xff\xff\xff\xff\xff\
    \0\x0d\0\x09\0\0success\0\x07\0\x01\xff";

#[test]
fn packets_of_dhcpcd() {
    let parse = |name, bytes: &[u8]| told(dhcpcd::parse(&content(name, bytes)));
    assert_eq!(
        parse("c0.lease", &packet([0, 0, 2, 88])),
        ["c0 192.0.2.184 1600"]
    );
    assert_eq!(
        parse("c0.lease", &packet([255; 4])),
        ["c0 192.0.2.184 never"]
    );
    assert_eq!(
        parse("bond0.100.lease6", REPLY),
        ["bond0.100 2001:db8:1::1acf never"]
    );
    let mut finite = REPLY.to_vec();
    finite[84..88].copy_from_slice(&[0, 0, 0, 100]);
    assert_eq!(parse("c0.lease6", &finite), ["c0 2001:db8:1::1acf 1100"]);
    assert!(parse("wlan0-somebodys network.lease", &packet([0; 4])).is_empty());
    let without_end = packet([255; 4]);
    let without_end = &without_end[..without_end.len() - 1];
    assert_eq!(parse("c0.lease", without_end), ["c0 192.0.2.184 never"]);

    // Broken in every way: said so, nothing worse.
    let whole = packet([255; 4]);
    for length in 0..whole.len() - 7 {
        let said = parse("c0.lease", &whole[..length]);
        assert!(
            length == 240
                || length == 243
                || length == 249
                || length == 250
                || said == ["it is no DHCP reply"],
            "{length}: {said:?}"
        );
    }
    for length in 0..REPLY.len() {
        let _ = parse("c0.lease6", &REPLY[..length]);
    }
    assert_eq!(parse("c0.lease6", &whole), ["it is no DHCPv6 reply"]);
    assert_eq!(parse("c0.lease", REPLY), ["it is no DHCP reply"]);
}

#[test]
fn only_leases_that_are_not_over() {
    let folder = std::env::temp_dir().join(format!("nsd-leases-{}", std::process::id()));
    let path = folder.display().to_string();
    let mut files = Files::new(LeaseClient::Dhclient, &[&path, "/nowhere/at/all"]);
    assert!(matches!(
        files.read(&Local::default(), 0),
        Reading::Absent { .. }
    ));
    fs::create_dir(&folder).unwrap();
    let text = "lease {\n interface \"c0\";\n fixed-address 192.0.2.1;\n expire epoch 100;\n}\n";
    fs::write(folder.join("dhclient.c0.leases"), text).unwrap();
    // A server's.
    fs::write(folder.join("dhcpd.leases"), text).unwrap();
    let lease = Lease {
        link: LeasedLink::Name(IfName::new(b"c0").unwrap()),
        address: [192, 0, 2, 1].into(),
    };
    assert_eq!(
        files.read(&Local::default(), 99),
        Reading::Current(vec![lease.clone()])
    );
    assert_eq!(files.read(&Local::default(), 100), Reading::Current(vec![]));
    fs::create_dir(folder.join("dhclient.c1.leases")).unwrap();
    let Reading::Stale { value, reason } = files.read(&Local::default(), 99) else {
        panic!("a folder was read")
    };
    assert_eq!(value, [lease]);
    assert!(
        reason.ends_with("dhclient.c1.leases: it is not a regular file"),
        "{reason}"
    );
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_lease_is_for_its_own_link() {
    let facts = crate::facts::sample::link(7, "c0");
    let [by_index, by_name, others] = [
        LeasedLink::Index(IfIndex(7)),
        LeasedLink::Name(IfName::new(b"c0").unwrap()),
        LeasedLink::Name(IfName::new(b"c1").unwrap()),
    ]
    .map(|link| Lease {
        link,
        address: [192, 0, 2, 1].into(),
    });
    let mut leases = crate::facts::Leases::default();
    *leases.by_mut(LeaseClient::Networkd) = Reading::Current(vec![by_index, others]);
    *leases.by_mut(LeaseClient::Dhclient) = Reading::Current(vec![by_name]);
    assert_eq!(leases.of(&facts.link).count(), 2);
}

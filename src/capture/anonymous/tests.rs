//! Every kind of file, with all that it might tell: the daemon reads the same in it
//! under pseudonyms, and nothing else is left.
//!
//! Words that must not be left are listed once, and looked for in every file.

use super::*;
use crate::facts::{IfName, Lease, LeaseClient, LeasedLink, NameServer, Snapshot};
use crate::probe::{Captured, CapturedFiles, FileContent};
use std::path::{Path, PathBuf};

const UUID: &str = "6e1a1c3b-6a35-4a0b-9d4e-2f6f0f0a7b11";

/// What must not be left, in any file or path.
const MARKS: &[&str] = &[
    "hand", "192.0.2", "2001:db8", "fe80::53", "bond0", "org", "ours", "nonsense", "02:11:22",
    "6e1a", "made", "secret", "QEMU", "45ec",
];

const RESOLV_CONF: &str = "# made by hand.example.org\nnameserver 192.0.2.53 ; ours\n\
    nameserver nonsense\nnameserver fe80::53%bond0\nnameserver 127.0.0.53\noptions trust-ad\n\
    domain hand.example.org\nsearch one.example.org. two.example.org hand.example.org\n";

const NETWORKD_LINK: &str = "# secret\nADMIN_STATE=failed\nNETWORK_FILE=/etc/hand.network\n\
    DNS=192.0.2.53:5353#hand.example.org [fe80::53%bond0]:53#two.example.org 192.0.2.55 nonsense\n\
    NTP=192.0.2.99\nDOMAINS=two.example.org ~. ~secret.example.org\nROUTE_DOMAINS=secret.org\n";

const NETWORKD_LEASE: &str = "ADDRESS=192.0.2.54\nROUTER=192.0.2.1\nCLIENTID=ff02:11:22\n\
    HOSTNAME=hand\nDOMAINNAME=hand.example.org\n";

const DHCLIENT: &str = "default-duid \"secret\";\nlease {\n  interface \"bond0\";\n  \
    fixed-address 192.0.2.54;\n  filename \"secret\";\n  option host-name \"hand\";\n  \
    option dhcp-client-identifier 1:02:11:22:33:44:55;\n  \
    expire 1 2162/11/23 18:07:54; # made\n}\n\
    lease6 {\n  interface \"bond0\";\n  ia-na 02:11:22:33 {\n    starts 1795534521;\n    \
    iaaddr 2001:db8:1::1ff6 {\n      starts 1795534521;\n      max-life 4294967295;\n    }\n  }\n  \
    option dhcp6.client-id 0:1:0:1:02:11:22;\n}\n\
    lease {\n  interface \"bond0-with-too-long-a-name\";\n  fixed-address nonsense;\n  \
    expire secret;\n}\n";

fn packet() -> Vec<u8> {
    let mut packet = vec![2, 1, 6, 0];
    packet.resize(16, 0);
    packet.extend([192, 0, 2, 54, 192, 0, 2, 1]);
    packet.resize(236, 0);
    packet.extend([0x63, 0x82, 0x53, 0x63, 12, 4]);
    packet.extend(b"hand");
    packet.extend([51, 4, 255, 255, 255, 255, 15, 8]);
    packet.extend(b"hand.org");
    packet.push(255);
    packet
}

/// A reply with the server's and the client's ids and one address.
const REPLY: &[u8] = b"\x07\x66\xcc\x04\0\x02\0\x0asecret hand\
    \0\x03\0\x28\x02\x11\x22\x33\0\0\0\0\0\0\0\0\
    \0\x05\0\x18\x20\x01\x0d\xb8\0\x01\0\0\0\0\0\0\0\0\x1a\xcf\xff\xff\xff\xff\xff\xff\xff\xff";

fn files() -> Vec<(String, Vec<u8>)> {
    let network_manager = "/var/lib/NetworkManager";
    [
        ("/etc/resolv.conf", RESOLV_CONF),
        ("/run/systemd/resolve/resolv.conf", RESOLV_CONF),
        ("/run/systemd/netif/links/2", NETWORKD_LINK),
        (
            "/run/systemd/resolve/netif/3",
            "SERVERS=192.0.2.53\nDOMAINS=hand.example.org\nMDNS=secret\n",
        ),
        ("/run/systemd/netif/leases/2", NETWORKD_LEASE),
        (
            "/proc/self/net/dev",
            "Inter-| secret\n bond0: 7 8 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n",
        ),
        ("/var/lib/dhcp/dhclient.bond0.leases", DHCLIENT),
        (
            &format!("{network_manager}/dhclient-{UUID}-bond0.lease"),
            "lease {\n interface \"bond0\";\n fixed-address 192.0.2.56;\n}\n",
        ),
        (
            &format!("{network_manager}/internal-{UUID}-bond0.lease"),
            "# secret\nADDRESS=192.0.2.54\nCLIENTID=02:11:22\n",
        ),
        (&format!("{network_manager}/secret_key"), "secret"),
        ("/var/lib/dhcpcd/wlan0-secret of ours.lease", "secret"),
        ("/sys/class/dmi/id/sys_vendor", "QEMU\n"),
        ("/sys/class/dmi/id/product_name", "Google Compute Engine\n"),
        (
            "/sys/hypervisor/uuid",
            "45ec2aec-dcd1-b213-94ed-012345abcdef\n",
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .into_iter()
    .chain([
        ("/var/lib/dhcpcd/bond0.lease".to_owned(), packet()),
        ("/var/lib/dhcpcd/bond0.lease6".to_owned(), REPLY.to_vec()),
        ("/var/db/dhcpcd/bond0.lease".to_owned(), b"secret".to_vec()),
    ])
    .collect()
}

fn capture() -> Capture {
    let file = |(path, bytes): (String, Vec<u8>)| {
        let content = FileContent {
            bytes,
            modified: 1_795_534_521,
        };
        let leads_to = Some("/run/secret".into());
        (PathBuf::from(path), Captured::File { content, leads_to })
    };
    Capture {
        hostname: Some("hand".to_owned()),
        clock: 1_795_534_600,
        files: CapturedFiles(files().into_iter().map(file).collect()),
        ..Capture::default()
    }
}

fn text_of(capture: &Capture, path: &str) -> String {
    match &capture.files.0[Path::new(path)] {
        Captured::File { content, .. } => content.text(),
        Captured::Unreadable { reason } => reason.clone(),
    }
}

#[test]
fn nothing_is_left() {
    let other = capture().anonymous().unwrap();
    assert_ne!(other.hostname.as_deref(), Some("hand"));
    for (path, captured) in &other.files.0 {
        let Captured::File { content, leads_to } = captured else {
            panic!("{captured:?}")
        };
        assert_eq!(*leads_to, None);
        let said = format!("{}\n{}", path.display(), content.text());
        for mark in MARKS {
            assert!(!said.contains(mark), "{mark} is in {said}");
        }
        for bytes in [&[192, 0, 2][..], &[0x20, 1, 0xd, 0xb8], &[2, 0x11, 0x22]] {
            let mut parts = content.bytes.windows(bytes.len());
            assert!(!parts.any(|part| part == bytes), "{bytes:?} is in {said}");
        }
    }
    let before = capture();
    let is_marked = |mark: &&&str| {
        let mut all = before.files.0.keys();
        all.any(|path| {
            let text = text_of(&before, &path.display().to_string());
            path.display().to_string().contains(**mark) || text.contains(**mark)
        })
    };
    // Otherwise this would find nothing in anything.
    assert_eq!(MARKS.iter().filter(is_marked).count(), MARKS.len());
}

/// The lease under the pseudonyms of `link` and `addresses`.
fn leases(snapshot: &Snapshot, client: LeaseClient) -> Vec<Lease> {
    snapshot
        .leases
        .by(client)
        .value()
        .cloned()
        .unwrap_or_default()
}

#[test]
fn the_daemon_reads_the_same() {
    let own = capture();
    let other = own.anonymous().unwrap();
    let (before, after) = (own.snapshot(), other.snapshot());
    let resolver = text_of(&other, "/etc/resolv.conf");
    let lines: Vec<Vec<&str>> = resolver
        .lines()
        .map(|line| line.split(' ').collect())
        .collect();
    let (bond, domain) = (lines[2][1].split_once('%').unwrap().1, lines[4][1]);
    assert_eq!(lines[3], ["nameserver", "127.0.0.53"]);
    assert!(lines[2][1].starts_with("fe80::"));
    assert_eq!((lines[4].len(), lines[5].len()), (2, 4));
    assert_eq!(domain, lines[5][3], "one domain has one pseudonym");
    let of_link = text_of(&other, "/run/systemd/netif/links/2");
    let words: Vec<&str> = of_link.split([' ', '=', '\n']).collect();
    assert_eq!(words[1], format!("{}:5353#{domain}", lines[0][1]));
    assert_eq!(words[2], format!("[{}]:53#{}", lines[2][1], lines[5][2]));
    assert_eq!(words[4..7], ["DOMAINS", lines[5][2], "~."]);
    assert!(words[7].starts_with("~domain"), "{of_link}");
    assert_eq!(before.failed_setups, after.failed_setups);
    let failed = before.failed_setups.value().unwrap();
    assert_eq!(failed.0.len(), 1);
    let of_link = text_of(&other, "/run/systemd/resolve/netif/3");
    assert_eq!(
        of_link,
        format!("SERVERS={}\nDOMAINS={domain}\n", lines[0][1])
    );

    let name = |name: &str| IfName::new(name.as_bytes()).unwrap();
    let sample = other.sample(name(bond));
    assert_eq!((sample.received, sample.sent), (7, 9));
    assert_eq!(sample, own.sample(name("bond0")));

    let server: NameServer = lines[0][1].parse().unwrap();
    for client in LeaseClient::ALL {
        let (before, after) = (leases(&before, client), leases(&after, client));
        assert!(!before.is_empty(), "{client:?}");
        assert_eq!(before.len(), after.len(), "{client:?}");
        for (before, after) in before.iter().zip(&after) {
            match (&before.link, &after.link) {
                (LeasedLink::Name(_), LeasedLink::Name(name)) => {
                    assert_eq!(name.to_string(), bond, "{client:?}");
                }
                (before, after) => assert_eq!(before, after, "{client:?}"),
            }
            assert_ne!(before.address, after.address);
            if let (IpAddr::V4(leased), IpAddr::V4(server)) = (after.address, server.address) {
                // All are in one subnet.
                assert_eq!(leased.octets()[..3], server.octets()[..3], "{client:?}");
            }
        }
    }
    let reason = |snapshot: &Snapshot| format!("{:?}", snapshot.cloud);
    assert_eq!(reason(&before), reason(&after));
    assert!(reason(&after).contains("GCP"), "{}", reason(&after));
}

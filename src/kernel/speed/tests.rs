//! The driver's many words for unknown, and folders that are another link's.
//!
//! The folders are the test's own, shaped as sysfs is.

use super::*;
use crate::facts::{IfName, MacAddr};
use std::fs;

#[test]
fn words_for_unknown() {
    for text in ["-1", "0", "65535", "4294967295", "", "unknown", "1e3"] {
        assert_eq!(parse(text), None, "{text}");
    }
    for speed in [10, 2500, 20000, 400_000] {
        assert_eq!(parse(&speed.to_string()), Some(speed));
    }
    for errno in [libc::EINVAL, libc::EOPNOTSUPP, libc::ENODEV] {
        assert!(means_unknown(&io::Error::from_raw_os_error(errno)));
    }
    for errno in [libc::EMFILE, libc::ENOENT, libc::EACCES] {
        assert!(!means_unknown(&io::Error::from_raw_os_error(errno)));
    }
}

#[test]
fn duplex_modes_and_words_for_unknown() {
    for (text, mode) in [
        ("full", Some(Duplex::Full)),
        ("half", Some(Duplex::Half)),
        ("unknown", None),
        ("", None),
        ("fully", None),
    ] {
        assert_eq!(parse_duplex(text), mode, "{text}");
    }
}

/// A `/sys/class/net` of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("netstatusd-{test}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn put(&self, link: &str, files: [&str; 3]) {
        let folder = self.0.join(link);
        fs::create_dir_all(&folder).unwrap();
        for (file, text) in ["ifindex", "address", "speed"].into_iter().zip(files) {
            fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    fn speed(&self, own: Identity, witness: Option<Identity>) -> Option<u32> {
        let request = SpeedRequest {
            identity: own,
            incarnation: 1,
            carrier_changes: 1,
            witness,
            wants_duplex: false,
        };
        match Sysfs::below(&self.0).speed(&request) {
            Answer::Speed(speed) => Some(speed),
            _ => None,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn identity(index: u32, name: &str, mac: &[u8]) -> Identity {
    Identity {
        index: IfIndex(index),
        name: IfName::new(name.as_bytes()).unwrap(),
        mac: MacAddr::new(mac).unwrap(),
    }
}

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];

#[test]
fn a_folder_must_be_the_links_own() {
    let folder = Folder::new("own");
    let mac = "02:00:00:00:00:01";
    let own = identity(7, "eth0", &MAC);
    for (ifindex, is_ours) in [("7", true), ("8", false), ("77", false), ("", false)] {
        folder.put("eth0", [ifindex, mac, "2500"]);
        let speed = folder.speed(own, None);
        assert_eq!(speed, is_ours.then_some(2500), "{ifindex:?}");
    }
    folder.put("eth0", ["7", mac, "2500"]);
    let another = identity(7, "eth0", &[2, 0, 0, 0, 0, 2]);
    assert_eq!(
        folder.speed(another, None),
        None,
        "the address is another's"
    );
    let absent = identity(7, "eth1", &MAC);
    assert_eq!(folder.speed(absent, None), None, "there is no such folder");
}

#[test]
fn a_link_without_address_needs_a_witness() {
    let folder = Folder::new("witness");
    folder.put("tun0", ["8", "", "10000"]);
    folder.put("eth0", ["7", "02:00:00:00:00:01", "2500"]);
    let own = identity(8, "tun0", &[]);
    let witness = identity(7, "eth0", &MAC);
    assert_eq!(folder.speed(own, None), None);
    assert_eq!(folder.speed(own, Some(witness)), Some(10_000));
    let elsewhere = identity(7, "eth0", &[2, 0, 0, 0, 0, 2]);
    assert_eq!(folder.speed(own, Some(elsewhere)), None);
    assert_eq!(
        folder.speed(own, Some(own)),
        None,
        "it proves nothing itself"
    );
}

#[test]
fn a_folder_is_proven_once_and_names_are_asked_for_each_time() {
    let folder = Folder::new("names");
    let mac = "02:00:00:00:00:01";
    let request = |index, name| SpeedRequest {
        identity: identity(index, name, &MAC),
        incarnation: 1,
        carrier_changes: 1,
        witness: None,
        wants_duplex: false,
    };
    // Every namespace calls its first link so, and has no link with the last index.
    let (loopback, gone) = (request(1, "lo"), request(0x7fff_ffff, "lo"));
    for link in ["lo", "renamed"] {
        folder.put(link, ["1", mac, "2500"]);
    }
    let mut sysfs = Sysfs {
        names: Names::of_kernel(),
        ..Sysfs::below(&folder.0)
    };
    assert!(matches!(sysfs.speed(&loopback), Answer::Speed(2500)));
    fs::write(folder.0.join("lo/ifindex"), "no proof any more").unwrap();
    assert!(matches!(sysfs.speed(&loopback), Answer::Speed(2500)));
    for another in [request(1, "renamed"), gone] {
        let answer = sysfs.speed(&another);
        assert!(matches!(answer, Answer::Failed(SysfsError::Foreign(_))));
    }
}

#[test]
fn the_duplex_mode_is_read_in_the_same_folder() {
    let folder = Folder::new("duplex");
    folder.put("eth0", ["7", "02:00:00:00:00:01", "2500"]);
    let request = |name| SpeedRequest {
        identity: identity(7, name, &MAC),
        incarnation: 1,
        carrier_changes: 1,
        witness: None,
        wants_duplex: true,
    };
    let mut sysfs = Sysfs::below(&folder.0);
    assert_eq!(
        sysfs.duplex(&request("eth0")),
        None,
        "there is no such file"
    );
    fs::write(folder.0.join("eth0/duplex"), "half\n").unwrap();
    assert_eq!(sysfs.duplex(&request("eth0")), Some(Duplex::Half));
    fs::write(folder.0.join("eth0/ifindex"), "8\n").unwrap();
    assert_eq!(sysfs.duplex(&request("eth0")), None, "another link's");
}

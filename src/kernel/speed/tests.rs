//! The driver's many words for unknown, and folders that are another link's.

use super::*;
use std::fs;

#[test]
fn words_for_unknown() {
    for text in ["-1", "0", "65535", "4294967295", "", "unknown", "1e3"] {
        assert!(matches!(parse(text), Reading::Absent { .. }), "{text}");
    }
    for speed in [10, 2500, 20000, 400_000] {
        assert_eq!(parse(&speed.to_string()), Reading::Current(speed));
    }
}

#[test]
fn a_folder_must_be_the_links_own() {
    let root = std::env::temp_dir().join(format!("netstatusd-speed-{}", std::process::id()));
    let folder = root.join("eth0");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("address"), "02:00:00:00:00:01\n").unwrap();
    fs::write(folder.join("speed"), "2500\n").unwrap();
    let mut request = SpeedRequest {
        index: IfIndex(7),
        incarnation: 1,
        name: IfName::new(b"eth0").unwrap(),
        mac: MacAddr::new(&[2, 0, 0, 0, 0, 1]).unwrap(),
    };
    let absent = |request| matches!(read(&root, request).speed, Reading::Absent { .. });
    for (ifindex, is_ours) in [("7\n", true), ("8\n", false), ("77\n", false), ("", false)] {
        fs::write(folder.join("ifindex"), ifindex).unwrap();
        assert_eq!(!absent(request), is_ours, "{ifindex:?}");
    }
    fs::write(folder.join("ifindex"), "7\n").unwrap();
    request.mac = MacAddr::new(&[2, 0, 0, 0, 0, 2]).unwrap();
    assert!(absent(request), "the address is another's");
    request.name = IfName::new(b"eth1").unwrap();
    assert!(absent(request), "there is no such folder");
    fs::remove_dir_all(&root).unwrap();
}

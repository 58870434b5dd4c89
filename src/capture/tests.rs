//! What is written can be read, and what cannot be read is told.
//!
//! A capture is written to a folder of the test's own and read back.

use super::*;
use crate::probe::{Captured, FileContent};
use std::os::unix::fs::PermissionsExt;

fn file(text: &str, modified: u64, leads_to: Option<&str>) -> Captured {
    Captured::File {
        content: FileContent {
            bytes: text.as_bytes().to_vec(),
            modified,
        },
        leads_to: leads_to.map(PathBuf::from),
    }
}

/// A `struct nlmsghdr`, filled up after 2 bytes.
fn message(message_type: u16) -> Vec<u8> {
    let length = 18_u32.to_ne_bytes();
    [&length[..], &message_type.to_ne_bytes(), &[0; 14]].concat()
}

fn capture() -> Capture {
    let refused = Captured::Unreadable {
        reason: "Permission denied (os error 13)".to_owned(),
    };
    let files = [
        (
            "/etc/resolv.conf",
            file("nameserver 192.0.2.53\n", 7, Some("../run/x y")),
        ),
        (
            "/var/lib/dhcpcd/wlan0-a name.lease",
            file("\0\u{1}", u64::MAX, None),
        ),
        ("/var/lib/dhcp", refused),
    ];
    Capture {
        kernel: Recording {
            links: message(libc::RTM_NEWLINK),
            addresses: message(libc::RTM_NEWADDR),
            default_routes: message(libc::RTM_NEWROUTE),
            next_hops: message(RTM_NEWNEXTHOP),
            speeds: vec![(IfIndex(2), 10_000), (IfIndex(7), 25_000)],
            taken: Uptime(4_000_000_000),
        },
        hostname: Some("node-1".to_owned()),
        clock: 1_795_451_520,
        files: CapturedFiles(files.map(|(path, file)| (path.into(), file)).into()),
    }
}

#[test]
fn what_is_written_can_be_read() -> Result<(), CaptureError> {
    let folder = std::env::temp_dir().join(format!("nsd-capture-{}", std::process::id()));
    let capture = capture();
    capture.write(&folder)?;
    let again = capture.write(&folder);
    let read = Capture::read(&folder);
    let mode = fs::metadata(&folder).unwrap().permissions();
    let copy = fs::read_to_string(folder.join("files/etc/resolv.conf")).unwrap();
    let list = fs::read_to_string(folder.join("files.list")).unwrap();
    let mut said = Vec::new();
    for (file, text) in [
        (SPEEDS, "2 10000\n3 fast\n"),
        (CLOCK, "noon"),
        (
            "files.list",
            "/etc/resolv.conf\t7\n/etc/resolv.conf\tlately\n",
        ),
        ("files.list", "/etc/../../etc/passwd\t7\n"),
        ("files.list", "etc/resolv.conf\t7\n"),
        ("files.list", "/etc/resolv.conf\n"),
        ("files.list", "/etc/hosts\t7\n"),
    ] {
        let before = fs::read(folder.join(file)).unwrap();
        fs::write(folder.join(file), text).unwrap();
        said.push(Capture::read(&folder).unwrap_err().to_string());
        fs::write(folder.join(file), before).unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
    let again = again.unwrap_err().to_string();
    assert!(
        again.ends_with("is there already; name a new folder"),
        "{again}"
    );
    assert_eq!(mode.mode() & 0o777, 0o700);
    assert_eq!(read?, capture);
    assert_eq!(copy, "nameserver 192.0.2.53\n");
    assert!(
        list.starts_with("/etc/resolv.conf\t7\t../run/x y\n"),
        "{list}"
    );
    for (said, expected) in said.iter().zip([
        "speeds:2: `3 fast` is not an index and a speed",
        "clock:1: `noon` is not a time in seconds",
        "files.list:2: `/etc/resolv.conf\tlately` is not a path and a time",
        "files.list:1: `/etc/../../etc/passwd\t7` is not a path and a time",
        "files.list:1: `etc/resolv.conf\t7` is not a path and a time",
        "files.list:1: `/etc/resolv.conf` is not a path and a time",
        "files/etc/hosts",
    ]) {
        assert!(said.ends_with(expected), "{said}");
    }
    Ok(())
}

/// A path that is too long for one of the files, and fine for the others.
#[test]
fn what_was_begun_is_removed() {
    let folder = std::env::temp_dir().join(format!("nsd-begun-{}", std::process::id()));
    let mut capture = capture();
    let name = format!("/{}", "x".repeat(300));
    capture.files.0.insert(name.into(), file("", 7, None));
    let error = capture.write(&folder).unwrap_err();
    assert!(matches!(error, CaptureError::Write { .. }), "{error}");
    assert!(!folder.exists());
}

/// A file that could not be read is told of as the daemon told of it.
#[test]
fn what_was_unreadable_stays_so() {
    let snapshot = capture().snapshot();
    let dhclient = snapshot.leases.by(crate::facts::LeaseClient::Dhclient);
    let reason = "cannot read /var/lib/dhcp: Permission denied (os error 13)".to_owned();
    let value = Vec::new();
    assert_eq!(*dhclient, Reading::Stale { value, reason });
}

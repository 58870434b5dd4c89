//! What texts of `resolv.conf` mean, and which of the files counts.
//!
//! `resolv.conf(5)`, as the C library reads it.

use super::super::file::Local;
use super::*;
use std::fs;

#[test]
fn texts() {
    #[rustfmt::skip]
    let table: &[(&str, &[&str], &[&str])] = &[
        ("", &[], &[]),
        ("nameserver 192.0.2.53\nsearch a.example b.example", &["192.0.2.53"], &["a.example", "b.example"]),
        ("# nameserver 192.0.2.1\n; search x\nnameserver 192.0.2.2 # trailing", &["192.0.2.2"], &[]),
        ("search a.example\ndomain b.example c.example", &[], &["b.example"]),
        ("domain a.example.\nsearch b.example. . b.example", &[], &["b.example"]),
        ("nameserver 192.0.2.1\nnameserver 192.0.2.1\nnameserver 2001:DB8::1", &["192.0.2.1", "2001:db8::1"], &[]),
        ("nameserver fe80::1%eth0", &["fe80::1%eth0"], &[]),
        ("nameserver\nnameserver localhost\nnameserver 1.2.3\nnameservers 192.0.2.1", &[], &[]),
        ("nameserver\t192.0.2.1\r\noptions ndots:5", &["192.0.2.1"], &[]),
        // The C library passes over what does not begin its line.
        (" nameserver 192.0.2.1\n\tsearch a.example\nnameserver 192.0.2.2", &["192.0.2.2"], &[]),
        ("nameserver  192.0.2.1#53\nsearch\ta.example", &["192.0.2.1"], &["a.example"]),
        // It asks three, the same one twice too.
        ("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver x\nnameserver 192.0.2.3\nnameserver 192.0.2.4", &["192.0.2.1", "192.0.2.2", "192.0.2.3"], &[]),
        ("nameserver 192.0.2.1\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3", &["192.0.2.1", "192.0.2.2"], &[]),
    ];
    for (text, servers, search) in table {
        let dns = judge(text, || None);
        let shown: Vec<String> = dns.servers.iter().map(ToString::to_string).collect();
        assert_eq!(shown, *servers, "{text:?}");
        assert_eq!(dns.search, *search, "{text:?}");
    }
}

#[test]
fn behind_a_stub_are_the_real_servers() {
    let folder = std::env::temp_dir().join(format!("netstatusd-dns-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (etc, run) = (folder.join("etc"), folder.join("run"));
    let servers = |files: &mut Files| match files.read(&Local::default()) {
        Reading::Current(dns) => dns.servers.iter().map(ToString::to_string).collect(),
        other => vec![format!("{other:?}")],
    };

    let mut files = Files::new(&etc, &run);
    assert!(matches!(
        files.read(&Local::default()),
        Reading::Absent { .. }
    ));
    fs::write(&etc, "nameserver 127.0.0.53").unwrap();
    assert!(files.have_changed(&Local::default()));
    assert_eq!(servers(&mut files), ["127.0.0.53"], "nothing behind it");
    assert!(!files.have_changed(&Local::default()));

    fs::write(&run, "nameserver 192.0.2.53").unwrap();
    assert!(files.have_changed(&Local::default()));
    assert_eq!(servers(&mut files), ["192.0.2.53"]);

    fs::write(&etc, "nameserver 127.0.0.53\nnameserver 192.0.2.1").unwrap();
    assert_eq!(servers(&mut files), ["127.0.0.53", "192.0.2.1"]);

    // systemd-resolved asks all it knows.
    let many = [1, 2, 3, 4, 5].map(|n| format!("nameserver 192.0.2.{n}"));
    fs::write(&etc, "nameserver 127.0.0.53").unwrap();
    fs::write(&run, many.join("\n")).unwrap();
    assert_eq!(servers(&mut files).len(), 5);

    // A folder is no resolv.conf; what was known stays, marked.
    fs::remove_file(&etc).unwrap();
    fs::create_dir(&etc).unwrap();
    let Reading::Stale { reason, .. } = files.read(&Local::default()) else {
        panic!("a folder was read")
    };
    assert!(reason.ends_with("not a regular file"), "{reason}");
    fs::remove_dir_all(&folder).unwrap();
}

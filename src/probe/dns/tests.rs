//! What texts of `resolv.conf` mean, and which of the files counts.

use super::*;

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
        ("\tnameserver\t192.0.2.1\r\noptions ndots:5", &["192.0.2.1"], &[]),
    ];
    for (text, servers, search) in table {
        let dns = parse(text);
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
    let servers = |files: &mut Files| match files.read() {
        Reading::Current(dns) => dns.servers.iter().map(ToString::to_string).collect(),
        other => vec![format!("{other:?}")],
    };

    let mut files = Files::new(&etc, &run);
    assert!(matches!(files.read(), Reading::Absent { .. }));
    fs::write(&etc, "nameserver 127.0.0.53").unwrap();
    assert!(files.have_changed());
    assert_eq!(servers(&mut files), ["127.0.0.53"], "nothing behind it");
    assert!(!files.have_changed());

    fs::write(&run, "nameserver 192.0.2.53").unwrap();
    assert!(files.have_changed());
    assert_eq!(servers(&mut files), ["192.0.2.53"]);

    fs::write(&etc, "nameserver 127.0.0.53\nnameserver 192.0.2.1").unwrap();
    assert_eq!(servers(&mut files), ["127.0.0.53", "192.0.2.1"]);
    fs::remove_dir_all(&folder).unwrap();
}

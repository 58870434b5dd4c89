//! Hosts and clients that mean no good: the answers stay complete, prompt and true.
//!
//! Storms are made by `ip -batch` beside the daemon, and the end of each is compared as ever.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::counters::{counted, has_not_fallen};
use crate::routes::at_rest;
use crate::support::agree::{Node, agree};
use crate::support::daemon::Daemon;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Failure, Outcome, fail};

pub(crate) const CABLE: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\naddr add 2001:db8::1/64 dev v0 nodad\n";

#[test]
fn names_and_aliases_that_are_not_utf8() -> Outcome {
    let namespace = Namespace::new()?;
    let words = |line: &'static [u8]| line.split(|byte| *byte == b' ').map(OsStr::from_bytes);
    for line in [
        &b"ip link add b\xff\xfe type veth peer name v1"[..],
        b"ip link set b\xff\xfe alias desc\xe9",
        b"ip link property add dev b\xff\xfe altname alt\xe9",
        b"ip link set b\xff\xfe up",
        b"ip link set v1 alias desc\xe9 up",
        b"ip addr add 10.0.0.1/24 dev b\xff\xfe",
    ] {
        namespace.run(&words(line).collect::<Vec<_>>())?;
    }
    let node = Node::start(namespace)?;
    assert_eq!(
        node.daemon.document(r"b\xff\xfe")?["interface_status"]["name"],
        r"b\xff\xfe"
    );
    node.says(
        r"b\xff\xfe",
        "/network_statuses/0/address",
        &json!("10.0.0.1"),
    )?;
    // As an event, too.
    node.namespace
        .run(&words(b"ip link set v1 name c\xe9").collect::<Vec<_>>())?;
    node.agrees()?;
    node.namespace
        .run(&words(b"ip link set c\xe9 alias \xff\xff").collect::<Vec<_>>())?;
    node.after("addr add 10.0.0.2/24 dev lo")
}

/// Counters must be this namespace's, whatever a link of the same name has over there.
fn beside_a_twin(here: &str, there: &str) -> Outcome {
    let outer = Namespace::new()?;
    outer.ip(&format!(
        "link add twin {there} type veth peer name other\nlink set twin up\nlink set other up"
    ))?;
    // Sees the mounts, and so the `/sys`, of the outer one.
    let inner = outer.peer()?;
    inner.ip(&format!(
        "link add twin {here} type veth peer name other\n{}",
        "addr add 10.0.0.1/24 dev twin"
    ))?;
    let daemon = Daemon::start(&inner, &[])?;
    let node = Node {
        daemon,
        namespace: inner,
        foreign_sysfs: true,
    };
    node.agrees()?;
    node.after("link set twin up\nlink set other up")?;
    node.after("addr add 2001:db8::1/64 dev twin")?;
    node.after("link set twin name renamed")
}

#[test]
fn sysfs_of_another_namespace_with_the_same_index() -> Outcome {
    beside_a_twin(
        "index 77 address 02:00:00:00:00:01",
        "index 77 address 02:00:00:00:00:02",
    )
}

#[test]
fn sysfs_of_another_namespace_with_the_same_mac() -> Outcome {
    beside_a_twin(
        "index 77 address 02:00:00:00:00:01",
        "index 78 address 02:00:00:00:00:01",
    )
}

#[test]
fn clients_that_say_nothing_keep_nobody_waiting() -> Outcome {
    let node = Node::with(CABLE)?;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(UnixStream::connect(node.daemon.socket())?);
    }
    for stream in silent.iter_mut().step_by(2) {
        stream.write_all(b"GET /v2/network/interfaces/1/st")?;
    }
    node.agrees()?;
    node.after("addr add 10.0.0.2/24 dev v0")?;
    drop(silent);
    node.agrees()
}

/// Runs `watch` while rounds of `ip` commands go by beside it; at least one.
pub(crate) fn during<T>(
    namespace: &Namespace,
    commands: impl Fn(u32) -> Outcome<String> + Sync,
    watch: impl FnOnce() -> Outcome<T>,
) -> Outcome<T> {
    let stop = AtomicBool::new(false);
    let storm = || {
        let mut round = 0;
        while round == 0 || !stop.load(Ordering::Relaxed) {
            namespace.ip(&commands(round)?)?;
            round += 1;
        }
        Ok(round)
    };
    thread::scope(|scope| {
        let storm = scope.spawn(storm);
        let watched = watch();
        stop.store(true, Ordering::Relaxed);
        let rounds: Outcome<u32> = storm
            .join()
            .map_err(|_| Failure("the storm panicked".into()))?;
        println!("{} rounds went by", rounds?);
        watched
    })
}

/// Two hundred links made, and deleted in one go.
fn two_hundred_links(_round: u32) -> Outcome<String> {
    let mut commands = String::new();
    for number in 0..200 {
        writeln!(commands, "link add x{number} group 7 type ifb")?;
    }
    writeln!(commands, "link del group 7")?;
    Ok(commands)
}

#[test]
fn one_link_is_watched_while_two_hundred_come_and_go() -> Outcome {
    let node = Node::with(CABLE)?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    node.says("v0", "/interface_details/interface_status", &json!("UP"))?;
    let calm = node.daemon.document("v0")?;
    let mut last = counted(&calm)?;
    let calm = at_rest(calm);
    during(&node.namespace, two_hundred_links, || {
        for poll in 0..1_000 {
            let said = node.daemon.document("v0")?;
            has_not_fallen(&mut last, counted(&said)?)?;
            let said = at_rest(said);
            if said != calm {
                return fail(format!("poll {poll}:\n{said}\ninstead of\n{calm}"));
            }
        }
        Ok(())
    })?;
    node.agrees()
}

#[test]
fn the_list_is_whole_while_two_hundred_come_and_go() -> Outcome {
    let node = Node::with(CABLE)?;
    let calm = node.daemon.json("/v2/network/interfaces/")?;
    let calm = calm.as_array().cloned().unwrap_or_default();
    assert_eq!(calm.len(), 2);
    during(&node.namespace, two_hundred_links, || {
        let mut most = 0;
        for poll in 0..500 {
            let said = node.daemon.json("/v2/network/interfaces/")?;
            let list = said.as_array().cloned().unwrap_or_default();
            most = most.max(list.len());
            let ids: Vec<u64> = list.iter().filter_map(|one| one["id"].as_u64()).collect();
            let is_ordered = ids.is_sorted_by(|one, next| one < next) && ids.len() == list.len();
            // Who stays, stays first and as it is; who passes has its own name and no other's.
            let passing = list.iter().skip(2).all(|one| {
                let name = one["name"].as_str().unwrap_or_default();
                name.starts_with('x')
            });
            if !is_ordered || !list.starts_with(&calm) || !passing {
                return fail(format!("poll {poll}:\n{said}"));
            }
        }
        assert!(most > 2, "nobody was ever seen passing");
        Ok(())
    })?;
    node.agrees()
}

/// Addresses of both families that come and soon go. None comes twice: what is missed once is
/// never made good by a later event.
fn addresses_that_come_and_go(round: u32) -> Outcome<String> {
    const ROUND: u32 = 300;
    const STAY: u32 = 400;
    let mut commands = String::new();
    for number in round * ROUND..(round + 1) * ROUND {
        let mut both = |verb: &str, number: u32| {
            let [_, a, b, c] = number.to_be_bytes();
            writeln!(commands, "addr {verb} 10.{}.{b}.{c}/32 dev v0", 100 + a)?;
            writeln!(
                commands,
                "addr {verb} 2001:db8:1::{a:x}:{b:x}{c:02x}/128 dev v0 nodad"
            )
        };
        both("add", number)?;
        if number >= STAY {
            both("del", number - STAY)?;
        }
    }
    Ok(commands)
}

#[test]
fn daemons_started_in_a_storm_miss_nothing_and_keep_nothing() -> Outcome {
    const DAEMONS: usize = 12;
    let namespace = Namespace::new()?;
    namespace.ip(CABLE)?;
    // An address dump can be older than events that came before it: each start is a chance.
    let daemons = during(&namespace, addresses_that_come_and_go, || {
        let mut daemons = Vec::new();
        for _ in 0..DAEMONS {
            let mut daemon = Daemon::spawn(&namespace, &[])?;
            daemon.ready()?;
            for _ in 0..20 {
                let said = daemon.document("v0")?["network_statuses"].to_string();
                if !(said.contains(r#""10.0.0.1""#) && said.contains(r#""2001:db8::1""#)) {
                    return fail(format!("a static address is missing in {said}"));
                }
            }
            daemons.push(daemon);
        }
        Ok(daemons)
    })?;
    for daemon in &daemons {
        agree(daemon, &namespace, false)?;
    }
    Ok(())
}

//! Byte counters: whatever goes on beside them, they never fall and are never made up.
//!
//! The bounds are what `ip -s` says before and after.

use std::os::unix::net::UnixStream;

use serde_json::Value;

use crate::hostile::{CABLE, during};
use crate::support::agree::{Node, agree};
use crate::support::daemon::Daemon;
use crate::support::namespace::Namespace;
use crate::support::once::netstatusd;
use crate::support::outcome::{Outcome, eventually, fail};

/// The counters in a document: sent, received, and when they were read.
pub(crate) fn counted(document: &Value) -> Outcome<[u64; 3]> {
    let details = &document["interface_details"];
    let number =
        |key: &str| -> Outcome<u64> { Ok(details[key].as_str().unwrap_or_default().parse()?) };
    Ok([
        number("bytes_sent")?,
        number("bytes_received")?,
        number("timestamp")?,
    ])
}

/// Fails if any of `now` is less than it was in `before`, or was never read.
pub(crate) fn has_not_fallen(before: &mut [u64; 3], now: [u64; 3]) -> Outcome {
    if now.contains(&0) || before.iter().zip(now).any(|(before, now)| *before > now) {
        return fail(format!("counters {now:?} after {before:?}"));
    }
    *before = now;
    Ok(())
}

/// Sends some bytes over loopback.
fn over_loopback(namespace: &Namespace) -> Outcome {
    let script = "for n in 1 2 3 4 5 6 7 8 9; do echo x >/dev/udp/127.0.0.1/9; done";
    namespace.run(&["bash", "-c", script]).map(drop)
}

/// Loopback has no address that sysfs could prove it by.
#[test]
fn a_link_known_by_name_only_is_renamed_again_and_again() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip("addr add 192.0.2.1/32 dev lo")?;
    over_loopback(&namespace)?;
    let node = Node::start(namespace)?;
    let id = node.id("lo")?.to_string();
    let mut last = counted(&node.daemon.document(&id)?)?;
    let renames = |_round| Ok("link set lo name lo9\nlink set lo9 name lo\n".repeat(20));
    during(&node.namespace, renames, || {
        for _ in 0..2_000 {
            has_not_fallen(&mut last, counted(&node.daemon.document(&id)?)?)?;
        }
        Ok(())
    })?;
    node.agrees()
}

#[test]
fn few_descriptors_and_many_clients() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(&format!("{CABLE}addr add 192.0.2.1/32 dev lo"))?;
    over_loopback(&namespace)?;
    let mut daemon = Daemon::spawn_after(&namespace, "ulimit -n 40", &[])?;
    daemon.ready()?;
    agree(&daemon, &namespace, false)?;
    let mut last = [[0; 3]; 2];
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(UnixStream::connect(daemon.socket())?);
        for (link, last) in ["v0", "lo"].into_iter().zip(&mut last) {
            has_not_fallen(last, counted(&daemon.document(link)?)?)?;
        }
    }
    agree(&daemon, &namespace, false)?;
    let said = daemon.said()?;
    assert!(!said.contains("WARN"), "{said}");
    Ok(())
}

#[test]
fn without_sys_and_proc_nothing_is_made_up() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(CABLE)?;
    // The shell itself wants to know its number.
    let hidden = "read -r own rest </proc/self/stat
                  mount -t tmpfs tmpfs /sys; mount -t tmpfs tmpfs /proc
                  mkdir /proc/self; echo \"$own\" >/proc/self/stat";
    let mut daemon = Daemon::spawn_after(&namespace, hidden, &[])?;
    daemon.ready()?;
    assert_eq!(counted(&daemon.document("v0")?)?, [0; 3]);
    Ok(())
}

#[test]
fn files_of_a_link_that_moved_away_are_closed_at_once() -> Outcome {
    let node = Node::with(CABLE)?;
    node.daemon.document("v0")?;
    let kept = || -> Outcome<usize> {
        let files = node.daemon.open_files()?;
        let paths = files.iter().map(|path| path.to_string_lossy());
        Ok(paths
            .filter(|path| path.contains("/v0/statistics/"))
            .count())
    };
    assert_eq!(kept()?, 2);
    let elsewhere = node.namespace.peer()?;
    node.namespace
        .ip(&format!("link set v0 netns {}", elsewhere.path()))?;
    // Nobody asks it anything meanwhile.
    eventually("the files are closed", || match kept()? {
        0 => Ok(()),
        open => fail(format!("{open} still open")),
    })
}

/// Of many links `show` asks for all counters at once.
#[test]
fn show_has_the_counters_of_many_links() -> Outcome {
    let namespace = Namespace::new()?;
    let pairs = (0..10).map(|pair| {
        format!("link add v{pair} type veth peer name w{pair}\nlink set v{pair} up\nlink set w{pair} up\n")
    });
    namespace.ip(&pairs.collect::<String>())?;
    namespace.ip("addr add 192.0.2.1/32 dev lo")?;
    over_loopback(&namespace)?;
    let before = namespace.ip_json("-s link")?;
    let output = netstatusd(&namespace, &["show", "--format", "json"])?;
    let shown: Value = serde_json::from_slice(&output.stdout)?;
    let after = namespace.ip_json("-s link")?;
    let shown = shown.as_array().into_iter().flatten();
    let mut compared = Vec::new();
    for document in shown {
        let name = document["interface_status"]["name"].as_str();
        let of = |said: &Value, way: &str| -> Option<u64> {
            let link = said
                .as_array()?
                .iter()
                .find(|link| link["ifname"].as_str() == name)?;
            link["stats64"][way]["bytes"].as_u64()
        };
        let [sent, received, _] = counted(document)?;
        for (way, now) in [("tx", sent), ("rx", received)] {
            let bounds = of(&before, way).zip(of(&after, way));
            let (low, high) = bounds.unwrap_or((u64::MAX, 0));
            assert!(
                low <= now && now <= high,
                "{name:?} {way}: {now}, not {low} to {high}"
            );
            compared.push(now);
        }
    }
    assert_eq!(compared.len(), 2 * 21);
    assert!(compared.iter().any(|bytes| *bytes > 0));
    Ok(())
}

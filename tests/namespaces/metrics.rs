//! The metrics: as Prometheus wants them, and as `ip` says.
//!
//! The witnesses are `promtool` and `ip -s`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::hostile::{CABLE, during};
use crate::support::agree::Node;
use crate::support::daemon::{Daemon, binary};
use crate::support::namespace::Namespace;
use crate::support::outcome::{Failure, Outcome, eventually, fail, skipped};

/// Samples by name and labels, as they stand in the text.
pub(crate) type Samples = HashMap<String, f64>;

pub(crate) fn scrape(daemon: &Daemon) -> Outcome<Samples> {
    let reply = daemon.get("/metrics")?;
    if reply.status != 200 {
        return fail(format!("/metrics says {}", reply.status));
    }
    let content_type = reply.header("content-type").unwrap_or_default();
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(reply.body_whole()?)?;
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    let read = |line: &str| sample(line).ok_or_else(|| Failure(format!("no sample: {line}")));
    lines.map(read).collect()
}

/// Where `tests/run` puts it, if it is not on the path.
fn promtool() -> Option<PathBuf> {
    let own = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/promtool/promtool"
    ));
    let own = std::env::var_os("NETSTATUSD_PROMTOOL").map_or(own, PathBuf::from);
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        let mut found = std::env::split_paths(&path).map(|folder| folder.join("promtool"));
        found.find(|file| file.exists())
    };
    Some(own).filter(|own| own.exists()).or_else(on_path)
}

#[test]
fn promtool_has_nothing_to_say() -> Outcome {
    let Some(promtool) = promtool() else {
        return skipped("promtool_has_nothing_to_say: no promtool (tests/run installs it)");
    };
    let namespace = Namespace::new()?;
    namespace.ip(CABLE)?;
    for name in ["a\\b", "q\"x{}", "\u{fc}ml\u{e4}ut"] {
        namespace.run(&["ip", "link", "add", name, "type", "bridge"])?;
    }
    let node = Node::start(namespace)?;
    let text = node.daemon.get("/metrics")?.body_whole()?;
    let mut check = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = check.stdin.take() {
        stdin.write_all(&text)?;
    }
    let output = check.wait_with_output()?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{said}");
    Ok(())
}

/// What `ip -j -s` says of a link, as samples.
fn expected(link: &Value) -> [(&'static str, Option<f64>); 5] {
    let flags = link["flags"].as_array().cloned().unwrap_or_default();
    let has = |flag: &str| flags.iter().any(|one| one == flag);
    let truth = |yes: bool| Some(f64::from(u8::from(yes)));
    [
        ("up", truth(has("UP") && link["operstate"] == "UP")),
        (
            "carrier",
            if has("UP") {
                truth(has("LOWER_UP"))
            } else {
                None
            },
        ),
        ("mtu_bytes", link["mtu"].as_f64()),
        ("sent_bytes_total", link["stats64"]["tx"]["bytes"].as_f64()),
        (
            "received_bytes_total",
            link["stats64"]["rx"]["bytes"].as_f64(),
        ),
    ]
}

/// Waits until every link that `ip` lists has the samples it should have.
fn metrics_agree(node: &Node, count: usize) -> Outcome {
    eventually("the metrics agree with ip", || {
        let before = node.namespace.ip_json("-s link show")?;
        let samples = scrape(&node.daemon)?;
        let after = node.namespace.ip_json("-s link show")?;
        if before != after {
            return fail("the links have changed meanwhile");
        }
        let links = after.as_array().cloned().unwrap_or_default();
        let links = links.iter().filter(|link| link["ifname"] != "lo");
        let mut compared = 0;
        for link in links {
            let name = link["ifname"].as_str().unwrap_or_default();
            let id = node.id(name)?;
            for (metric, value) in expected(link) {
                let key = format!(r#"netstatusd_interface_{metric}{{id="{id}",name="{name}"}}"#);
                let said = samples.get(&key).copied();
                if said != value {
                    return fail(format!("{key}: {said:?} instead of {value:?}"));
                }
            }
            compared += 1;
        }
        assert_eq!(compared, count);
        Ok(())
    })
}

#[test]
fn interfaces_as_ip_says() -> Outcome {
    let node = Node::with(CABLE)?;
    metrics_agree(&node, 2)?;
    node.after(
        "link set v1 down\nlink set v0 mtu 1400\nroute add default via 10.0.0.254 onlink dev v0\n",
    )?;
    metrics_agree(&node, 2)?;
    node.after("link set v1 up")?;
    metrics_agree(&node, 2)?;
    node.says("v0", "/interface_details/speed", &10_000.into())?;
    let id = node.id("v0")?;
    let samples = scrape(&node.daemon)?;
    for (metric, more, value) in [
        ("speed_bytes_per_second", "", 1.25e9),
        ("changes_pending", "", 0.0),
        ("gateway", ",family=\"ipv4\"", 1.0),
        ("gateway", ",family=\"ipv6\"", 0.0),
    ] {
        let key = format!(r#"netstatusd_interface_{metric}{{id="{id}",name="v0"{more}}}"#);
        assert_eq!(samples.get(&key), Some(&value), "{key}");
    }
    Ok(())
}

/// Waits until the duplex mode of a link is told as the kernel has it; what it has.
fn duplex_agrees(node: &Node, name: &str) -> Outcome<Option<String>> {
    let id = node.id(name)?;
    eventually("the duplex mode agrees with the kernel's", || {
        // Without carrier a mode means nothing; of a link that is down there is none.
        let read =
            format!("cd /sys/class/net/{name}; [ $(cat carrier || echo 0) = 0 ] || cat duplex");
        let mode = String::from_utf8(node.namespace.sh(&read)?)?;
        let mode = Some(mode.trim()).filter(|mode| !["", "unknown"].contains(mode));
        let prefix = format!(r#"netstatusd_interface_info{{id="{id}",name="{name}","#);
        let samples = scrape(&node.daemon)?;
        let told = samples.keys().find_map(|key| key.strip_prefix(&prefix));
        let expected = mode.map(|mode| format!(r#"duplex="{mode}"}}"#));
        if told == expected.as_deref() {
            Ok(mode.map(str::to_owned))
        } else {
            fail(format!("{told:?} instead of {expected:?}"))
        }
    })
}

#[test]
fn duplex_modes_as_the_kernel_says() -> Outcome {
    let node = Node::with(CABLE)?;
    node.namespace.ip(
        "link add br0 type bridge\nlink add p0 type veth peer name p1\n\
             link set p0 master br0\nlink set p0 up\nlink set p1 up\nlink set br0 up",
    )?;
    node.agrees()?;
    for (link, mode) in [("v0", Some("full")), ("br0", None)] {
        assert_eq!(duplex_agrees(&node, link)?.as_deref(), mode, "{link}");
    }
    node.after("link set v1 down")?;
    assert_eq!(duplex_agrees(&node, "v0")?, None);
    node.after("link set v1 up")?;
    assert_eq!(duplex_agrees(&node, "v0")?.as_deref(), Some("full"));
    Ok(())
}

/// More than files are kept for: their counters come from one table.
#[test]
fn two_hundred_interfaces_as_ip_says() -> Outcome {
    let namespace = Namespace::new()?;
    let mut commands = CABLE.to_owned();
    for number in 0..99 {
        writeln!(commands, "link add a{number} type veth peer name b{number}")?;
        writeln!(commands, "link set a{number} up\nlink set b{number} up")?;
    }
    namespace.ip(&commands)?;
    let node = Node::start(namespace)?;
    metrics_agree(&node, 200)
}

#[test]
fn the_daemon_itself() -> Outcome {
    let node = Node::with(CABLE)?;
    let before = scrape(&node.daemon)?;
    let of = |samples: &Samples, name: &str| {
        let found = samples.get(&format!("netstatusd_{name}")).copied();
        found.ok_or_else(|| Failure(format!("no {name}")))
    };
    // Within a factor of what the kernel says: it grows a little from one moment to the next.
    let resident = of(&before, "process_resident_memory_bytes")?;
    let said = node.daemon.resident_bytes()?;
    assert!(
        (said / 2.0..said * 2.0).contains(&resident),
        "{resident}, not {said}"
    );
    let version = Command::new(binary()).arg("--version").output()?;
    let version = String::from_utf8(version.stdout)?;
    let version = version.trim().trim_start_matches("netstatusd ");
    let build = format!("netstatusd_build_info{{version=\"{version}\"}}");
    assert_eq!(before.get(&build), Some(&1.0));
    assert_eq!(before.get("netstatusd_view_stale"), Some(&0.0));

    // A change is a new view, and work.
    node.after("link set v0 mtu 1400")?;
    let after = scrape(&node.daemon)?;
    for name in ["view_revision", "process_cpu_seconds_total"] {
        assert!(of(&after, name)? > of(&before, name)?, "{name}");
    }
    Ok(())
}

#[test]
fn scrapes_beside_links_that_come_and_go() -> Outcome {
    let node = Node::with(CABLE)?;
    let id = node.id("v0")?;
    let toggles = |_round| Ok("link add x1 type ifb\nlink set x1 up\nlink del x1\n".repeat(20));
    let key = format!(r#"netstatusd_interface_sent_bytes_total{{id="{id}",name="v0"}}"#);
    during(&node.namespace, toggles, || {
        let mut last = 0.0;
        for _ in 0..300 {
            let sent = scrape(&node.daemon)?.get(&key).copied().unwrap_or_default();
            if sent < last || sent == 0.0 {
                return fail(format!("{sent} bytes after {last}"));
            }
            last = sent;
        }
        Ok(())
    })
}

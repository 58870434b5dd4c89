//! The command line: `show` beside a daemon, who the node is, help, and wrong usage.
//!
//! The binary is run as a person would, and judged by its output and exit code.

use serde_json::{Value, json};

use crate::routes::at_rest;
use crate::support::agree::Node;
use crate::support::captured::captured;
use crate::support::daemon::{Daemon, Scratch, binary};
use crate::support::namespace::Namespace;
use crate::support::once::{netstatusd, refused};
use crate::support::outcome::Outcome;

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\nroute add default via 10.0.0.254";

fn shown(namespace: &Namespace, arguments: &[&str]) -> Outcome<String> {
    let output = netstatusd(namespace, &[&["show"], arguments].concat())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success(),
        "show {arguments:?}: {:?} {said}",
        output.status
    );
    assert_eq!(said, "", "show {arguments:?}");
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn show_says_what_the_daemon_says() -> Outcome {
    let node = Node::with(LINKS)?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    node.says("v1", "/update_status", &json!("CHANGES_APPLIED"))?;
    for interface in ["v0", "1", "v1"] {
        let served = node.daemon.document(interface)?;
        let said: Value = serde_json::from_str(&shown(&node.namespace, &[interface])?)?;
        assert_eq!(at_rest(said), at_rest(served.clone()));
        let text = shown(
            &node.namespace,
            &[interface, "--format", "json", "--api", "v2"],
        )?;
        let bytes = node
            .daemon
            .get(&format!("/v2/network/interfaces/{interface}/status/1"))?
            .body;
        let key_order = |text: &str| {
            text.split('"')
                .filter(|word| word.contains('_'))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            key_order(&text),
            key_order(&String::from_utf8(bytes)?),
            "keys in another order"
        );
    }
    let all: Value = serde_json::from_str(&shown(&node.namespace, &[])?)?;
    let list: Vec<Value> = all
        .as_array()
        .into_iter()
        .flatten()
        .cloned()
        .map(at_rest)
        .collect();
    assert_eq!(
        list,
        [
            at_rest(node.daemon.document("1")?),
            at_rest(node.daemon.document("2")?)
        ]
    );
    Ok(())
}

#[test]
fn show_is_a_table_for_people() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    for arguments in [&["v0", "--format", "table"][..], &["--format", "table"]] {
        let table = shown(&namespace, arguments)?;
        for word in ["v0", "10.0.0.1", "10.0.0.254", "UP"] {
            assert!(table.contains(word), "no {word} in\n{table}");
        }
        assert!(serde_json::from_str::<Value>(&table).is_err(), "{table}");
        assert!(!table.contains('\u{1b}'), "colour without a terminal");
    }
    Ok(())
}

#[test]
fn show_knows_no_such_interface() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    refused(&namespace, &["show", "nosuch"], 1, "nosuch")?;
    refused(&namespace, &["show", "99"], 1, "99")?;
    refused(&namespace, &["show", "lo"], 1, "lo")
}

#[test]
fn the_node_is_who_the_command_line_says() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let own = ["--node-id", "7", "--node-name", "seven"];
    let said: Value = serde_json::from_str(&shown(&namespace, &[&["v0"], &own[..]].concat())?)?;
    assert_eq!(
        (&said["node_id"], &said["node_name"]),
        (&json!(7), &json!("seven"))
    );
    let daemon = Daemon::start(&namespace, &own)?;
    let served = daemon.json("/v2/network/interfaces/1/status/7")?;
    assert_eq!(
        (&served["node_id"], &served["node_name"]),
        (&json!(7), &json!("seven"))
    );
    assert_eq!(daemon.get("/v2/network/interfaces/1/status/1")?.status, 404);
    Ok(())
}

#[test]
fn a_capture_is_a_new_folder() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let scratch = Scratch::new()?;
    let folder = scratch.path().join("capture").display().to_string();
    let output = netstatusd(&namespace, &["capture", &folder])?;
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty());
    let text = |file: &str| std::fs::read_to_string(format!("{folder}/{file}"));
    assert_eq!(
        text("files/etc/resolv.conf")?,
        "nameserver 192.0.2.53\nsearch a.example\n"
    );
    let index = &namespace.ip_json("link show v0")?[0]["ifindex"];
    assert!(text("speeds")?.contains(&format!("{index} 10000\n")));
    refused(&namespace, &["capture", &folder], 1, &folder)?;
    refused(&namespace, &["capture"], 2, "DIR")
}

#[test]
fn a_link_with_hundreds_of_names_is_captured_whole() -> Outcome {
    let node = Node::with(LINKS)?;
    let name = |number: u32| format!("{}{number}", "n".repeat(100));
    let named: Vec<String> = (0..300)
        .map(|number| format!("link property add dev v0 altname {}", name(number)))
        .collect();
    node.after(&named.join("\n"))?;
    node.says(&name(299), "/interface_status/name", &json!("v0"))?;
    let links = captured(&node.namespace, "links.nl")?;
    let by_ip = node.namespace.ip_json("link show")?;
    assert_eq!(Some(links.len()), by_ip.as_array().map(Vec::len));
    let has = |name: String| {
        let is_there = |link: &Vec<u8>| link.windows(name.len()).any(|at| at == name.as_bytes());
        links.iter().any(is_there)
    };
    assert!((0..300).map(name).all(has));
    Ok(())
}

#[test]
fn wrong_usage_is_two() -> Outcome {
    let namespace = Namespace::new()?;
    for (arguments, what) in [
        (&["serve", "--nonsense"][..], "--nonsense"),
        (&["serve", "--listen", "nowhere"], "nowhere"),
        (&["serve", "--node-id", "x"], "x"),
        (&["show", "--format", "xml"], "xml"),
        (&["show", "--api", "v9"], "v9"),
        (&["fly"], "fly"),
    ] {
        refused(&namespace, arguments, 2, what)?;
    }
    Ok(())
}

#[test]
fn help_and_version() -> Outcome {
    let namespace = Namespace::new()?;
    let version = netstatusd(&namespace, &["--version"])?;
    let expected = format!("netstatusd {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&version.stdout), expected);
    let help = netstatusd(&namespace, &["serve", "--help"])?;
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    for word in ["--listen", "--node-id", "--node-name"] {
        assert!(text.contains(word), "no {word} in\n{text}");
    }
    Ok(())
}

#[test]
fn without_a_command_the_help_is_an_error() -> Outcome {
    let namespace = Namespace::new()?;
    let output = netstatusd(&namespace, &[])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    let help = netstatusd(&namespace, &["--help"])?;
    assert_eq!(said, String::from_utf8_lossy(&help.stdout));
    Ok(())
}

#[test]
fn a_reader_that_left_changes_no_exit_code() -> Outcome {
    let namespace = Namespace::new()?;
    for (arguments, code) in [(&["show", "nosuch"][..], 1), (&["fly"], 2), (&[], 2)] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let mut command = namespace.command(binary());
        let status = command.args(arguments).stderr(writer).status()?;
        assert_eq!(status.code(), Some(code), "{arguments:?}");
    }
    Ok(())
}

#[test]
fn the_log_has_a_level() -> Outcome {
    let namespace = Namespace::new()?;
    for (level, is_told) in [
        ("", true),
        ("info", true),
        ("warn", false),
        ("error", false),
        ("off", false),
    ] {
        let log = format!("export NETSTATUSD_LOG={level}");
        let mut daemon = Daemon::spawn_after(&namespace, &log, &[])?;
        daemon.ready()?;
        let said = daemon.said()?;
        assert_eq!(said.contains("listening on"), is_told, "{level}: {said}");
    }
    for level in ["loud", "3", "INFO,x"] {
        let output = namespace
            .command(binary())
            .arg("show")
            .env("NETSTATUSD_LOG", level)
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(level) && said.contains("off, error"),
            "{said}"
        );
    }
    Ok(())
}

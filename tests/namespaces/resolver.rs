//! Hosts whose `/etc/resolv.conf` is not what it should be, or says more than is used.
//!
//! Each namespace has a file of its own; the host's is never touched.

use std::os::unix::fs::MetadataExt;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::agree::Node;
use crate::support::daemon::Daemon;
use crate::support::namespace::Namespace;
use crate::support::once::netstatusd;
use crate::support::outcome::Outcome;

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0";
const SERVERS: &str = "/network_statuses/0/dns_servers";

/// A host with nothing in `/etc`: what these tests write must not get there.
const WITHOUT_FILES: &str = r#"
mount -t tmpfs tmpfs /etc
"$1" --exact resolver::only_what_the_c_library_uses_is_reported
test -z "$(ls -A /etc)"
"#;

/// A namespace whose `/etc/resolv.conf` is what this script makes of `/run/own`.
fn with_resolver(script: &str) -> Outcome<Namespace> {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    namespace.sh(&format!(
        "{script}\nmount --bind /run/own \"$(readlink -f /etc/resolv.conf)\""
    ))?;
    Ok(namespace)
}

#[test]
fn a_host_without_a_resolver_file_gets_none_from_a_test() -> Outcome {
    let mut unshare = Command::new("unshare");
    unshare.arg("--mount");
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        unshare.args(["--user", "--map-root-user"]);
    }
    let own = std::env::current_exe()?;
    let output = unshare
        .args(["sh", "-ec", WITHOUT_FILES, "sh"])
        .arg(own)
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    Ok(())
}

/// Opening a pipe that nobody writes to waits for ever.
#[test]
fn a_pipe_for_a_resolver_file_keeps_nobody_waiting() -> Outcome {
    let namespace = with_resolver("mkfifo /run/own")?;
    let daemon = Daemon::start(&namespace, &[])?;
    let served = daemon.document("v0")?;
    assert_eq!(served.pointer(SERVERS), Some(&json!([])));
    let shown = netstatusd(&namespace, &["show", "v0"])?;
    let shown: Value = serde_json::from_slice(&shown.stdout)?;
    assert_eq!(shown["network_statuses"], served["network_statuses"]);
    Ok(())
}

#[test]
fn only_what_the_c_library_uses_is_reported() -> Outcome {
    let file = r"nameserver 192.0.2.1
 nameserver 192.0.2.2
nameserver 192.0.2.3
nameserver 192.0.2.4
nameserver 192.0.2.5
";
    let namespace = with_resolver(&format!("cat >/run/own <<'END'\n{file}END"))?;
    let daemon = Daemon::start(&namespace, &[])?;
    let node = Node {
        daemon,
        namespace,
        foreign_sysfs: false,
    };
    let used = json!(["192.0.2.1", "192.0.2.3", "192.0.2.4"]);
    node.says("v0", SERVERS, &used)
}

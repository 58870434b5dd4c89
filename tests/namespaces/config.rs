//! The configuration file: where it is found, who wins, what is said of a bad one, and SIGHUP.
//!
//! Each has a file of its own; what is wrong with one is told by line and column.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, Scratch};
use crate::support::namespace::Namespace;
use crate::support::once::{netstatusd, refused};
use crate::support::outcome::{Outcome, PATIENCE, eventually};

const LINKS: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0";

/// A file with this text, in a folder that goes with the test.
struct File {
    folder: Scratch,
}

impl File {
    fn with(text: &str) -> Outcome<Self> {
        let file = Self {
            folder: Scratch::new()?,
        };
        file.write(text)?;
        Ok(file)
    }

    fn write(&self, text: &str) -> Outcome {
        Ok(fs::write(self.folder.path().join("c.toml"), text)?)
    }

    fn path(&self) -> String {
        self.folder.path().join("c.toml").display().to_string()
    }
}

#[test]
fn the_file_says_who_the_node_is_and_flags_win() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let file = File::with("[node]\nid = 7\nname = \"seven\"\n")?;
    let shown = |more: &[&str]| -> Outcome<(Value, Value)> {
        let path = file.path();
        let arguments = [&["show", "v0", "--config", &*path], more].concat();
        let output = netstatusd(&namespace, &arguments)?;
        let said: Value = serde_json::from_slice(&output.stdout)?;
        Ok((said["node_id"].clone(), said["node_name"].clone()))
    };
    assert_eq!(shown(&[])?, (json!(7), json!("seven")));
    assert_eq!(shown(&["--node-id", "8"])?, (json!(8), json!("seven")));
    assert_eq!(shown(&["--node-name", "x"])?, (json!(7), json!("x")));
    let daemon = Daemon::start(&namespace, &["--config", &file.path()])?;
    let served = daemon.json("/v2/network/interfaces/v0/status/7")?;
    assert_eq!(served["node_name"], "seven");
    // Where it always is, it is read without being named.
    let path = file.path();
    namespace.sh(&format!(
        "mount -t tmpfs tmpfs /etc; mkdir /etc/netstatusd; cp {path} /etc/netstatusd/config.toml"
    ))?;
    let output = netstatusd(&namespace, &["show", "v0"])?;
    let said: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(said["node_id"], 7);
    Ok(())
}

#[test]
fn a_bad_file_is_refused_by_everyone_with_every_mistake() -> Outcome {
    let namespace = Namespace::new()?;
    let file = File::with("[node]\nid = 0\n\n[server]\ntls = \"self-signed\"\n")?;
    let path = file.path();
    for arguments in [
        &["config", "check", &path][..],
        &["show", "--config", &path],
        &["serve", "--config", &path],
    ] {
        let output = netstatusd(&namespace, arguments)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(
            lines[0].starts_with(&format!("{path}:2:6: `id` is 0; ")),
            "{said}"
        );
        assert!(
            lines[1].starts_with(&format!("{path}:5:7: `tls` is not supported yet")),
            "{said}"
        );
    }
    refused(&namespace, &["config", "check", "/nowhere"], 2, "/nowhere")?;
    refused(
        &namespace,
        &["serve", "--config", "/nowhere"],
        2,
        "/nowhere",
    )?;
    file.write("[node]\nid = 1\n")?;
    let output = netstatusd(&namespace, &["config", "check", &path])?;
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    Ok(())
}

#[test]
fn the_file_says_where_to_listen_and_who_may_connect() -> Outcome {
    let namespace = Namespace::new()?;
    let scratch = Scratch::new()?;
    let socket = scratch.path().join("t");
    let server = |more: &str| format!("[server]\nlisten = [\"unix:{}\"]\n{more}", socket.display());
    let file = File::with(&server("socket_mode = \"0604\"\n"))?;
    // A flag takes the place of the file's addresses.
    let daemon = Daemon::start(&namespace, &["--config", &file.path()])?;
    assert!(!socket.exists() && daemon.socket().exists());
    assert_eq!(
        fs::metadata(daemon.socket())?.permissions().mode() & 0o777,
        0o604
    );
    let mut own = namespace.command(crate::support::daemon::binary());
    let mut child = own.args(["serve", "--config", &file.path()]).spawn()?;
    let made = eventually("the socket is there", || Ok(fs::metadata(&socket)?));
    child.kill()?;
    child.wait()?;
    assert_eq!(made?.permissions().mode() & 0o777, 0o604);
    fs::remove_file(&socket)?;
    file.write(&server("socket_group = \"nobody-has-this-group\"\n"))?;
    refused(
        &namespace,
        &["serve", "--config", &file.path()],
        2,
        "nobody-has-this-group",
    )?;
    // A group that whoever runs this may give: its own.
    let gid = fs::metadata(scratch.path())?.gid();
    let gid = if namespace.is_as_user() { 0 } else { gid };
    file.write(&server(&format!(
        "socket_group = \"{gid}\"\nsocket_mode = \"0620\"\n"
    )))?;
    let daemon = Daemon::start(&namespace, &["--config", &file.path()])?;
    assert_eq!(
        fs::metadata(daemon.socket())?.permissions().mode() & 0o777,
        0o620
    );
    Ok(())
}

/// A daemon with a file, under a systemd played by this test.
struct Reloaded {
    daemon: Daemon,
    file: File,
    words: UnixDatagram,
}

impl Reloaded {
    fn with(namespace: &Namespace, text: &str) -> Outcome<Self> {
        let file = File::with(text)?;
        let socket = file.folder.path().join("n");
        let words = UnixDatagram::bind(&socket)?;
        words.set_read_timeout(Some(PATIENCE))?;
        let notify = format!("export NOTIFY_SOCKET={}", socket.display());
        let arguments = ["--config", &file.path()];
        let mut daemon = Daemon::spawn_after(namespace, &notify, &arguments)?;
        daemon.ready()?;
        let node = Self {
            daemon,
            file,
            words,
        };
        assert_eq!(node.hear()?, "READY=1\n");
        Ok(node)
    }

    fn hear(&self) -> Outcome<String> {
        let mut bytes = [0; 128];
        let length = self.words.recv(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
    }

    /// Sends SIGHUP, and hears that it is done.
    fn hang_up(&self) -> Outcome {
        self.daemon.signal("HUP")?;
        let reloading = self.hear()?;
        let stamp = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
        let stamp = stamp.and_then(|stamp| stamp.trim().parse::<u64>().ok());
        assert!(stamp.is_some(), "{reloading}");
        assert_eq!(self.hear()?, "READY=1\n");
        Ok(())
    }

    fn reload(&self, text: &str) -> Outcome {
        self.file.write(text)?;
        self.hang_up()
    }

    fn node_name(&self) -> Outcome<Value> {
        Ok(self.daemon.document("v0")?["node_name"].clone())
    }
}

#[test]
fn a_hangup_reads_the_file_again_or_leaves_all_as_it_was() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let node = Reloaded::with(&namespace, "[node]\nname = \"before\"\n")?;
    assert_eq!(node.node_name()?, "before");
    // Once systemd is told, it is so.
    node.reload("[node]\nname = \"after\"\n")?;
    assert_eq!(node.node_name()?, "after");
    node.reload("[node]\nname = \"worse\"\nid = 0\nnope = 1\n")?;
    assert_eq!(node.node_name()?, "after");
    let said = node.daemon.said()?;
    for line in [
        "c.toml:3:6: `id` is 0",
        "c.toml:4:1: `nope`",
        "stays as it was",
    ] {
        assert!(said.contains(line), "no {line} in\n{said}");
    }
    fs::remove_file(node.file.path())?;
    node.hang_up()?;
    assert_eq!(node.node_name()?, "after");
    let said = node.daemon.said()?;
    assert!(said.contains("cannot read the configuration"), "{said}");
    Ok(())
}

#[test]
fn what_waits_for_a_new_start_is_told() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(LINKS)?;
    let node = Reloaded::with(&namespace, "")?;
    node.reload("[server]\nlisten = [\"unix:@x\"]\n[cloud]\nprovider = \"none\"\n")?;
    let said = node.daemon.said()?;
    assert!(!said.contains("has changed"), "the flag wins: {said}");
    node.reload("[server]\nsocket_mode = \"0600\"\n")?;
    let said = node.daemon.said()?;
    assert!(said.contains("[server] has changed"), "{said}");
    Ok(())
}

//! Where the programs are that `benches/run` has made or fetched.
//!
//! A peer that is started is waited for until it answers.

use crate::process::Running;
use crate::{Outcome, Setting};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Where `node_exporter` answers.
pub(crate) const NODE_EXPORTER: u16 = 9100;
/// Where collectd answers.
pub(crate) const COLLECTD: u16 = 9103;

fn program(variable: &str) -> Outcome<PathBuf> {
    let found = env::var_os(variable).map(PathBuf::from);
    found.ok_or_else(|| format!("{variable} is not set; use benches/run").into())
}

pub(crate) fn netstatusd() -> Command {
    Command::new(env!("CARGO_BIN_EXE_netstatusd"))
}

/// Dumps the kernel's lists and throws them away.
pub(crate) fn bare_dump() -> Outcome<Command> {
    Ok(Command::new(program("BENCH_BARE_DUMP")?))
}

/// axum with a body that is there already.
pub(crate) fn bare_axum(socket: &Path, bytes: usize) -> Outcome<Running> {
    let mut command = Command::new(program("BENCH_BARE_AXUM")?);
    let axum = Running::start(command.arg(socket).arg(bytes.to_string()))?;
    until("bare axum listens", || socket.exists())?;
    Ok(axum)
}

/// `nispor`'s command.
pub(crate) fn npc() -> Outcome<Command> {
    Ok(Command::new(program("BENCH_NPC")?))
}

/// `node_exporter` with what it knows of links, and nothing else.
pub(crate) fn node_exporter() -> Outcome<Running> {
    let mut command = Command::new(program("BENCH_NODE_EXPORTER")?);
    command.args([
        "--collector.disable-defaults",
        "--collector.netclass",
        "--collector.netdev",
        "--log.level=error",
        &format!("--web.listen-address=127.0.0.1:{NODE_EXPORTER}"),
    ]);
    let exporter = Running::start(&mut command)?;
    until_listening("node_exporter", NODE_EXPORTER)?;
    Ok(exporter)
}

/// collectd with the counters of links, read every ten seconds as it does by default.
pub(crate) fn collectd(setting: &Setting) -> Outcome<Running> {
    let root = program("BENCH_COLLECTD")?;
    let folder = setting.folder.join("collectd");
    fs::create_dir(&folder)?;
    let config = folder.join("conf");
    let text = format!(
        "BaseDir \"{folder}\"\nPIDFile \"{folder}/pid\"\nPluginDir \"{plugins}\"\n\
         TypesDB \"{types}\"\nHostname \"bench\"\nFQDNLookup false\n\
         LoadPlugin interface\nLoadPlugin write_prometheus\n\
         <Plugin write_prometheus>\n Host \"127.0.0.1\"\n Port \"{COLLECTD}\"\n</Plugin>\n",
        folder = folder.display(),
        plugins = root.join("usr/lib/collectd").display(),
        types = root.join("usr/share/collectd/types.db").display(),
    );
    fs::write(&config, text)?;
    let mut command = Command::new(root.join("usr/sbin/collectd"));
    command.arg("-f").arg("-C").arg(&config);
    if let Some(libraries) = env::var_os("BENCH_LIBRARIES") {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    // It has much to say.
    let collectd = Running::start(command.stderr(Stdio::null()))?;
    until_listening("collectd", COLLECTD)?;
    Ok(collectd)
}

fn until_listening(what: &str, port: u16) -> Outcome {
    until(&format!("{what} listens"), || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    })
}

/// Waits until it is so.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        if Instant::now() > deadline {
            return Err(format!("not within 30 s: {what}").into());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}

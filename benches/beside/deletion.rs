//! GETs while a namespace with 3,000 links is deleted, for which the kernel holds
//! the lock of the routing side. Beside `ip link show`, which must wait for it.
//!
//! What counts is the slowest answer while that lasts.

use crate::daemon::{DOCUMENT, Daemon};
use crate::http::Client;
use crate::process::run;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, links, peers};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread::scope;
use std::time::{Duration, Instant};

const LINKS: u32 = 3_000;
/// The kernel is through with it long before.
const LASTS: Duration = Duration::from_secs(5);

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    let size = daemon.client()?.get(DOCUMENT)?.0.len();
    let socket = setting.folder.join("axum.sock");
    let _axum = peers::bare_axum(&socket, size)?;
    let [mut own, mut other, mut waiting] = [0.0_f64; 3];
    for _ in 0..setting.rounds(3) {
        let namespace = Namespace::with_many_links(setting)?;
        let (mut client, mut bare) = (daemon.client()?, Client::unix(&socket)?);
        namespace.let_go()?;
        let until = Instant::now() + LASTS;
        let slowest: Outcome<f64> = scope(|scope| {
            let ip = scope.spawn(|| slowest_ip(until).map_err(|error| error.to_string()));
            while Instant::now() < until {
                own = own.max(client.get(DOCUMENT)?.1.as_secs_f64());
                other = other.max(bare.get(DOCUMENT)?.1.as_secs_f64());
            }
            Ok(ip.join().map_err(|_| "ip panicked")??)
        });
        waiting = waiting.max(slowest?);
    }
    let what = "slowest GET while 3,000 links are deleted";
    let row = |peer, other| {
        Row::beside(
            what,
            setting.links,
            Figure::Seconds,
            &[own],
            (peer, &[other]),
        )
    };
    Ok(vec![
        row("bare axum", other).target("under 10 ms", own < 0.01),
        row("ip link show", waiting),
    ])
}

/// How long `ip` takes at worst to show one link.
fn slowest_ip(until: Instant) -> Outcome<f64> {
    let mut slowest = 0.0_f64;
    while Instant::now() < until {
        let spent = run(Command::new("ip").args(["link", "show", "v0"]))?;
        slowest = slowest.max(spent.wall.as_secs_f64());
    }
    Ok(slowest)
}

/// A namespace that a process holds.
struct Namespace(Child);

impl Namespace {
    fn with_many_links(setting: &Setting) -> Outcome<Self> {
        let file = setting.folder.join("links");
        fs::write(&file, links::commands(LINKS))?;
        let script = r#"ip -batch "$1"; echo made; read -r _"#;
        let mut holder = Command::new("unshare")
            .args(["--net", "sh", "-ec", script, "sh"])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut word = String::new();
        if let Some(stdout) = holder.stdout.take() {
            BufReader::new(stdout).read_line(&mut word)?;
        }
        if word.trim() == "made" {
            Ok(Self(holder))
        } else {
            Err("the namespace to delete could not be made".into())
        }
    }

    /// Nobody holds it any more: the kernel deletes it by and by.
    fn let_go(mut self) -> Outcome {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

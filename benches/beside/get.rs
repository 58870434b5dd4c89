//! One document over a kept connection: processor time of the server, and how
//! long the client waits. With 5,000 links also against netstatusd itself with 10,
//! in a second namespace at the same time.

use crate::daemon::{DOCUMENT, Daemon};
use crate::http::Client;
use crate::process::Running;
use crate::row::{Figure, Row, median};
use crate::{Outcome, Setting, links, peers};
use std::fs;
use std::process::Command;

/// GETs of a round, after which the other has its turn.
const GETS: u32 = 500;

/// A server and what was measured of it, per GET, one figure for each round.
pub(crate) struct Served<'a> {
    pub(crate) process: &'a Running,
    pub(crate) client: Client,
    pub(crate) cpu: Vec<f64>,
    pub(crate) wall: Vec<f64>,
}

impl<'a> Served<'a> {
    pub(crate) fn new(process: &'a Running, client: Client) -> Self {
        Self {
            process,
            client,
            cpu: Vec::new(),
            wall: Vec::new(),
        }
    }

    /// A round of so many GETs.
    pub(crate) fn round(&mut self, path: &str, gets: u32) -> Outcome {
        let before = self.process.cpu()?;
        let mut walls = Vec::new();
        for _ in 0..gets {
            walls.push(self.client.get(path)?.1.as_secs_f64());
        }
        let used = self.process.cpu()?.saturating_sub(before);
        self.cpu.push((used / gets).as_secs_f64());
        self.wall.push(median(&walls));
        Ok(())
    }
}

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    daemon.settle()?;
    let mut own = Served::new(&daemon.process, daemon.client()?);
    let size = own.client.get(DOCUMENT)?.0.len();
    let socket = setting.folder.join("axum.sock");
    let axum = peers::bare_axum(&socket, size)?;
    let mut axum = Served::new(&axum, Client::unix(&socket)?);
    let small = (setting.links == 5_000)
        .then(|| small(setting))
        .transpose()?;
    let mut small = match &small {
        Some((process, socket)) => Some(Served::new(process, Client::unix(socket)?)),
        None => None,
    };
    for _ in 0..=setting.rounds(20) {
        own.round(DOCUMENT, GETS)?;
        axum.round(DOCUMENT, GETS)?;
        if let Some(small) = &mut small {
            small.round(DOCUMENT, GETS)?;
        }
    }
    let row = |what, own: &[f64], peer, other: &[f64]| {
        // The first round is for the caches.
        let (own, other) = (own.get(1..), other.get(1..));
        let other = (peer, other.unwrap_or_default());
        Row::beside(
            what,
            setting.links,
            Figure::Seconds,
            own.unwrap_or_default(),
            other,
        )
    };
    let mut cpu = row("GET of a document, CPU", &own.cpu, "bare axum", &axum.cpu);
    if setting.links == 10 {
        cpu = cpu.at_most(1.4);
    }
    let mut rows = vec![
        cpu,
        row(
            "GET of a document, time",
            &own.wall,
            "bare axum",
            &axum.wall,
        ),
    ];
    if let Some(small) = small {
        let itself = "itself with 10 links";
        rows.push(row("GET of a document, CPU", &own.cpu, itself, &small.cpu).at_most(1.1));
    }
    Ok(rows)
}

/// netstatusd in a namespace with 10 links.
fn small(setting: &Setting) -> Outcome<(Running, std::path::PathBuf)> {
    let file = setting.folder.join("links");
    fs::write(&file, links::commands(10))?;
    let socket = setting.folder.join("small.sock");
    let script = r#"mount -t sysfs sysfs /sys; ip -batch "$1"; shift; exec "$@""#;
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--mount", "sh", "-ec", script, "sh"])
        .arg(&file)
        .arg(peers::netstatusd().get_program())
        .args(["serve", "--listen", &format!("unix:{}", socket.display())])
        .env("NETSTATUSD_LOG", "warn");
    let process = Running::start(&mut command)?;
    peers::until("the second netstatusd is ready", || {
        let ready = |mut client: Client| client.get("/readyz").is_ok();
        Client::unix(&socket).is_ok_and(ready)
    })?;
    Ok((process, socket))
}

//! Every link for a monitoring system: `/metrics` against `node_exporter`, which
//! reads everything anew each time, and collectd, which has read its counters
//! within the last ten seconds.
//!
//! Each peer has rounds of its own: of `node_exporter` one can take seconds.

use crate::daemon::Daemon;
use crate::get::Served;
use crate::http::Client;
use crate::process::Running;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, peers};
use std::time::{Duration, Instant};

/// After that no round begins, if there were enough.
const BUDGET: Duration = Duration::from_secs(12);
/// Rounds that a median needs.
const ENOUGH: usize = 3;

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    let exporter = peers::node_exporter()?;
    let collectd = peers::collectd(setting)?;
    daemon.settle()?;
    // It listens before it has read any.
    peers::until("collectd tells counters", || {
        tells_counters(peers::COLLECTD).unwrap_or_default()
    })?;
    let mut rows = Vec::new();
    for (peer, process, port) in [
        ("node_exporter", &exporter, peers::NODE_EXPORTER),
        ("collectd", &collectd, peers::COLLECTD),
    ] {
        let other = Served::new(process, Client::tcp(port)?);
        rows.extend(beside(setting, &daemon, peer, other)?);
    }
    Ok(rows)
}

fn tells_counters(port: u16) -> Outcome<bool> {
    let mut client = Client::tcp(port)?;
    let (page, _) = client.get("/metrics")?;
    Ok(String::from_utf8_lossy(page).contains("collectd_interface_if_octets"))
}

/// Scrapes both in turns.
fn beside(
    setting: &Setting,
    daemon: &Daemon,
    peer: &str,
    mut other: Served<'_>,
) -> Outcome<Vec<Row>> {
    let mut own = Served::new(&daemon.process, daemon.client()?);
    let began = Instant::now();
    for round in 0..setting.rounds(11).max(ENOUGH) {
        if round >= ENOUGH && began.elapsed() > BUDGET {
            break;
        }
        own.round("/metrics", 1)?;
        other.round("/metrics", 1)?;
    }
    let resident = |process: &Running| -> Outcome<[f64; 1]> { Ok([process.memory()?.resident]) };
    let (mine, others) = (resident(own.process)?, resident(other.process)?);
    let row = |what, unit, own: &[f64], other: &[f64]| {
        Row::beside(what, setting.links, unit, own, (peer, other))
    };
    Ok(vec![
        row("scrape, CPU", Figure::Seconds, &own.cpu, &other.cpu),
        row("scrape, time", Figure::Seconds, &own.wall, &other.wall),
        row("RSS after scrapes", Figure::Bytes, &mine, &others),
    ])
}

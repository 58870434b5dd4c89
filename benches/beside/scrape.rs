//! Every link for a monitoring system: `/metrics` against `node_exporter`, which
//! reads everything anew each time, and collectd, which has read its counters
//! within the last ten seconds.

use crate::daemon::Daemon;
use crate::get::Served;
use crate::http::Client;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, peers};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Of `node_exporter` a scrape can take seconds: no round begins later.
const LONGEST: Duration = Duration::from_secs(20);

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    daemon.settle()?;
    let exporter = peers::node_exporter()?;
    let collectd = peers::collectd(setting)?;
    // It has nothing to tell before it has read twice.
    sleep(Duration::from_secs(11));
    let mut own = Served::new(&daemon.process, daemon.client()?);
    let mut exporter = Served::new(&exporter, Client::tcp(peers::NODE_EXPORTER)?);
    let mut collectd = Served::new(&collectd, Client::tcp(peers::COLLECTD)?);
    // The first is for the caches.
    own.client.get("/metrics")?;
    let began = Instant::now();
    for _ in 0..setting.rounds(11).max(2) {
        own.round("/metrics", 1)?;
        exporter.round("/metrics", 1)?;
        collectd.round("/metrics", 1)?;
        if began.elapsed() > LONGEST {
            break;
        }
    }
    let resident =
        |served: &Served<'_>| -> Outcome<[f64; 1]> { Ok([served.process.memory()?.resident]) };
    let mut rows = Vec::new();
    for (peer, served) in [("node_exporter", &exporter), ("collectd", &collectd)] {
        let row = |what, unit, own: &[f64], other| {
            Row::beside(what, setting.links, unit, own, (peer, other))
        };
        rows.push(row("scrape, CPU", Figure::Seconds, &own.cpu, &served.cpu));
        rows.push(row(
            "scrape, time",
            Figure::Seconds,
            &own.wall,
            &served.wall,
        ));
        let (mine, others) = (resident(&own)?, resident(served)?);
        rows.push(row("RSS after scrapes", Figure::Bytes, &mine, &others));
    }
    Ok(rows)
}

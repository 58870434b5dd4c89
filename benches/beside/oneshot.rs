//! Everything once, from a new process.
//!
//! `netstatusd show` beside `ip` and npc, by CPU and by time.

use crate::process::{Spent, run};
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, peers};
use std::process::Command;

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    // npc needs seconds with 5,000 links.
    let rounds = setting.rounds(if setting.links > 1_000 { 5 } else { 11 });
    let [mut own, mut ip, mut npc] = [const { Vec::<Spent>::new() }; 3];
    for _ in 0..rounds {
        own.push(run(peers::netstatusd().args(["show", "--format", "json"]))?);
        ip.push(run(
            Command::new("ip").args(["-j", "-d", "-s", "addr", "show"])
        )?);
        npc.push(run(peers::npc()?.args(["-j", "yes", "iface"]))?);
    }
    let cpu = |spent: &[Spent]| spent.iter().map(|one| one.cpu.as_secs_f64()).collect();
    let wall = |spent: &[Spent]| spent.iter().map(|one| one.wall.as_secs_f64()).collect();
    let mut rows = Vec::new();
    for (what, of) in [
        (
            "show --format json, CPU",
            &cpu as &dyn Fn(&[Spent]) -> Vec<f64>,
        ),
        ("show --format json, time", &wall),
    ] {
        for (peer, spent, limit) in [("ip -j -d -s addr", &ip, 1.0), ("npc", &npc, 0.1)] {
            let peer = (peer, of(spent));
            let peer = (peer.0, peer.1.as_slice());
            let row = Row::beside(what, setting.links, Figure::Seconds, &of(&own), peer);
            rows.push(if setting.links == 1_000 {
                row.at_most(limit)
            } else {
                row
            });
        }
    }
    Ok(rows)
}

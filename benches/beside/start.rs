//! From nothing to ready, against a bare dump of the same lists.
//!
//! Each is started anew, several times; the median counts.

use crate::daemon::Daemon;
use crate::process::run;
use crate::row::{Figure, Row, median};
use crate::{Outcome, Setting, peers};

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let (mut cpu, mut wall, mut resident) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bare_cpu, mut bare_wall) = (Vec::new(), Vec::new());
    for round in 0..setting.rounds(15) {
        let bare = run(&mut peers::bare_dump()?)?;
        bare_cpu.push(bare.cpu.as_secs_f64());
        bare_wall.push(bare.wall.as_secs_f64());
        let daemon = Daemon::start(setting, &round.to_string())?;
        cpu.push(daemon.cpu.as_secs_f64());
        wall.push(daemon.wall.as_secs_f64());
        resident.push(daemon.process.memory()?.resident);
    }
    let of = |what, own: &[f64], bare: &[f64]| {
        let bare = ("bare dump", bare);
        Row::beside(what, setting.links, Figure::Seconds, own, bare)
    };
    let mut used = of("start to ready, CPU", &cpu, &bare_cpu);
    let resident = median(&resident);
    let mut memory = Row::alone("RSS when ready", setting.links, Figure::Bytes(resident));
    if setting.links == 5_000 {
        used = used.at_most(1.6);
        memory = memory.target("at most 10 MiB", resident <= 10.0 * 1024.0 * 1024.0);
    }
    Ok(vec![
        used,
        of("start to ready, time", &wall, &bare_wall),
        memory,
    ])
}

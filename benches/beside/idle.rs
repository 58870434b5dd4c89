//! A minute in which nothing happens, beside collectd, which reads its counters
//! every ten seconds.
//!
//! What each used of the processor is the kernel's own count.

use crate::daemon::Daemon;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, peers};
use std::thread::sleep;
use std::time::Duration;

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    let collectd = peers::collectd(setting)?;
    daemon.settle()?;
    let seconds = if setting.is_quick { 10 } else { 60 };
    let before = (daemon.process.cpu()?, collectd.cpu()?);
    sleep(Duration::from_secs(seconds));
    let used = daemon.process.cpu()?.saturating_sub(before.0).as_secs_f64();
    let other = collectd.cpu()?.saturating_sub(before.1).as_secs_f64();
    let what = format!("idle for {seconds} s, CPU");
    let row = Row::beside(
        &what,
        setting.links,
        Figure::Seconds,
        &[used],
        ("collectd", &[other]),
    );
    Ok(vec![if setting.is_quick || setting.links > 10 {
        row
    } else {
        row.target("at most 5 ms", used <= 0.005)
    }])
}

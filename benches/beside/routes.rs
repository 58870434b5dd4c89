//! 100,000 routes through the served device, added and deleted: 200,000 events.
//! Beside `ip monitor route`, which takes every one of them. Twice: the second time
//! the gateway is asked for throughout.

use crate::daemon::{DOCUMENT, Daemon};
use crate::process::Running;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, links};
use std::fmt::Write;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

const ROUTES: u32 = 100_000;
/// Until all that came has been looked at.
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    daemon.settle()?;
    let monitor = Running::start(Command::new("ip").args(["monitor", "route"]))?;
    sleep(SETTLE);
    let before = (
        daemon.process.cpu()?,
        monitor.cpu()?,
        daemon.process.memory()?,
    );
    storm()?;
    sleep(SETTLE);
    let used = daemon.process.cpu()?.saturating_sub(before.0).as_secs_f64();
    let other = monitor.cpu()?.saturating_sub(before.1).as_secs_f64();
    let grown = daemon.process.memory()?.resident - before.2.resident;
    drop(monitor);
    let (asked, wrong) = ask_during_a_storm(&daemon)?;
    let peer = ("ip monitor route", &[other][..]);
    let what = "200,000 route events, CPU";
    let right = format!("wrong gateways in {asked} answers");
    Ok(vec![
        Row::beside(what, setting.links, Figure::Seconds, &[used], peer)
            .target("under 50 ms", used < 0.05),
        Row::alone(
            "200,000 route events, RSS growth",
            setting.links,
            Figure::Bytes(grown),
        )
        .target("under 1 MiB", grown < 1024.0 * 1024.0),
        Row::alone(&right, setting.links, Figure::Count(f64::from(wrong)))
            .target("none", wrong == 0 && asked > 0),
    ])
}

/// Adds every route, then deletes every one.
fn storm() -> Outcome {
    let commands = |verb: &str| {
        let mut text = String::new();
        for route in 0..ROUTES {
            let [_, a, b, c] = route.to_be_bytes();
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "route {verb} 100.{a}.{b}.{c}/32 via 10.0.0.254 dev v0"
            );
        }
        text
    };
    links::ip(&commands("add"))?;
    links::ip(&commands("del"))
}

/// How many answers there were, and in how many the gateway was not the one it is.
fn ask_during_a_storm(daemon: &Daemon) -> Outcome<(u32, u32)> {
    let mut client = daemon.client()?;
    let expected = format!("\"default_gateway\":\"{}\"", links::GATEWAY);
    let is_over = AtomicBool::new(false);
    let (mut asked, mut wrong) = (0, 0);
    scope(|scope| {
        let storm = scope.spawn(|| {
            let done = storm().map_err(|error| error.to_string());
            is_over.store(true, Ordering::Relaxed);
            done
        });
        while !is_over.load(Ordering::Relaxed) {
            let (body, _) = client.get(DOCUMENT)?;
            asked += 1;
            wrong += u32::from(!String::from_utf8_lossy(body).contains(&expected));
            sleep(Duration::from_millis(1));
        }
        storm.join().map_err(|_| "the storm panicked")??;
        Ok((asked, wrong))
    })
}

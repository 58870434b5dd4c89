//! Other programs: what they cost, once or while they go on.
//!
//! Time on the processor and memory are the kernel's numbers.

use crate::Outcome;
use nix::sys::resource::{UsageWho, getrusage};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// Processor time, user and system.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
}

/// Runs a program to its end and throws its output away.
pub(crate) fn run(command: &mut Command) -> Outcome<Spent> {
    let (before, began) = (children()?, Instant::now());
    let output = command
        .stdout(Stdio::null())
        .stdin(Stdio::null())
        .output()?;
    let spent = Spent {
        wall: began.elapsed(),
        cpu: children()?.saturating_sub(before),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{command:?}: {}: {said}", output.status).into());
    }
    Ok(spent)
}

/// Processor time of all children that have been waited for.
fn children() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    Ok(Duration::from_micros(
        micros.iter().sum::<i64>().try_into()?,
    ))
}

/// A program that goes on until this is dropped.
pub(crate) struct Running(Child);

/// Memory in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// `VmRSS`.
    pub(crate) resident: f64,
    /// `RssAnon`: what no file is behind.
    pub(crate) anonymous: f64,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        let silent = command.stdin(Stdio::null()).stdout(Stdio::null());
        Ok(Self(silent.spawn()?))
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Processor time of its threads so far. What runs at this moment counts up to
    /// the last tick only: of a program that is stopped or idle it is exact.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.0.id()))? {
            let schedstat = fs::read_to_string(task?.path().join("schedstat"))?;
            let own = schedstat.split(' ').next().unwrap_or_default();
            total += own.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(total))
    }

    /// The same while it is stopped, so that it is exact.
    pub(crate) fn exact_cpu(&self) -> Outcome<Duration> {
        kill_process(self.pid(), Signal::STOP)?;
        let stopped = format!("/proc/{}/stat", self.0.id());
        while !fs::read_to_string(&stopped)?.contains(") T ") {}
        let cpu = self.cpu();
        kill_process(self.pid(), Signal::CONT)?;
        cpu
    }

    pub(crate) fn memory(&self) -> Outcome<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let kilobytes = |key: &str| -> Outcome<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.ok_or("no memory in /proc")?.parse::<f64>()? * 1024.0)
        };
        Ok(Memory {
            resident: kilobytes("VmRSS:")?,
            anonymous: kilobytes("RssAnon:")?,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

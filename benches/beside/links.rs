//! Links for the bench, made by `ip`: veth pairs that are up, each end with two
//! IPv4 addresses and an IPv6 one.
//!
//! All are in the namespace that the bench runs in.

use crate::Outcome;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The gateway of the default route through the first of them.
pub(crate) const GATEWAY: &str = "10.0.0.254";

/// `ip` commands that make so many links (an even number), and a default route.
pub(crate) fn commands(count: u32) -> String {
    let mut commands = String::from("link set lo up\n");
    for first in (0..count).step_by(2) {
        let second = first + 1;
        // Writing to a String cannot fail.
        let _ = writeln!(commands, "link add v{first} type veth peer name v{second}");
    }
    for link in 0..count {
        let (high, low) = (link / 256, link % 256);
        let _ = writeln!(
            commands,
            "link set v{link} up\n\
             addr add 10.{high}.{low}.1/24 dev v{link}\n\
             addr add 10.{high}.{low}.2/24 dev v{link}\n\
             addr add 2001:db8:{link:x}::1/64 dev v{link} nodad"
        );
    }
    let _ = writeln!(commands, "route add default via {GATEWAY} dev v0 onlink");
    commands
}

/// Runs `ip` commands as one batch.
pub(crate) fn ip(commands: &str) -> Outcome {
    let mut ip = Command::new("ip")
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = ip.stdin.take() {
        stdin.write_all(commands.as_bytes())?;
    }
    if ip.wait()?.success() {
        Ok(())
    } else {
        Err("ip failed, see above".into())
    }
}

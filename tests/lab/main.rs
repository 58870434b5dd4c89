//! The real daemon in a kernel that has what the users' nodes have and most build machines
//! lack: bonds with an LACP partner, 802.1Q, VRFs, dummy links.
//!
//! `tests/lab/boot` boots it and runs this binary inside; `tests/run lab` does so in three of
//! them (`tests/lab/side-by-side`). Elsewhere all but one of the tests are ignored, and that
//! one says so. As in the namespace tests, each
//! makes a host of its own, and expected values come from the same kernel: `ip -j -d -s`,
//! `/proc/net/bonding` and sysfs.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the namespace tests use the rest")]
mod support;

mod bonds;
mod desired;
mod failover;
mod hosts;
mod routing;
mod vlans;
#[path = "../support/vrrp.rs"]
mod vrrp;
mod without_ipv6;

use support::outcome::{Outcome, skipped};

/// The folder that `tests/lab/boot` gives to what runs inside.
const INSIDE: &str = "LAB_OUT";

#[test]
fn the_kernel_is_the_labs() -> Outcome {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    skipped("tests/lab: it runs in a booted kernel, by `tests/run lab` or tests/lab/boot")
}

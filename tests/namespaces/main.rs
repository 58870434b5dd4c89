//! The real daemon against the running kernel, in private network namespaces.
//!
//! Every test makes its own namespace, so they run in parallel, need no root, and leave
//! nothing behind. After each step the daemon must agree with `ip -j` in every field of every
//! served link (`support/agree.rs`); expected values never come from our own code.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the lab's tests need more of it")]
mod support;

mod addresses;
mod cli;
mod config;
mod counters;
mod desired;
mod family;
mod gateways;
mod hints;
mod hostile;
mod identity;
mod links;
mod listen;
mod log;
mod metrics;
mod origins;
mod outages;
mod resolver;
mod router;
mod routes;
mod states;
mod vendor;

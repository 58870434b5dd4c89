//! `netstatusd` answers one question for a storage node: what is your network,
//! right now, and is it what we asked for?
//!
//! Data flows one way, and so do the imports:
//!
//! ```text
//! kernel thread                                             HTTP thread
//! rtnetlink watch ─► decode ─► fold ─┐
//! driver thread:  speed ─────────────┼─► store ─► view (pure) ─► document ─► bytes
//! probes: dns, host, cloud ──────────┘              counters: pread ──────────┘
//! ```
//!
//! [`config`] says what is wanted. [`facts`] are what was seen, the [`view`] is what it means, the documents of
//! the [`api`] are how it is said. All judgement is in the view, once.

pub mod api;
pub mod capture;
pub mod cli;
pub mod config;
pub mod daemon;
mod descriptors;
pub mod facts;
pub mod http;
pub mod kernel;
pub mod probe;
pub mod setup;
pub mod store;
pub mod systemd;
pub mod view;

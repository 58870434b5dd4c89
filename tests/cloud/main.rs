//! The node in a cloud: recorded documents through the pure parsers, and the real daemon
//! beside a fake metadata service (`metadata.py`) in private network namespaces.
//!
//! The fake is no judge: what it serves was recorded in the clouds or is in their manuals,
//! and their own clients read the same (`foreign.rs`). Only `delegated-prefixes` was put
//! together: a recorded machine, and prefixes as Amazon's own scripts read them.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the namespace tests use the rest")]
mod support;

mod answers;
mod configured;
mod detection;
mod documents;
mod failures;
mod foreign;
mod manners;
mod metadata;
mod recorded;

//! Programs that `tests/clients/fetch` unpacked, so that no service of theirs is ever
//! installed on this machine, and how a namespace gets them into its own `/usr`.
//!
//! Without them the tests that want them are skipped, each by its name.

use std::path::PathBuf;

use super::namespace::Namespace;
use super::outcome::{Outcome, skipped};

/// Where they are, if they have been fetched.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NETSTATUSD_CLIENTS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/clients")),
        PathBuf::from,
    );
    folder.join("fetched").exists().then_some(folder)
}

/// Runs `test` with their folder; where they are missing it is skipped, by its name.
pub(crate) fn with_programs(name: &str, test: impl FnOnce(&str) -> Outcome) -> Outcome {
    match folder() {
        Some(folder) => test(&folder.display().to_string()),
        None => skipped(&format!(
            "{name}: no clients (`tests/clients/fetch target/clients` gets them)"
        )),
    }
}

/// Lays them over the `/usr` that this namespace sees.
pub(crate) fn lay_over_usr(namespace: &Namespace, folder: &str) -> Outcome {
    let lower = format!("lowerdir={folder}/usr:/usr");
    let mount = ["mount", "-t", "overlay", "overlay", "-o", &lower, "/usr"];
    namespace.run(&mount).map(drop)
}

//! The binary run to its end: for `show`, and for everything it refuses.
//!
//! It is ended after 10 s, should it not end itself.

use std::process::Output;

use super::daemon::binary;
use super::namespace::Namespace;
use super::outcome::Outcome;

/// Runs the binary inside, and ends it should it not end itself.
pub(crate) fn netstatusd(namespace: &Namespace, arguments: &[&str]) -> Outcome<Output> {
    Ok(namespace
        .command("timeout")
        .arg("10")
        .arg(binary())
        .args(arguments)
        .output()?)
}

/// A command that must fail with this code and one line that names `what`.
pub(crate) fn refused(namespace: &Namespace, arguments: &[&str], code: i32, what: &str) -> Outcome {
    let output = netstatusd(namespace, arguments)?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert!(
        said.contains(what),
        "{arguments:?} does not name {what}: {said}"
    );
    assert!(output.stdout.is_empty(), "{arguments:?}");
    Ok(())
}

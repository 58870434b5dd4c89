//! How a test ends: `Outcome`, with a failure that prints as it reads, whatever its cause.
//! `eventually` is the only place where a test waits; `skipped` the only way not to run one.
//!
//! How long a test waits is never a measure of how long the daemon may take.

use std::fmt;
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

/// What every test and every step of one returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a test failed, for a person.
pub(crate) struct Failure(pub(crate) String);

/// libtest prints a returned error with `{:?}`: that must not be one escaped line.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A failure with this text.
pub(crate) fn fail<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Failure(why.into()))
}

/// How long a change may take to show. Never a measure: only the end of patience. Well below
/// the minute after which the daemon's audit would mend what its events had not told.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Asks until `attempt` succeeds, for at most `PATIENCE`; then fails with its last reason.
pub(crate) fn eventually<T>(what: &str, attempt: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    within(PATIENCE, what, attempt)
}

/// As `eventually`, for what may take longer and is not the daemon's to do at once.
pub(crate) fn within<T>(
    patience: Duration,
    what: &str,
    mut attempt: impl FnMut() -> Outcome<T>,
) -> Outcome<T> {
    let deadline = Instant::now() + patience;
    loop {
        match attempt() {
            Ok(value) => return Ok(value),
            Err(Failure(last)) if Instant::now() >= deadline => {
                return fail(format!("not within {patience:?}: {what}\n{last}"));
            }
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Ends a test that this machine cannot run, and says so past libtest's capture.
/// With `CI=true` that is a failure: there nothing may be left out.
pub(crate) fn skipped(why: &str) -> Outcome {
    writeln!(io::stderr(), "skipped: {why}")?;
    if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
        return fail(format!("skipped where nothing may be: {why}"));
    }
    Ok(())
}

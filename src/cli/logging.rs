//! Logs: one line each on stderr, or to the journal with its fields when stderr
//! is the journal's.
//!
//! The level is `NETSTATUSD_LOG`'s.

use super::error::CliError;
use std::env;
use std::io;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging at the level of `NETSTATUSD_LOG`.
pub(super) fn start() -> Result<(), CliError> {
    let level = level()?;
    // systemd says here which socket of the journal's our stderr is.
    if env::var_os("JOURNAL_STREAM").is_some()
        && let Ok(journal) = tracing_journald::layer()
    {
        registry().with(level).with(journal).init();
        return Ok(());
    }
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(io::stderr);
    registry().with(level).with(lines).init();
    Ok(())
}

/// The level named by `NETSTATUSD_LOG`; info if it is not set, or empty.
fn level() -> Result<LevelFilter, CliError> {
    let word = env::var_os("NETSTATUSD_LOG").unwrap_or_default();
    match word.to_str() {
        Some("off") => Ok(LevelFilter::OFF),
        Some("error") => Ok(LevelFilter::ERROR),
        Some("warn") => Ok(LevelFilter::WARN),
        Some("info" | "") => Ok(LevelFilter::INFO),
        Some("debug") => Ok(LevelFilter::DEBUG),
        Some("trace") => Ok(LevelFilter::TRACE),
        _ => Err(CliError::LogLevel(word.to_string_lossy().into_owned())),
    }
}

//! Logs: one line each on stderr, or to the journal with its fields when stderr
//! is the journal's.

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

fn level() -> Result<LevelFilter, CliError> {
    match env::var_os("NETSTATUSD_LOG") {
        None => Ok(LevelFilter::INFO),
        Some(word) => word
            .to_str()
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| CliError::LogLevel(word.to_string_lossy().into_owned())),
    }
}

//! How a command fails: one line on stderr, and an exit code.
//!
//! The chain of sources is printed once, from the outside in.

use crate::capture::CaptureError;
use crate::config::ConfigError;
use crate::daemon::DaemonError;
use crate::kernel::WatchError;
use clap::error::ErrorKind;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

const FAILURE: u8 = 1;
const BAD_USAGE: u8 = 2;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// `NETSTATUSD_LOG` holds no level.
    #[error("NETSTATUSD_LOG is `{0}`; set it to off, error, warn, info, debug or trace")]
    LogLevel(String),
    /// The daemon could not start or go on.
    #[error("cannot serve")]
    Daemon(#[source] DaemonError),
    /// A configuration file cannot be used.
    #[error(transparent)]
    Config(ConfigError),
    /// The kernel could not be read.
    #[error("cannot read the network")]
    Read(#[source] WatchError),
    /// The node could not be captured.
    #[error("cannot capture this node")]
    Capture(#[source] CaptureError),
    /// No runtime to read it with.
    #[error("cannot start")]
    Runtime(#[source] io::Error),
    /// No such interface.
    #[error("there is no interface `{asked}`; there is {there}")]
    UnknownInterface {
        /// What was asked for.
        asked: String,
        /// Names of those that there are.
        there: String,
    },
    /// The document is of the whole node.
    #[error("version 3 is of the whole node; leave `{0}` out")]
    NoInterfaceWanted(String),
    /// The output could not be written.
    #[error("cannot write the output")]
    Output(#[source] io::Error),
}

impl From<DaemonError> for CliError {
    fn from(error: DaemonError) -> Self {
        match error {
            DaemonError::Config(error) => Self::Config(error),
            error => Self::Daemon(error),
        }
    }
}

impl CliError {
    /// Prints the whole chain as one line, or each mistake of a configuration file on
    /// its own, and gives the exit code.
    #[must_use]
    pub fn print(&self) -> ExitCode {
        if let Self::Config(error @ ConfigError::Wrong { .. }) = self {
            print_line(&error.to_string());
            return ExitCode::from(BAD_USAGE);
        }
        let mut line = format!("netstatusd: {self}");
        let mut next = self.source();
        while let Some(error) = next {
            line.push_str(": ");
            line.push_str(&error.to_string());
            next = error.source();
        }
        print_line(&line);
        ExitCode::from(match self {
            Self::LogLevel(_) | Self::Config(_) | Self::NoInterfaceWanted(_) => BAD_USAGE,
            Self::Daemon(error) if error.is_bad_usage() => BAD_USAGE,
            _ => FAILURE,
        })
    }
}

/// A reader of stderr that went away is no reason to fail otherwise.
fn print_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints help and version to stdout; of bad usage, one line to stderr, or the
/// help where nothing was asked for.
pub(super) fn print_usage(usage: &clap::Error) -> ExitCode {
    if usage.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = usage.print();
        return ExitCode::from(BAD_USAGE);
    }
    if !usage.use_stderr() {
        // A reader that went away has read enough.
        let _ = usage.print();
        return ExitCode::SUCCESS;
    }
    let text = usage.to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let what = lines.next().unwrap_or_default();
    let what = what.strip_prefix("error: ").unwrap_or(what);
    let details =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let line = details.fold(what.to_owned(), |line, detail| line + " " + detail);
    print_line(&format!("netstatusd: {line}; see `netstatusd --help`"));
    ExitCode::from(BAD_USAGE)
}

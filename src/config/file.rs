//! Configuration files: where they are, and reading them whole.
//!
//! One that is absent is no error where nobody named it.

use super::{Config, Mistake};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Read if it is there and no other is named.
const DEFAULT: &str = "/etc/netstatusd/config.toml";
/// A larger file is no configuration.
const MAX_BYTES: u64 = 4 << 20;

/// Why a file gives no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What it says is wrong; a line for each mistake.
    #[error("{}", lines(path, mistakes))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, by place.
        mistakes: Vec<Mistake>,
    },
}

/// Each mistake as `file:line:column: what`.
fn lines(path: &Path, mistakes: &[Mistake]) -> String {
    let mut lines = String::new();
    for (position, mistake) in mistakes.iter().enumerate() {
        let gap = if position == 0 { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _ = write!(lines, "{gap}{}:{mistake}", path.display());
    }
    lines
}

/// Reads the configuration file `path`.
///
/// # Errors
/// If it cannot be read, or anything in it is wrong.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let bytes = read(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(&bytes).map_err(|mistakes| ConfigError::Wrong {
        path: path.to_owned(),
        mistakes,
    })
}

/// Reads `/etc/netstatusd/config.toml`; without it nothing is configured.
///
/// # Errors
/// If it is there and cannot be read, or anything in it is wrong.
pub fn load_default() -> Result<Config, ConfigError> {
    match load(Path::new(DEFAULT)) {
        Err(ConfigError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Ok(Config::default())
        }
        loaded => loaded,
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for who writes to it.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 4 MiB"));
    }
    Ok(bytes)
}

fn parse(bytes: &[u8]) -> Result<Config, Vec<Mistake>> {
    match str::from_utf8(bytes) {
        Ok(text) => Config::parse(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let good = String::from_utf8_lossy(good);
            let line = good.rsplit('\n').next().unwrap_or_default();
            Err(vec![Mistake {
                line: good.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                what: "this is not UTF-8; save the file as UTF-8".to_owned(),
            }])
        }
    }
}

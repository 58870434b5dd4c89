//! `netstatusd capture`: what the daemon reads, as a folder that can be replayed.
//!
//! It prints nothing: the folder is the result.

use super::error::CliError;
use super::{CaptureArgs, runtime};
use crate::capture::Capture;

impl CaptureArgs {
    pub(super) fn run(&self) -> Result<(), CliError> {
        runtime()?
            .block_on(Capture::take())
            .and_then(|capture| {
                if self.anonymous {
                    capture.anonymous()
                } else {
                    Ok(capture)
                }
            })
            .and_then(|capture| capture.write(&self.folder))
            .map_err(CliError::Capture)
    }
}

//! `netstatusd config`: what is wrong with a configuration file.

use super::error::CliError;
use super::{ConfigArgs, ConfigCommand};
use crate::config;

impl ConfigArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self.command {
            ConfigCommand::Check { file } => {
                config::load(&file).map(drop).map_err(CliError::Config)
            }
        }
    }
}

//! `netstatusd config`: what is wrong with a configuration file, and one to begin
//! with.
//!
//! `config check` and `config init`.

use super::error::CliError;
use super::show::{look, print};
use super::{ConfigArgs, ConfigCommand};
use crate::api::config_file;
use crate::config::{self, Desired};

impl ConfigArgs {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self.command {
            ConfigCommand::Check { file } => {
                config::load(&file).map(drop).map_err(CliError::Config)
            }
            ConfigCommand::Init(node) => {
                let setup = node.setup(Vec::new());
                let mut config = setup.load().map_err(CliError::Config)?;
                // What is wanted is to be what there is.
                config.desired = Desired::default();
                print(&config_file::write(&look(&config)?))
            }
        }
    }
}

//! What the process was told: by its command line, which wins, and by the
//! configuration file.
//!
//! Commands that start anything have it from here.

use crate::config::{self, Cloud, CloudProvider, Config, ConfigError, ListenAddr};
use crate::facts::NodeId;
use crate::probe::cloud::{Choice, CloudSettings};
use std::path::PathBuf;

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The configuration file; without it the default one, if that is there.
    pub file: Option<PathBuf>,
    /// Where to listen; none: as the file says.
    pub listen: Vec<ListenAddr>,
    /// The node's number; `None`: as the file says.
    pub node_id: Option<NodeId>,
    /// The node's name; `None`: as the file says.
    pub node_name: Option<String>,
}

impl Setup {
    /// Reads the configuration file as it is now, and puts in what the command
    /// line says.
    ///
    /// # Errors
    /// If the file cannot be read, or anything in it is wrong.
    pub fn load(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.file {
            Some(path) => config::load(path),
            None => config::load_default(),
        }?;
        if !self.listen.is_empty() {
            config.server.listen.clone_from(&self.listen);
        }
        config.node.id = self.node_id.or(config.node.id);
        config.node.name = self.node_name.clone().or(config.node.name);
        Ok(config)
    }
}

/// Which metadata service to ask, as configured.
#[must_use]
pub fn cloud_settings(cloud: &Cloud) -> CloudSettings {
    CloudSettings {
        provider: match cloud.provider {
            CloudProvider::Auto => Choice::Auto,
            CloudProvider::Only(provider) => Choice::Only(provider),
            CloudProvider::None => Choice::None,
        },
        endpoint: cloud.endpoint,
        network_name: cloud.network_name.clone(),
    }
}

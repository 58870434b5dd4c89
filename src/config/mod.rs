//! The configuration file: who the node is, where it listens, and what is wanted
//! of its network.
//!
//! It names, classifies and states what is wanted; it never adds a value to what
//! is reported. A [`Config`] that could be parsed holds no nonsense: everything
//! that is wrong with a file is found at once and told by line and column.

mod claim;
mod cloud;
mod file;
mod interface;
mod listen;
mod mistake;
mod netmask;
mod network;
mod node;
mod range;
mod reader;
mod server;

pub use cloud::{Cloud, CloudProvider};
pub use file::{ConfigError, load, load_default};
pub use interface::{DesiredInterface, Selector};
pub use listen::{ListenAddr, ParseAddrError, default_addresses};
pub use mistake::Mistake;
pub use netmask::Netmask;
pub use network::{Assignment, DesiredNetwork};
pub use node::Node;
pub use range::AddressRange;
pub use server::Server;

use mistake::Mistakes;
use reader::Table;
use std::sync::Arc;

/// Everything a configuration file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `[node]`: who the node is.
    pub node: Node,
    /// `[server]`: where it listens.
    pub server: Server,
    /// `[cloud]`: whose metadata service is asked.
    pub cloud: Cloud,
    /// `[[interface]]`: what is wanted of the network.
    pub desired: Desired,
}

/// What is wanted of the network. Without interfaces nothing is, and what is
/// served is derived from the kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// The interfaces to serve, in the file's order; ids, selectors, and the ids
    /// of all networks are unique.
    pub interfaces: Vec<Arc<DesiredInterface>>,
}

impl Config {
    /// Reads the `text` of a configuration file.
    ///
    /// # Errors
    /// Everything that is wrong with it, by place.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Mistakes::default();
        let tree = reader::parse(text, &mut mistakes);
        let mut table = Table::root(&tree);
        let config = Self {
            node: node::read(table.table("node", &mut mistakes), &mut mistakes),
            server: server::read(table.table("server", &mut mistakes), &mut mistakes),
            cloud: cloud::read(table.table("cloud", &mut mistakes), &mut mistakes),
            desired: Desired {
                interfaces: interface::read(
                    table.tables("interface", &mut mistakes),
                    &mut mistakes,
                ),
            },
        };
        table.finish(&mut mistakes);
        mistakes.or(config, text)
    }
}

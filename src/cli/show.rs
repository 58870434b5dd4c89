//! `netstatusd show`: the documents once, straight from the kernel.

use super::error::CliError;
use super::{Api, Format, Show, runtime, table};
use crate::api::v2;
use crate::config::Config;
use crate::kernel;
use crate::kernel::counters::Counters;
use crate::probe::Probes;
use crate::probe::cloud;
use crate::setup::cloud_settings;
use crate::store::Store;
use crate::view::{Ids, InterfaceView, Node, NodeView};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

impl Show {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Api::V2 = self.api;
        let setup = self.node.setup(Vec::new());
        let config = setup.load().map_err(CliError::Config)?;
        let node = look(&config)?;
        let interfaces: Vec<&InterfaceView> = match &self.interface {
            Some(word) => vec![find(&node, word)?],
            None => node.interfaces().collect(),
        };
        let terminal = if io::stdout().is_terminal() {
            Format::Table
        } else {
            Format::Json
        };
        let text = match self.format.unwrap_or(terminal) {
            Format::Table => table::render(&interfaces),
            Format::Json => documents(&node, &interfaces, self.interface.is_some())?,
        };
        print(&text)
    }
}

/// What a daemon started now would know.
pub(super) fn look(config: &Config) -> Result<NodeView, CliError> {
    let runtime = runtime()?;
    let kernel = runtime
        .block_on(kernel::read_once())
        .map_err(CliError::Read)?;
    let store = Arc::new(Store::default());
    let _probes = Probes::start(&store).map_err(CliError::Runtime)?;
    store.put_kernel(kernel);
    runtime.block_on(cloud::read_once(&store, &cloud_settings(&config.cloud)));
    let follower = store.follow();
    let facts = follower.borrow();
    let snapshot = facts.snapshot().cloned().unwrap_or_default();
    Ok(NodeView::new(
        Node::from(config),
        snapshot,
        &mut Ids::default(),
        Instant::now(),
    ))
}

fn find<'a>(node: &'a NodeView, word: &str) -> Result<&'a InterfaceView, CliError> {
    node.find(word).ok_or_else(|| {
        let names: Vec<&str> = node
            .interfaces()
            .map(|interface| interface.name.as_str())
            .collect();
        let there = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        CliError::UnknownInterface {
            asked: word.to_owned(),
            there,
        }
    })
}

/// One document if one was asked for by name, else an array of them.
fn documents(
    node: &NodeView,
    interfaces: &[&InterfaceView],
    is_one: bool,
) -> Result<String, CliError> {
    let mut counters = Counters::default();
    let mut documents = interfaces.iter().map(|interface| {
        let sample = node.facts(interface).map(|facts| counters.read(facts, 0));
        v2::Status::new(node, interface, sample.unwrap_or_default(), false)
    });
    let text = match documents.next() {
        Some(document) if is_one => serde_json::to_string(&document),
        first => serde_json::to_string(&first.into_iter().chain(documents).collect::<Vec<_>>()),
    };
    text.map(|text| text + "\n")
        .map_err(|error| CliError::Output(error.into()))
}

fn print(text: &str) -> Result<(), CliError> {
    match io::stdout().write_all(text.as_bytes()) {
        // A reader that went away has read enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

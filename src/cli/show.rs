//! `netstatusd show`: the documents once, straight from the kernel.
//!
//! No daemon is needed for it, and none is asked.

use super::error::CliError;
use super::{Api, Format, Show, runtime, table};
use crate::api::{v1, v2, v3};
use crate::config::Config;
use crate::facts::{IfIndex, LinkFacts};
use crate::kernel;
use crate::kernel::counters::{Counters, Sample};
use crate::probe::Probes;
use crate::probe::cloud;
use crate::setup::cloud_settings;
use crate::store::Store;
use crate::view::{Ids, InterfaceView, Node, NodeView};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::time::Instant;

/// Room for a document as most are.
const DOCUMENT_BYTES: usize = 1024;
/// Of more links than this the counters are asked for all at once.
const FEW: usize = 16;

impl Show {
    pub(super) fn run(self) -> Result<(), CliError> {
        if let (Api::V3, Some(word)) = (self.api, &self.interface) {
            return Err(CliError::NoInterfaceWanted(word.clone()));
        }
        let setup = self.node.setup(Vec::new());
        let config = setup.load().map_err(CliError::Config)?;
        let node = look(&config)?;
        let interfaces: Vec<&InterfaceView> = match (&self.interface, self.api) {
            (Some(word), _) => vec![find(&node, word)?],
            (None, Api::V1) => vec![find(&node, "1")?],
            (None, Api::V2 | Api::V3) => node.interfaces().collect(),
        };
        let is_for_people = self.api == Api::V2 && io::stdout().is_terminal();
        let by_itself = if is_for_people {
            Format::Table
        } else {
            Format::Json
        };
        let text = match (self.format.unwrap_or(by_itself), self.api) {
            (Format::Table, _) => Ok(table::render(&interfaces)),
            (Format::Json, Api::V1) => v1(&node, &interfaces),
            (Format::Json, Api::V2) => v2(&node, &interfaces, self.interface.is_some()),
            (Format::Json, Api::V3) => v3(&node),
        }?;
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

fn v1(node: &NodeView, interfaces: &[&InterfaceView]) -> Result<String, CliError> {
    let mut samples = Samples::of(interfaces.len());
    let documents = interfaces.iter().filter_map(|interface| {
        let sample = samples.next(node.facts(interface));
        v1::Status::new(node, interface, sample, false)
    });
    documents.map(|document| json(&document)).collect()
}

/// One document if one was asked for by name, else an array of them.
fn v2(node: &NodeView, interfaces: &[&InterfaceView], is_one: bool) -> Result<String, CliError> {
    let mut samples = Samples::of(interfaces.len());
    let mut documents = interfaces.iter().map(|interface| {
        let sample = samples.next(node.facts(interface));
        v2::Status::new(node, interface, sample, false)
    });
    match documents.next() {
        Some(document) if is_one => json(&document),
        first => {
            // One after the other: thousands need not be there at once.
            let mut bytes = Vec::with_capacity(interfaces.len() * DOCUMENT_BYTES);
            let mut array = serde_json::Serializer::new(&mut bytes);
            let written = array.collect_seq(first.into_iter().chain(documents));
            written.map_err(|error| CliError::Output(error.into()))?;
            bytes.push(b'\n');
            String::from_utf8(bytes).map_err(|error| CliError::Output(io::Error::other(error)))
        }
    }
}

fn v3(node: &NodeView) -> Result<String, CliError> {
    let links = node.snapshot().links();
    let mut samples = Samples::of(links.len());
    let samples: Vec<Sample> = links
        .iter()
        .map(|facts| samples.next(Some(facts)))
        .collect();
    json(&v3::Status::new(node, &samples, false))
}

/// The counters of link after link.
struct Samples {
    counters: Counters,
    stats: BTreeMap<IfIndex, Sample>,
}

impl Samples {
    /// Of so many: from one answer where opening the files of each would cost more.
    fn of(links: usize) -> Self {
        let stats = if links > FEW {
            // A kernel that does not tell them all at once still has the files.
            kernel::stats().unwrap_or_default()
        } else {
            BTreeMap::new()
        };
        Self {
            counters: Counters::default(),
            stats,
        }
    }

    /// Of this one; nothing of one that is not here.
    fn next(&mut self, facts: Option<&Arc<LinkFacts>>) -> Sample {
        facts.map_or_else(Sample::of_nothing, |facts| {
            let told = self.stats.get(&facts.link.index).copied();
            told.unwrap_or_else(|| self.counters.read(facts, 0))
        })
    }
}

fn json(document: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string(document).map(|text| text + "\n");
    text.map_err(|error| CliError::Output(error.into()))
}

pub(super) fn print(text: &str) -> Result<(), CliError> {
    match io::stdout().write_all(text.as_bytes()) {
        // A reader that went away has read enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Output(error)),
        _ => Ok(()),
    }
}

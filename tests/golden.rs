//! Recorded hosts through decoding, folding and judging, to their documents.
//!
//! Each folder of `tests/fixtures` holds what `netstatusd capture` wrote on a host,
//! and the documents that are expected of it; `beside_ip` judges both. `UPDATE_GOLDEN=1` rewrites the
//! documents: look at every line that changes beside the folder's `ip.json`.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[path = "support/cases.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod cases;

use netstatusd::api::{config_file, v1, v2, v3};
use netstatusd::capture::Capture;
use netstatusd::config::Config;
use netstatusd::facts::{LinkFacts, Snapshot, WatchTally};
use netstatusd::kernel::counters::Sample;
use netstatusd::view::{Ids, Node, NodeView};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

/// What a daemon on the recorded host would know; every byte must be understood.
fn replay(folder: &Path) -> Snapshot {
    let snapshot = Capture::read(folder).unwrap().snapshot();
    let name = folder.display();
    assert_eq!(snapshot.kernel.tally, WatchTally::default(), "{name}");
    snapshot
}

/// A node with what was captured of it.
struct Viewed {
    node: NodeView,
    capture: Capture,
}

/// The recorded host as its daemon would see it, with a configuration file or without.
fn view(folder: &Path, config: &str) -> Viewed {
    let node = Node::from(&Config::parse(config).unwrap());
    let snapshot = Arc::new(replay(folder));
    Viewed {
        node: NodeView::new(node, snapshot, &mut Ids::default(), Instant::now()),
        capture: Capture::read(folder).unwrap(),
    }
}

/// Every document of a node by name, as a daemon would write them but for space.
fn documents(viewed: &Viewed) -> Vec<(&'static str, String)> {
    let Viewed {
        node: view,
        capture,
    } = viewed;
    let sample = |facts: &LinkFacts| capture.sample(facts.link.name);
    let of = |interface| view.facts(interface).map(|facts| sample(facts));
    let of = |interface| of(interface).unwrap_or_default();
    let first = view.find("1");
    let v1 = first.and_then(|first| v1::Status::new(view, first, of(first), false));
    let v2 = view.interfaces();
    let v2 = v2.map(|interface| v2::Status::new(view, interface, of(interface), false));
    let interfaces = view.interfaces().map(v2::Config::from);
    let networks = view.interfaces().flat_map(v2::NetworkConfig::all);
    let links = view.snapshot().links().iter();
    let samples: Vec<Sample> = links.map(|facts| sample(facts)).collect();
    vec![
        ("v1", pretty(&v1.into_iter().collect::<Vec<_>>())),
        ("v2", pretty(&v2.collect::<Vec<_>>())),
        ("interfaces", pretty(&interfaces.collect::<Vec<_>>())),
        ("networks", pretty(&networks.collect::<Vec<_>>())),
        ("v3", pretty(&v3::Status::new(view, &samples, false))),
    ]
}

fn pretty(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).unwrap() + "\n"
}

/// Each case without configuration, and with the one beside it, if there is one:
/// the beginning of its documents' names, and its view.
fn views() -> Vec<(PathBuf, Viewed)> {
    let mut views = Vec::new();
    for folder in cases::all() {
        views.push((folder.join(""), view(&folder, "")));
        if let Ok(config) = fs::read_to_string(folder.join("config.toml")) {
            views.push((folder.join("configured."), view(&folder, &config)));
        }
    }
    views
}

fn file(beginning: &Path, document: &str) -> PathBuf {
    PathBuf::from(format!("{}{document}.json", beginning.display()))
}

#[test]
fn every_version_says_what_is_expected() {
    let mut wrong = Vec::new();
    for (beginning, view) in views() {
        for (name, document) in documents(&view) {
            let file = file(&beginning, name);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&file, &document).unwrap();
            }
            if document != fs::read_to_string(&file).unwrap_or_default() {
                wrong.push(format!("{}:\n{document}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not as expected; UPDATE_GOLDEN=1 writes them for you to look at:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_template_that_is_filled_in_is_the_document() {
    let samples = [(0, 0, 0), (1, u64::MAX, 1_795_451_520)];
    let samples = samples.map(|(sent, received, taken)| Sample {
        sent,
        received,
        taken,
    });
    for (beginning, Viewed { node, .. }) in views() {
        for (interface, is_stale) in node
            .interfaces()
            .flat_map(|one| [(one, false), (one, true)])
        {
            let template = v2::Template::new(&node, interface, is_stale).unwrap();
            for sample in samples {
                let document = v2::Status::new(&node, interface, sample, is_stale);
                let expected = serde_json::to_string(&document).unwrap();
                let filled = String::from_utf8(template.fill(sample)).unwrap();
                assert_eq!(filled, expected, "{}", beginning.display());
            }
        }
    }
}

#[test]
fn every_document_is_of_its_schema() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let venv = std::env::var_os("NETSTATUSD_VENV");
    let venv = venv.map_or_else(|| root.join("target/venv"), PathBuf::from);
    let python = venv.join("bin/python");
    if !python.exists() {
        let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!is_ci, "skipped where nothing may be");
        eprintln!("skipped: no Python environment (tests/run installs it)");
        return;
    }
    // In files of its own: those beside the cases may be just being rewritten.
    let scratch = std::env::temp_dir().join(format!("nsd-golden-{}", std::process::id()));
    fs::create_dir(&scratch).unwrap();
    let mut beginnings = Vec::new();
    for (position, (_, view)) in views().iter().enumerate() {
        let beginning = scratch.join(format!("{position}."));
        for (name, document) in documents(view) {
            fs::write(file(&beginning, name), document).unwrap();
        }
        beginnings.push(beginning);
    }
    let mut wrong = Vec::new();
    for (name, schema) in [
        ("v1", "v1-node-network-status"),
        ("v2", "v2-interface-status"),
        ("interfaces", "v2-interface"),
        ("networks", "v2-network"),
        ("v3", "v3-node-network-status"),
    ] {
        let schemas = root.join("tests/schemas");
        let output = Command::new(&python)
            .arg(schemas.join("validate.py"))
            .arg(schemas.join(format!("{schema}.schema.json")))
            .args(beginnings.iter().map(|beginning| file(beginning, name)))
            .output()
            .unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{name}:\n{said}"));
        }
    }
    fs::remove_dir_all(&scratch).unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file made from what a host has wants just that.
#[test]
fn a_configuration_made_of_a_host_changes_no_document() {
    for folder in cases::all() {
        let derived = view(&folder, "");
        let config = config_file::write(&derived.node);
        let configured = view(&folder, &config);
        let name = folder.display();
        for (before, after) in documents(&derived).iter().zip(documents(&configured)) {
            // Ranges and subnets are spelt as in the file there.
            if before.0 != "networks" {
                assert_eq!(before.1, after.1, "{name}:\n{config}");
            }
        }
    }
}

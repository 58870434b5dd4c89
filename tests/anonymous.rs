//! Recorded hosts under pseudonyms: the documents keep their shape, and nothing of what
//! `ip` said of the host is left in any file.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use netstatusd::api::v2;
use netstatusd::capture::Capture;
use netstatusd::kernel::counters::Sample;
use netstatusd::view::{Ids, Node, NodeView};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

fn cases() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = fs::read_dir(fixtures).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    folders.filter(|path| path.is_dir()).collect()
}

fn documents(capture: &Capture) -> Value {
    let snapshot = Arc::new(capture.snapshot());
    let view = NodeView::new(
        Node::default(),
        snapshot,
        &mut Ids::default(),
        Instant::now(),
    );
    let documents = view
        .interfaces()
        .map(|interface| v2::Status::new(&view, interface, Sample::default(), false));
    serde_json::to_value(documents.collect::<Vec<_>>()).unwrap()
}

/// The same but for texts, and each text stands for one other text, and only for that.
fn have_one_shape(own: &Value, other: &Value, words: &mut HashMap<String, String>) {
    match (own, other) {
        (Value::String(own), Value::String(other)) => {
            // The names of networks are made of two.
            let parts = |text: &str| text.split(' ').map(str::to_owned).collect();
            let (owns, others): (Vec<String>, Vec<String>) = (parts(own), parts(other));
            assert_eq!(owns.len(), others.len(), "{own} became {other}");
            for (own, other) in owns.into_iter().zip(others) {
                let known = words.entry(own.clone()).or_insert_with(|| other.clone());
                assert_eq!(*known, other, "{own} became both");
            }
        }
        (Value::Array(owns), Value::Array(others)) => {
            assert_eq!(owns.len(), others.len(), "{own} became {other}");
            for (own, other) in owns.iter().zip(others) {
                have_one_shape(own, other, words);
            }
        }
        (Value::Object(owns), Value::Object(others)) => {
            assert!(owns.keys().eq(others.keys()), "{own} became {other}");
            for (key, own) in owns {
                have_one_shape(own, &others[key], words);
            }
        }
        _ => assert_eq!(own, other),
    }
}

#[test]
fn documents_keep_their_shape() {
    for folder in cases() {
        let capture = Capture::read(&folder).unwrap();
        let anonymous = capture.anonymous().unwrap();
        let mut words = HashMap::new();
        have_one_shape(&documents(&capture), &documents(&anonymous), &mut words);
        let mut others: Vec<&String> = words.values().collect();
        others.sort_unstable();
        others.dedup();
        assert_eq!(others.len(), words.len(), "{}: {words:?}", folder.display());
    }
}

/// Texts and bytes by which `ip` and the resolver's file would tell the host.
fn marks(folder: &Path) -> Vec<Vec<u8>> {
    let said = fs::read(folder.join("ip.json")).unwrap();
    let said: Value = serde_json::from_str(&String::from_utf8_lossy(&said)).unwrap();
    let mut marks = vec![b"node-1".to_vec()];
    let resolver = fs::read_to_string(folder.join("resolv.conf")).unwrap();
    let words = resolver.split_whitespace().skip(1).step_by(2);
    marks.extend(words.map(|word| word.as_bytes().to_vec()));
    for link in said.as_array().unwrap() {
        let name = link["ifname"].as_str().unwrap();
        if name != "lo" {
            marks.push(name.as_bytes().to_vec());
        }
        for key in ["address", "permaddr"] {
            let mac = link[key].as_str().unwrap_or_default();
            let mac = mac.split(':');
            marks.push(
                mac.filter_map(|byte| u8::from_str_radix(byte, 16).ok())
                    .collect(),
            );
        }
        let altnames = link["altnames"].as_array().into_iter().flatten();
        let addresses = link["addr_info"].as_array().into_iter().flatten();
        marks.extend(altnames.map(|name| name.as_str().unwrap().as_bytes().to_vec()));
        marks.extend(addresses.map(|address| {
            match address["local"].as_str().unwrap().parse().unwrap() {
                IpAddr::V4(v4) => v4.octets().to_vec(),
                IpAddr::V6(v6) => v6.octets().to_vec(),
            }
        }));
    }
    let is_special = |mark: &Vec<u8>| {
        let is_zero = mark.iter().all(|byte| *byte == 0);
        is_zero
            || mark[0] == 127
            || mark.starts_with(b"127.")
            || mark[..] == std::net::Ipv6Addr::LOCALHOST.octets()
    };
    // `ip` writes names as they are; here those that are not UTF-8 are not.
    let is_lossy = |mark: &[u8]| mark.windows(3).any(|part| part == "\u{fffd}".as_bytes());
    marks.retain(|mark| mark.len() > 2 && !is_special(mark) && !is_lossy(mark));
    marks
}

#[test]
fn nothing_of_the_host_is_left_in_any_file() {
    let scratch = std::env::temp_dir().join(format!("nsd-anonymous-{}", std::process::id()));
    let mut left = Vec::new();
    for folder in cases() {
        let capture = Capture::read(&folder).unwrap();
        let marks = marks(&folder);
        let held = |written: &Path| {
            let files = fs::read_dir(written).unwrap();
            let files: Vec<Vec<u8>> = files
                .map(|file| fs::read(file.unwrap().path()).unwrap())
                .collect();
            let holds = |mark: &Vec<u8>| {
                files
                    .iter()
                    .any(|file| file.windows(mark.len()).any(|part| part == mark))
            };
            marks
                .iter()
                .filter(|mark| holds(mark))
                .cloned()
                .collect::<Vec<_>>()
        };
        capture.write(&scratch).unwrap();
        let before = held(&scratch);
        fs::remove_dir_all(&scratch).unwrap();
        // Otherwise this would find nothing in anything.
        assert_eq!(before.len(), marks.len(), "{}", folder.display());
        capture.anonymous().unwrap().write(&scratch).unwrap();
        left.extend(held(&scratch).into_iter().map(|mark| {
            (
                folder.clone(),
                String::from_utf8_lossy(&mark).into_owned(),
                mark,
            )
        }));
        fs::remove_dir_all(&scratch).unwrap();
    }
    assert!(left.is_empty(), "{left:?}");
}

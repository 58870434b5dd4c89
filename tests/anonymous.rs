//! Recorded hosts under pseudonyms: the documents keep their shape, and nothing of what
//! `ip` said of the host is left in any file.
//!
//! What must not be left is looked for in every spelling: as text, as bytes, in hexadecimal.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[path = "support/cases.rs"]
mod cases;

use cases::said_by_ip;
use netstatusd::api::v2;
use netstatusd::capture::Capture;
use netstatusd::view::{Ids, Node, NodeView};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

fn documents(capture: &Capture) -> Value {
    let snapshot = Arc::new(capture.snapshot());
    let view = NodeView::new(
        Node::default(),
        snapshot,
        &mut Ids::default(),
        Instant::now(),
    );
    let documents = view.interfaces().map(|interface| {
        let facts = view.facts(interface);
        let sample = facts.map(|facts| capture.sample(facts.link.name));
        v2::Status::new(&view, interface, sample.unwrap_or_default(), false)
    });
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
    for folder in cases::all() {
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

/// Every file below `folder`, with its path.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            all.push((path, bytes));
        }
    }
    all
}

/// Something by which a host can be told, in every way to write it.
type Mark = Vec<Vec<u8>>;

fn hex(bytes: &[u8], size: usize, between: &str) -> String {
    let group = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(String::new(), |all, byte| format!("{all}{byte:02x}"))
    };
    bytes
        .chunks(size)
        .map(group)
        .collect::<Vec<_>>()
        .join(between)
}

fn mark(bytes: &[u8], texts: &[String]) -> Mark {
    let reversed = bytes.iter().rev().copied().collect();
    // As dhclient writes a string.
    let escaped = |byte: &u8| match byte {
        b' '..=b'~' => char::from(*byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    let mut texts = texts.to_vec();
    texts.extend([hex(bytes, 1, ""), bytes.iter().map(escaped).collect()]);
    let upper: Vec<String> = texts.iter().map(|text| text.to_uppercase()).collect();
    let texts = texts.into_iter().chain(upper).map(String::into_bytes);
    [bytes.to_vec(), reversed]
        .into_iter()
        .chain(texts)
        .collect()
}

fn of_mac(bytes: &[u8]) -> Mark {
    let unpadded: Vec<String> = bytes.iter().map(|byte| format!("{byte:x}")).collect();
    let texts = [
        hex(bytes, 1, ":"),
        hex(bytes, 1, "-"),
        hex(bytes, 2, "."),
        unpadded.join(":"),
    ];
    let mut mark = mark(bytes, &texts);
    if let [a, b, c, d, e, f] = bytes {
        // As the end of an address. RFC 4291, appendix A.
        mark.push(vec![a ^ 2, *b, *c, 0xff, 0xfe, *d, *e, *f]);
    }
    mark
}

fn of_ip(address: IpAddr) -> Mark {
    match address {
        IpAddr::V4(v4) => {
            let mut backwards = v4.octets();
            backwards.reverse();
            let backwards = std::net::Ipv4Addr::from(backwards).to_string();
            mark(&v4.octets(), &[v4.to_string(), backwards])
        }
        IpAddr::V6(v6) => mark(&v6.octets(), &[v6.to_string(), hex(&v6.octets(), 2, ":")]),
    }
}

/// A name, also as DNS packets have it.
fn of_name(name: &str) -> Mark {
    let label = |label: &str| [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat();
    let labels: Vec<u8> = name.split('.').flat_map(label).collect();
    vec![name.into(), name.to_uppercase().into(), labels]
}

fn mac(text: &str) -> Option<Vec<u8>> {
    let bytes = text.split(':').map(|byte| u8::from_str_radix(byte, 16));
    bytes
        .collect::<Result<Vec<u8>, _>>()
        .ok()
        .filter(|mac| mac.len() > 3)
}

/// The name of the host, and what `ip` would tell of it.
fn told_by_ip(folder: &Path) -> Vec<Mark> {
    let name = fs::read_to_string(folder.join("hostname"));
    let mut marks: Vec<Mark> = name.iter().map(|name| of_name(name)).collect();
    let said = said_by_ip(folder, "ip.json").unwrap_or_default();
    for link in said.as_array().into_iter().flatten() {
        let altnames = link["altnames"].as_array().into_iter().flatten();
        let names = altnames
            .chain([&link["ifname"]])
            .map(|name| name.as_str().unwrap());
        // `ip` writes names as they are; here those that are not UTF-8 are not.
        let names = names.filter(|name| *name != "lo" && !name.contains('\\'));
        marks.extend(names.map(of_name));
        for key in ["address", "broadcast", "permaddr"] {
            let text = link[key].as_str().unwrap_or_default();
            // Of a tunnel it is an IP address.
            marks.extend(of_address(text));
            let mac = mac(text).filter(|mac| !is_special(mac));
            marks.extend(mac.map(|mac| of_mac(&mac)));
        }
        for address in link["addr_info"].as_array().into_iter().flatten() {
            marks.extend(of_address(address["local"].as_str().unwrap()));
        }
    }
    marks.retain(|mark| mark[0].len() > 2);
    marks
}

/// Nobody's or everybody's: zeros, loopback, groups of IPv4 and of Ethernet, broadcast, netmasks.
fn is_special(bytes: &[u8]) -> bool {
    let mut zeros = bytes.iter().take(bytes.len() - 1);
    zeros.all(|byte| *byte == 0)
        || matches!(bytes, [127 | 224..=239 | 255, _, _, _])
        || matches!(bytes, [first, _, _, _, _, _] if first & 1 != 0)
}

/// Nothing for a text that is no address, or everybody's; an IPv4 address within an IPv6
/// one tells of the host as well.
fn of_address(text: &str) -> Vec<Mark> {
    let Ok(address) = text.parse() else {
        return Vec::new();
    };
    let mut own = vec![address];
    if let IpAddr::V6(v6) = address {
        let translated = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
        let octets = v6.octets();
        let end = <[u8; 4]>::try_from(&octets[12..]).unwrap();
        let within = translated.then(|| end.into()).or_else(|| v6.to_ipv4());
        own.extend(within.map(IpAddr::V4));
    }
    own.retain(|address| match address {
        IpAddr::V4(v4) => !is_special(&v4.octets()),
        IpAddr::V6(v6) => !is_special(&v6.octets()) && !v6.is_multicast(),
    });
    own.into_iter().map(of_ip).collect()
}

/// Addresses of both kinds, names of domains and ids of clients in the files that
/// were captured.
fn told_by_files(folder: &Path) -> Vec<Mark> {
    let mut marks = Vec::new();
    for (path, bytes) in files(&folder.join("files")) {
        let uuid = path.to_str().unwrap().split_once("/internal-");
        marks.extend(uuid.map(|(_, uuid)| vec![uuid.as_bytes()[..36].to_vec()]));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let words = text.split(|part: char| part.is_whitespace() || ",;=\"{}\0".contains(part));
        for word in words {
            // A hardware type is before the address in an identifier.
            let own = word.strip_prefix("1:").and_then(mac);
            let macs = mac(word).into_iter().chain(own);
            marks.extend(macs.filter(|mac| mac.len() == 6).map(|mac| of_mac(&mac)));
            marks.extend(of_address(word));
            let is_client_id = word.len() > 15 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_client_id || word.ends_with(".example") {
                marks.push(of_name(word));
            }
        }
    }
    marks
}

#[test]
fn nothing_of_the_host_is_left_in_any_file() {
    let scratch = std::env::temp_dir().join(format!("nsd-anonymous-{}", std::process::id()));
    let mut left = Vec::new();
    for folder in cases::all() {
        let capture = Capture::read(&folder).unwrap();
        let marks = [told_by_ip(&folder), told_by_files(&folder)].concat();
        let held = |capture: &Capture| {
            capture.write(&scratch).unwrap();
            let all = files(&scratch);
            fs::remove_dir_all(&scratch).unwrap();
            let is_in =
                |bytes: &[u8], text: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text);
            let holds = |text: &Vec<u8>| {
                all.iter().any(|(path, bytes)| {
                    let path = path.strip_prefix(&scratch).unwrap();
                    is_in(bytes, text) || is_in(path.as_os_str().as_encoded_bytes(), text)
                })
            };
            let held = marks
                .iter()
                .filter_map(|mark| mark.iter().find(|text| holds(text)));
            held.cloned().collect::<Vec<_>>()
        };
        // Otherwise this would find nothing in anything.
        assert_eq!(held(&capture).len(), marks.len(), "{}", folder.display());
        left.extend(held(&capture.anonymous().unwrap()).into_iter().map(|mark| {
            let text = String::from_utf8_lossy(&mark).into_owned();
            (folder.clone(), text, mark)
        }));
    }
    assert!(left.is_empty(), "{left:?}");
}

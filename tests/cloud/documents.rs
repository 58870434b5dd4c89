//! Recorded documents through the pure parsers to the status documents, and documents that
//! are none.
//!
//! The expected status is in the file beside each document.

use std::fs;

use hyper::body::Bytes;
use netstatusd::facts::MacAddr;
use netstatusd::probe::cloud::aws::{self, Leaves};
use netstatusd::probe::cloud::{azure, gcp};

use crate::metadata::{documents, status_in_version_3};
use crate::recorded::{leaves, mac_of, parse, said, said_in_version_3, view};
use crate::support::outcome::{Outcome, fail};

/// Every document: provider, name, bytes.
fn all() -> Outcome<Vec<(String, String, Vec<u8>)>> {
    let mut all = Vec::new();
    for provider in ["aws", "azure", "gcp"] {
        for entry in fs::read_dir(documents().join(provider))? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if let Some(case) = name
                .strip_suffix(".json")
                .filter(|case| !case.contains('.'))
            {
                all.push((provider.to_owned(), case.to_owned(), fs::read(&path)?));
            }
        }
    }
    Ok(all)
}

#[test]
fn recorded_documents_say_what_is_expected() -> Outcome {
    let all = all()?;
    assert!(all.len() >= 15, "the documents are not all here");
    for (provider, case, bytes) in all {
        let expected = crate::metadata::expected(&provider, &case)?;
        let nics = parse(&provider, &bytes)?;
        let first = nics.first().map(|nic| &expected[&nic.mac.to_string()]);
        let in_version_3 = first.map(|status| status_in_version_3(&provider, status));
        let view = view(&provider, nics.clone(), &[]);
        assert_eq!(said(&view), expected, "{provider}/{case}");
        assert_eq!(
            said_in_version_3(&view),
            in_version_3.unwrap_or_default(),
            "{provider}/{case}"
        );
    }
    Ok(())
}

#[test]
fn addresses_of_delegated_prefixes_are_the_clouds() -> Outcome {
    let bytes = fs::read(documents().join("aws/delegated-prefixes.json"))?;
    let first: &[&str] = &["172.31.44.13", "172.31.45.70", "172.31.40.33"];
    let second: &[&str] = &[
        "172.31.47.221",
        "172.31.40.34",
        "172.31.33.31",
        "172.31.33.32",
    ];
    let view = view("aws", parse("aws", &bytes)?, &[first, second]);
    let differences = view.interfaces().flat_map(|own| &own.cloud_differences);
    let told: Vec<String> = differences.map(ToString::to_string).collect();
    let wanted = [
        // The prefix is the other NIC's.
        "172.31.40.33 is on eth1, but the cloud does not know it there",
        "172.31.33.32 is on eth2, but the cloud does not know it there",
    ];
    assert_eq!(told, wanted);
    Ok(())
}

#[test]
fn a_truncated_document_is_an_error() -> Outcome {
    for (provider, case, bytes) in all()? {
        if provider == "aws" {
            continue;
        }
        let text = bytes.trim_ascii_end();
        for end in 0..text.len() {
            if parse(&provider, &text[..end]).is_ok() {
                return fail(format!("{provider}/{case} up to byte {end} passes"));
            }
        }
    }
    Ok(())
}

#[test]
fn a_changed_byte_is_an_error_or_another_document() -> Outcome {
    for (provider, _, bytes) in all()? {
        for position in 0..bytes.len() {
            for byte in [0, b'"', b'9', b'/', 0xff] {
                let mut bytes = bytes.clone();
                bytes[position] = byte;
                // It must come to an end, and may not panic.
                let _ = parse(&provider, &bytes);
            }
        }
    }
    Ok(())
}

#[test]
fn ten_megabytes_are_read_to_an_end() {
    const SIZE: usize = 10 << 20;
    let nested = "[".repeat(SIZE);
    let objects = r#"{"interface":"#.repeat(SIZE / 13);
    let blank = " ".repeat(SIZE);
    let text = format!("\"{}\"", "a".repeat(SIZE));
    for document in [&nested, &objects, &blank, &text] {
        assert!(azure::nics(document.as_bytes(), None).is_err());
        assert!(gcp::nics(document.as_bytes()).is_err());
    }
    let leaves = Leaves {
        vpc_id: Some(Bytes::from("x".repeat(SIZE))),
        ..Leaves::default()
    };
    assert!(aws::nic(MacAddr::NONE, &leaves).is_err());
}

/// A leaf and why it is refused.
#[test]
fn leaves_that_are_not_what_they_are_called() -> Outcome {
    let table = [
        ("device-number", "first", "`first` is not a number"),
        ("device-number", "-1", "`-1` is not a number"),
        (
            "local-ipv4s",
            "10.0.0.4\n10.0.0",
            "`10.0.0` is not an IPv4 address",
        ),
        ("local-ipv4s", "fd00::1", "`fd00::1` is not an IPv4 address"),
        (
            "subnet-ipv4-cidr-block",
            "10.0.0.0",
            "`10.0.0.0` is not an IPv4 subnet",
        ),
        (
            "subnet-ipv4-cidr-block",
            "10.0.0.0/33",
            "`33` is not a prefix length",
        ),
        (
            "ipv4-prefix",
            "10.0.0.16/28\n10.0.0.32",
            "`10.0.0.32` is not an IPv4 subnet",
        ),
        (
            "ipv4-prefix",
            "fd00::/80",
            "`fd00::/80` is not an IPv4 subnet",
        ),
        (
            "interface-id",
            "eni-1\neni-2",
            "`eni-1` is not the only line",
        ),
        ("vpc-id", "vpc\u{7}", "`vpc\\u{7}` is not a word"),
    ];
    for (leaf, text, why) in table {
        let mut tree = serde_json::json!({"interface-id": "eni-1"});
        tree[leaf] = text.into();
        let error = aws::nic(mac_of("0a:00:00:00:00:01")?, &leaves(&tree)).unwrap_err();
        assert_eq!(error.to_string(), why, "{leaf}");
    }
    let binary = Leaves {
        vpc_id: Some(Bytes::from_static(b"\xff\xfe")),
        ..Leaves::default()
    };
    let error = aws::nic(MacAddr::NONE, &binary).unwrap_err();
    assert!(error.to_string().ends_with("is not text"), "{error}");
    Ok(())
}

#[test]
fn documents_that_are_not_what_they_are_called() {
    let azure = |mac: &str, address: &str, subnet: &str, prefix: &str| {
        let document = serde_json::json!({"interface": [{
            "macAddress": mac,
            "ipv4": {
                "ipAddress": [{"privateIpAddress": address}],
                "subnet": [{"address": subnet, "prefix": prefix}],
            },
        }]});
        let nics = azure::nics(document.to_string().as_bytes(), None);
        nics.map(drop).map_err(|error| error.to_string())
    };
    let good = ("000D3AF806EC", "10.1.0.4", "10.1.0.0", "24");
    assert_eq!(azure(good.0, good.1, good.2, good.3), Ok(()));
    let refused = |why: &str| Err(why.to_owned());
    assert_eq!(
        azure("000D3AF806", good.1, good.2, good.3),
        refused("`000D3AF806` is not an Ethernet address")
    );
    assert_eq!(
        azure("000D3AF806EG", good.1, good.2, good.3),
        refused("`000D3AF806EG` is not an Ethernet address")
    );
    assert_eq!(
        azure(good.0, "X.X.X.X", good.2, good.3),
        refused("`X.X.X.X` is not an IPv4 address")
    );
    assert_eq!(
        azure(good.0, good.1, "10.1.0", good.3),
        refused("`10.1.0` is not an IPv4 address")
    );
    assert_eq!(
        azure(good.0, good.1, good.2, "240"),
        refused("`240` is not a prefix length")
    );

    let gcp = |document: &str| gcp::nics(document.as_bytes()).unwrap_err().to_string();
    let twice = r#"[{"mac": "42:01:0a:80:00:03"}, {"mac": "42-01-0A-80-00-03"}]"#;
    assert_eq!(gcp(twice), "the NIC 42:01:0a:80:00:03 is described twice");
    let mask = r#"[{"mac": "42:01:0a:80:00:03", "subnetmask": "255.0.255.0"}]"#;
    assert_eq!(gcp(mask), "`255.0.255.0` is not an IPv4 mask");
    assert_eq!(gcp(r#"[{"ip": "10.0.0.1"}]"#), "not the documented JSON");
}

#[test]
fn azure_subnets_and_names() {
    let document = serde_json::json!({"interface": [{
        "macAddress": "000D3AF806EC",
        "ipv4": {
            "ipAddress": [{"privateIpAddress": "10.2.0.4"}],
            "subnet": [{"address": "10.1.0.0", "prefix": "24"}, {"address": "10.2.0.0", "prefix": "22"}],
        },
    }]});
    let bytes = document.to_string();
    let network = |name| {
        let nics = azure::nics(bytes.as_bytes(), name).unwrap_or_default();
        let mut said = said(&view("azure", nics, &[]));
        said.remove("00:0d:3a:f8:06:ec").unwrap_or_default()["azure_status"].take()
    };
    assert_eq!(
        network(None)["network"],
        "10.2.0.0/22",
        "the one the address is in"
    );
    assert_eq!(network(None)["subnet_mask"], "255.255.252.0");
    assert_eq!(network(Some("storage-vnet"))["network"], "storage-vnet");
}

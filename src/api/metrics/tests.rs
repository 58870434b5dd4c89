//! The text, word by word, of one interface of each sort.
//!
//! What Prometheus wants of it is in its text exposition format.

use super::*;
use crate::facts::{Duplex, MessageTally, Reading, Snapshot, WatchTally, sample};
use crate::view::{Ids, Node};
use std::collections::HashSet;

/// Interfaces enough for several parts a family.
const MANY: u32 = 1_500;

fn node(links: impl IntoIterator<Item = crate::facts::LinkFacts>) -> Arc<NodeView> {
    of_snapshot(sample::snapshot(links))
}

fn of_snapshot(snapshot: Snapshot) -> Arc<NodeView> {
    let now = Instant::now();
    let view = NodeView::new(Node::default(), snapshot.into(), &mut Ids::default(), now);
    Arc::new(view)
}

fn text(node: &Arc<NodeView>, samples: Vec<Sample>) -> String {
    let usage = Usage {
        cpu: Duration::from_millis(1500),
        resident_bytes: Some(4096),
        slow_counter_reads: 2,
    };
    Metrics::new(Arc::clone(node), samples, usage, Instant::now()).collect()
}

fn counted(sent: u64, received: u64) -> Sample {
    Sample {
        sent,
        received,
        taken: 1,
    }
}

/// Lines of the text that are of interfaces, without the metrics' common prefix.
fn of_interfaces(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .filter_map(|line| line.strip_prefix("netstatusd_interface_"))
        .collect()
}

#[test]
fn every_family_has_its_samples() {
    let up = sample::link(1, "eth0")
        .address("192.0.2.1/24")
        .default_route(sample::route("192.0.2.254"))
        .with(|facts| {
            facts.speed = Reading::Current(10_000);
            facts.duplex = Some(Duplex::Full);
        });
    let down = sample::link(2, "eth1").with(|facts| {
        facts.duplex = Some(Duplex::Half);
        facts.link.flags.0 = 0;
    });
    let node = node([up, down]);
    let text = text(&node, vec![counted(7, u64::MAX), Sample::default()]);
    let expected = [
        r#"up{id="1",name="eth0"} 1"#,
        r#"up{id="2",name="eth1"} 0"#,
        r#"carrier{id="1",name="eth0"} 1"#,
        r#"speed_bytes_per_second{id="1",name="eth0"} 1250000000"#,
        r#"info{id="1",name="eth0",duplex="full"} 1"#,
        r#"mtu_bytes{id="1",name="eth0"} 1500"#,
        r#"mtu_bytes{id="2",name="eth1"} 1500"#,
        r#"sent_bytes_total{id="1",name="eth0"} 7"#,
        r#"received_bytes_total{id="1",name="eth0"} 18446744073709551615"#,
        r#"changes_pending{id="1",name="eth0"} 0"#,
        r#"changes_pending{id="2",name="eth1"} 0"#,
        r#"gateway{id="1",name="eth0",family="ipv4"} 1"#,
        r#"gateway{id="1",name="eth0",family="ipv6"} 0"#,
        r#"gateway{id="2",name="eth1",family="ipv4"} 0"#,
        r#"gateway{id="2",name="eth1",family="ipv6"} 0"#,
    ];
    assert_eq!(of_interfaces(&text), expected);
    for line in [
        "netstatusd_process_cpu_seconds_total 1.5",
        "netstatusd_process_resident_memory_bytes 4096",
        "netstatusd_view_stale 0",
        "netstatusd_view_revision 0",
    ] {
        assert!(text.lines().any(|said| said == line), "{line} in {text}");
    }
}

#[test]
fn what_went_wrong_with_the_kernels_stream() {
    let mut snapshot = sample::snapshot([]);
    snapshot.kernel.tally = WatchTally {
        overruns: 1,
        resyncs: 2,
        interrupted_dumps: 3,
        undecodable_messages: MessageTally {
            new_link: 4,
            del_link: 5,
            new_address: 6,
            del_address: 7,
            new_route: 8,
            del_route: 9,
            new_next_hop: 10,
        },
        undecodable_attributes: 11,
        audit_corrections: 12,
        slow_reads: 13,
    };
    let text = text(&of_snapshot(snapshot), Vec::new());
    for line in [
        "netlink_overruns_total 1",
        "netlink_resyncs_total 2",
        "netlink_interrupted_dumps_total 3",
        r#"netlink_undecodable_messages_total{type="RTM_NEWLINK"} 4"#,
        r#"netlink_undecodable_messages_total{type="RTM_DELLINK"} 5"#,
        r#"netlink_undecodable_messages_total{type="RTM_NEWADDR"} 6"#,
        r#"netlink_undecodable_messages_total{type="RTM_DELADDR"} 7"#,
        r#"netlink_undecodable_messages_total{type="RTM_NEWROUTE"} 8"#,
        r#"netlink_undecodable_messages_total{type="RTM_DELROUTE"} 9"#,
        r#"netlink_undecodable_messages_total{type="RTM_NEWNEXTHOP"} 10"#,
        "netlink_undecodable_attributes_total 11",
        "audit_corrections_total 12",
        // Two of the counters'.
        "slow_reads_total 15",
    ] {
        let mut samples = text
            .lines()
            .filter_map(|line| line.strip_prefix("netstatusd_"));
        assert!(samples.any(|said| said == line), "{line} in {text}");
    }
}

/// Asserts that each family is there once, and its samples right below its head.
fn assert_whole_families(text: &str) {
    let mut heads = HashSet::new();
    let mut current = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(head) = line.strip_prefix("# HELP ") {
            current = head.split(' ').next().unwrap();
            assert!(heads.insert(current), "{current} is there twice");
            let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
            let kind = kind.and_then(|kind| kind.strip_prefix(current));
            assert!(matches!(kind, Some(" gauge" | " counter")), "{current}");
        } else {
            let name = line.split(['{', ' ']).next();
            assert_eq!(name, Some(current), "{line}");
        }
    }
    let of_interfaces = FAMILIES.iter().filter(|family| heads.contains(family.name));
    assert_eq!(of_interfaces.count(), FAMILIES.len());
}

#[test]
fn every_sample_stands_below_the_head_of_its_family() {
    // Each count has the parts end elsewhere, now and then right below a head.
    let links = (1..=MANY).map(|index| sample::link(index, &format!("eth{index}")));
    let node = node(links);
    for count in (0..=400).chain((400..=MANY).step_by(13)) {
        let samples = (1..=count.into()).map(|number| counted(number, number));
        assert_whole_families(&text(&node, samples.collect()));
    }
}

#[test]
fn only_a_duplex_mode_that_is_known_is_told() {
    for (duplex, word) in [(Some(Duplex::Half), Some("half")), (None, None)] {
        let link = sample::link(1, "eth0").with(|facts| facts.duplex = duplex);
        let text = text(&node([link]), vec![counted(1, 2)]);
        let mut lines = of_interfaces(&text).into_iter();
        let info = lines.find(|line| line.starts_with("info{"));
        let expected =
            word.map(|word| format!("info{{id=\"1\",name=\"eth0\",duplex=\"{word}\"}} 1"));
        assert_eq!(info, expected.as_deref());
    }
}

#[test]
fn names_are_escaped() {
    let names = [
        (&b"a\\b"[..], r"a\\b"),
        (b"a\"b", r#"a\"b"#),
        (b"a\nb", r"a\nb"),
        (b"\xff", r"\\xff"),
        ("\u{fc}".as_bytes(), "\u{fc}"),
        (b"{x=1}", "{x=1}"),
    ];
    for (name, written) in names {
        let link = sample::link(1, "eth0").with(|facts| {
            facts.link.name = crate::facts::IfName::new(name).unwrap();
        });
        let text = text(&node([link]), vec![counted(1, 2)]);
        let expected = format!("mtu_bytes{{id=\"1\",name=\"{written}\"}} 1500");
        assert!(of_interfaces(&text).contains(&expected.as_str()), "{text}");
    }
}

#[test]
fn many_interfaces_come_in_parts_of_whole_lines() {
    let links = (1..=2_000).map(|index| sample::link(index, &format!("eth{index}")));
    let node = node(links);
    let samples: Vec<Sample> = (1..=2_000).map(|number| counted(number, number)).collect();
    let parts = Metrics::new(Arc::clone(&node), samples, Usage::default(), Instant::now());
    let mut whole = String::new();
    for part in parts {
        assert!(part.ends_with('\n') && part.len() < PART_BYTES + 1024);
        whole.push_str(&part);
    }
    assert_eq!(
        whole.matches("# TYPE netstatusd_interface_").count(),
        FAMILIES.len()
    );
    let sent: Vec<&str> = of_interfaces(&whole)
        .into_iter()
        .filter(|line| line.starts_with("sent_bytes_total"))
        .collect();
    assert_eq!(sent.len(), 2_000);
    assert_eq!(
        sent[1_999],
        r#"sent_bytes_total{id="2000",name="eth2000"} 2000"#
    );
}

#[test]
fn the_clouds_last_word() {
    let cloud = || crate::facts::Cloud {
        provider: crate::facts::Provider::Aws,
        nics: Vec::new(),
        taken: Instant::now(),
    };
    let why = || "it said \"no\"".to_owned();
    let table = [
        (Reading::Pending, r#"{state="pending",reason=""} 1"#, 0),
        (
            Reading::Current(cloud()),
            r#"{state="current",reason=""} 1"#,
            2,
        ),
        (
            Reading::Current(cloud()).failed(why()),
            r#"{state="stale",reason="it said \"no\""} 1"#,
            2,
        ),
        (
            Reading::Pending.failed(why()),
            r#"{state="absent",reason="it said \"no\""} 1"#,
            0,
        ),
    ];
    for (cloud, reading, further) in table {
        let snapshot = Snapshot {
            cloud,
            cloud_tally: crate::facts::CloudTally {
                requests: 7,
                failures: 2,
            },
            ..sample::snapshot([])
        };
        let text = text(&of_snapshot(snapshot), Vec::new());
        let lines = text.lines();
        let samples: Vec<&str> = lines
            .filter_map(|line| line.strip_prefix("netstatusd_cloud_"))
            .collect();
        assert_eq!(samples[0].strip_prefix("reading"), Some(reading));
        assert_eq!(samples.len(), 3 + further, "{samples:?}");
        let tally = ["requests_total 7", "failures_total 2"];
        assert_eq!(samples[1 + further..], tally);
    }
}

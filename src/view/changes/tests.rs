//! Changes of hosts, line by line; and that none is missed, whatever changes.
//!
//! A host is a few links; those that do not change are shared, as the fold shares them.

mod anything;

use super::*;
use crate::config::Config;
use crate::facts::sample::{link, route, snapshot};
use crate::facts::{AddressFlags, Dns, IfIndex, LinkFacts, LinkKind, Reading, Snapshot};
use crate::view::{Ids, Node};
use std::sync::Arc;
use std::time::Instant;

/// Views that follow each other.
struct Watch {
    node: Node,
    ids: Ids,
    last: Arc<NodeView>,
}

fn view(node: &Node, last: Option<&NodeView>, snapshot: Snapshot, ids: &mut Ids) -> Arc<NodeView> {
    let now = Instant::now();
    Arc::new(NodeView::after(
        last,
        node.clone(),
        snapshot.into(),
        ids,
        now,
    ))
}

/// `snapshot` with what it shares with `last`.
fn sharing(mut snapshot: Snapshot, last: &NodeView) -> Snapshot {
    for facts in &mut snapshot.kernel.links {
        let before = last.snapshot().link(facts.link.index);
        if let Some(before) = before.filter(|before| *before == facts) {
            *facts = Arc::clone(before);
        }
    }
    snapshot
}

impl Watch {
    fn new(config: &str, first: Snapshot) -> Self {
        let node = Node::from(&Config::parse(config).unwrap());
        let mut ids = Ids::default();
        let last = view(&node, None, first, &mut ids);
        Self { node, ids, last }
    }

    fn then(&mut self, snapshot: Snapshot, most: usize) -> Changes {
        let snapshot = sharing(snapshot, &self.last);
        let next = view(&self.node, Some(&self.last), snapshot, &mut self.ids);
        let changes = Changes::between(&self.last, &next, most);
        self.last = next;
        changes
    }

    fn says(&mut self, snapshot: Snapshot) -> Vec<String> {
        let changes = self.then(snapshot, usize::MAX);
        assert_eq!(changes.more, 0);
        changes.lines
    }
}

fn eth0() -> LinkFacts {
    link(2, "eth0").address("192.0.2.1/24")
}

fn flags(facts: LinkFacts, flags: u32) -> LinkFacts {
    facts.with(|facts| facts.link.flags.0 = flags)
}

/// With an address whose flags are these.
fn doubtful(facts: LinkFacts, doubt: u32) -> LinkFacts {
    let facts = facts.address("2001:db8::1/64");
    facts.with(|facts| facts.addresses.last_mut().unwrap().flags = AddressFlags(doubt))
}

const DOWN: u32 = 0;
const NO_CARRIER: u32 = 1;

#[test]
fn each_change_of_a_host_without_configuration_is_a_line() {
    let routed = |gateway: &str| eth0().default_route(route(gateway));
    let vlan = || link(5, "eth0.7").vlan(7, 2).address("198.51.100.1/24");
    let renamed = eth0().with(|facts| facts.link.name = link(2, "lan").link.name);
    let faster = eth0().with(|facts| facts.speed = Reading::Current(1000));
    let reborn = eth0().with(|facts| facts.incarnation = 7);
    let tentative = "eth0 is CHANGES_PENDING, was CHANGES_APPLIED: 2001:db8::1 on eth0 is not \
                     used yet: duplicate address detection runs";
    #[rustfmt::skip]
    let table: [(Vec<LinkFacts>, Vec<LinkFacts>, &[&str]); 16] = [
        (vec![eth0()], vec![eth0()], &[]),
        (vec![eth0()], vec![faster], &[]),
        (vec![eth0()], vec![renamed], &[]),
        (vec![eth0()], vec![eth0().address("192.0.2.9/24")], &[]),
        (vec![eth0()], vec![flags(eth0(), DOWN)],
            &["eth0 is DOWN, was UP", "the cable of eth0 is UNKNOWN, was CONNECTED"]),
        (vec![flags(eth0(), NO_CARRIER)], vec![eth0()],
            &["the cable of eth0 is CONNECTED, was DISCONNECTED"]),
        (vec![eth0()], vec![routed("192.0.2.254")],
            &["the default gateway of eth0 is 192.0.2.254, was none"]),
        (vec![routed("192.0.2.254")], vec![routed("192.0.2.253")],
            &["the default gateway of eth0 is 192.0.2.253, was 192.0.2.254"]),
        (vec![routed("fe80::1")], vec![eth0()],
            &["the IPv6 default gateway of eth0 is none, was fe80::1"]),
        (vec![eth0(), vlan()], vec![eth0(), vlan().default_route(route("198.51.100.2"))],
            &["the default gateway of eth0 is 198.51.100.2, was none"]),
        (vec![eth0()], vec![doubtful(eth0(), 0xc0)], &[tentative]),
        (vec![doubtful(eth0(), 0xc0)], vec![doubtful(eth0(), 0x80)],
            &["eth0 is CHANGES_APPLIED, was CHANGES_PENDING"]),
        (vec![eth0()], vec![eth0(), link(3, "eth1")], &["eth1 is UP, was no interface"]),
        (vec![flags(eth0(), DOWN), link(3, "eth1")], vec![link(3, "eth1")],
            &["eth0 is no interface, was DOWN"]),
        (vec![eth0(), link(3, "bond0")], vec![eth0().port_of(3), link(3, "bond0")],
            &["eth0 is no interface, was UP"]),
        (vec![eth0()], vec![reborn],
            &["eth0 is UP, was no interface", "eth0 is no interface, was UP"]),
    ];
    for (before, after, lines) in table {
        let mut watch = Watch::new("", snapshot(before));
        assert_eq!(watch.says(snapshot(after.clone())), lines);
        assert_eq!(watch.says(snapshot(after)), [""; 0], "told once");
    }
}

#[test]
fn who_is_interface_1_is_no_change_of_what_is_told() {
    let now = Instant::now();
    let mut ids = Ids::default();
    let hosts = [
        snapshot([link(2, "eth0"), link(3, "eth1")]),
        snapshot([
            link(2, "eth0"),
            link(3, "eth1").default_route(route("192.0.2.1")),
        ]),
    ];
    let [first, second] = hosts.map(Arc::new);
    let node = Node::default();
    let later = now + std::time::Duration::from_secs(11);
    let before = NodeView::new(node.clone(), first, &mut ids, now);
    let routed = NodeView::after(
        Some(&before),
        node.clone(),
        Arc::clone(&second),
        &mut ids,
        now,
    );
    let settled = NodeView::after(Some(&routed), node, second, &mut ids, later);
    let id = |view: &NodeView| view.find("eth1").and_then(|interface| interface.id);
    assert_ne!(id(&routed), id(&settled));
    assert_eq!(Changes::between(&routed, &settled, 9), Changes::default());
}

const WANTED: &str = r#"
[[interface]]
id = 1
name = "eth0"
mtu = 1500
[[interface.network]]
id = 1
name = "Default"
assigned_by = "STATIC"
ip_ranges = ["192.0.2.1"]
dns_servers = ["192.0.2.53"]
"#;

fn host(links: Vec<LinkFacts>) -> Snapshot {
    let dns = Dns {
        servers: vec!["192.0.2.53".parse().unwrap()],
        search: Vec::new(),
    };
    Snapshot {
        dns: Reading::Current(dns),
        ..snapshot(links)
    }
}

#[test]
fn what_differs_from_what_is_wanted_is_told_when_it_begins_and_ends() {
    let other_dns = Snapshot {
        dns: Reading::Current(Dns::default()),
        ..host(vec![eth0()])
    };
    let of_kind = |facts: LinkFacts, kind: &str| {
        facts.with(|facts| facts.link.kind = LinkKind::Other(kind.into()))
    };
    let over = |facts: LinkFacts| facts.with(|facts| facts.link.lower = Some(IfIndex(2)));
    let port = || link(2, "eth0").port_of(7);
    let bridge = || of_kind(link(7, "br0"), "bridge");
    let macvlan = |facts| host(vec![link(2, "eth0"), over(of_kind(facts, "macvlan"))]);
    let pending = |why: &str| format!("eth0 is CHANGES_PENDING, was CHANGES_APPLIED: {why}");
    let no_address = |device| {
        pending(&format!(
            "network Default has no address of 192.0.2.1 on {device}"
        ))
    };
    let pairs = [
        (
            host(vec![eth0().with(|facts| facts.link.mtu = 9000)]),
            pending("the MTU of eth0 is 9000, not 1500"),
        ),
        (host(vec![link(2, "eth0")]), no_address("eth0")),
        (
            other_dns,
            pending("the host does not use the name server 192.0.2.53"),
        ),
        (host(vec![port(), bridge()]), no_address("br0")),
        (macvlan(link(8, "mv0")), no_address("eth0")),
    ];
    let as_wanted = [
        host(vec![eth0()]),
        host(vec![eth0()]),
        host(vec![eth0()]),
        host(vec![port(), bridge().address("192.0.2.1/24")]),
        macvlan(link(8, "mv0").address("192.0.2.1/24")),
    ];
    for ((other, line), good) in pairs.into_iter().zip(as_wanted) {
        let mut watch = Watch::new(WANTED, good.clone());
        assert_eq!(watch.says(other), [line]);
        let expected = ["eth0 is CHANGES_APPLIED, was CHANGES_PENDING"];
        assert_eq!(watch.says(good), expected);
    }
}

#[test]
fn a_configured_interface_is_missing_and_comes_back() {
    let mut watch = Watch::new(WANTED, host(vec![eth0()]));
    let lines = watch.says(host(vec![link(3, "eth1")]));
    assert_eq!(
        lines[..2],
        [
            "eth0 is MISSING, was UP",
            "the cable of eth0 is UNKNOWN, was CONNECTED",
        ]
    );
    assert!(lines[2].starts_with("eth0 is CHANGES_PENDING, was CHANGES_APPLIED: "));
    let back = eth0().with(|facts| facts.incarnation = 7);
    let lines = watch.says(host(vec![back]));
    assert_eq!(lines[0], "eth0 is UP, was MISSING");
    assert_eq!(lines.len(), 3);
}

#[test]
fn another_configuration_is_told_by_what_it_changes() {
    let mut watch = Watch::new("", host(vec![eth0(), link(3, "eth1")]));
    watch.node = Node::from(&Config::parse(&WANTED.replace("1500", "9000")).unwrap());
    let lines = watch.says(host(vec![eth0(), link(3, "eth1")]));
    let pending = "eth0 is CHANGES_PENDING, was CHANGES_APPLIED: the MTU of eth0 is 1500, not 9000";
    assert_eq!(lines, [pending, "eth1 is no interface, was UP"]);
}

#[test]
fn what_is_beyond_the_limit_is_counted_by_interface() {
    let hosts = [0x1_0001, DOWN].map(|bits| {
        let links = (1..=20).map(|index| flags(link(index, &format!("eth{index}")), bits));
        snapshot(links)
    });
    let [up, down] = hosts;
    let mut watch = Watch::new("", up);
    let changes = watch.then(down, 9);
    assert_eq!((changes.lines.len(), changes.more), (8, 16));
    assert_eq!(changes.lines[6], "eth4 is DOWN, was UP");
}

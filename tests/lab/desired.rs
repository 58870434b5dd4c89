//! What is wanted of a bond with VLANs, and what is so: PENDING turns to APPLIED as `ip` is
//! told one thing after another, with a sentence for each that is still missing.

use std::fs;

use serde_json::{Value, json};

use crate::support::daemon::{Daemon, Scratch};
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail};

const WANTED: &str = r#"
[[interface]]
id = 1
name = "bond0"
bonding_mode = "IEEE_8023AD"
mtu = 9000
default_gateway = "198.51.100.1"

[[interface.network]]
id = 1
name = "Default"
assigned_by = "STATIC"
ip_ranges = ["203.0.113.11-14"]
netmask = "255.255.255.0"

[[interface.network]]
id = 2
name = "storage"
assigned_by = "STATIC"
ip_ranges = ["198.51.100.11"]
floating_ip_ranges = ["198.51.100.100-120"]
netmask = "198.51.100.0/25"
vlan_id = 100
mtu = 1500

[[interface.network]]
id = 3
name = "v6"
assigned_by = "STATIC"
ip_ranges = ["2001:db8:200::11"]
netmask = "2001:db8:200::/64"
vlan_id = 200
"#;

const MODE: &str = "the bonding mode of bond0 is balance-rr, not IEEE_8023AD";
const MTU: &str = "the MTU of bond0 is 1500, not 9000";
const GATEWAY: &str = "the IPv4 default gateway of bond0 is none, not 198.51.100.1";
const ADDRESS: &str = "network Default has no address of 203.0.113.11-14 on bond0";
const VLAN_100: &str = "there is no VLAN 100 on bond0";
const VLAN_200: &str = "there is no VLAN 200 on bond0";
const MTU_100: &str = "the MTU of bond0.100 is 9000, not 1500";
const ADDRESS_100: &str = "network storage has no address of 198.51.100.11 on bond0.100";
const NETMASK_100: &str =
    "the netmask of 198.51.100.11 on bond0.100 is 198.51.100.0/24, not 198.51.100.0/25";
const ADDRESS_200: &str = "network v6 has no address of 2001:db8:200::11 on v200";

/// What `ip` is told, every sentence there is then, and which networks are as wanted.
type Step = (&'static str, &'static [&'static str], [bool; 3]);

const STEPS: &[Step] = &[
    (
        "link add bond0 type bond mode balance-rr",
        &[MODE, MTU, GATEWAY, ADDRESS, VLAN_100, VLAN_200],
        [false, false, false],
    ),
    (
        "link del bond0\nlink add bond0 type bond mode 802.3ad miimon 50\n\
         link add eth0 type veth peer name cable0\nlink set eth0 master bond0\n\
         link set cable0 up\nlink set bond0 up",
        &[MTU, GATEWAY, ADDRESS, VLAN_100, VLAN_200],
        [false, false, false],
    ),
    (
        "link set bond0 mtu 9000",
        &[GATEWAY, ADDRESS, VLAN_100, VLAN_200],
        [false, false, false],
    ),
    (
        "addr add 203.0.113.12/24 dev bond0",
        &[GATEWAY, VLAN_100, VLAN_200],
        [true, false, false],
    ),
    (
        "link add bond0.100 link bond0 type vlan id 100",
        &[GATEWAY, MTU_100, ADDRESS_100, VLAN_200],
        [true, false, false],
    ),
    (
        "link set bond0.100 mtu 1500 up",
        &[GATEWAY, ADDRESS_100, VLAN_200],
        [true, false, false],
    ),
    (
        "addr add 198.51.100.11/24 dev bond0.100",
        &[GATEWAY, NETMASK_100, VLAN_200],
        [true, false, false],
    ),
    (
        "addr del 198.51.100.11/24 dev bond0.100\naddr add 198.51.100.11/25 dev bond0.100",
        &[GATEWAY, VLAN_200],
        [true, true, false],
    ),
    (
        "link add v200 link bond0 type vlan id 200\nlink set v200 up",
        &[GATEWAY, ADDRESS_200],
        [true, true, false],
    ),
    (
        "addr add 2001:db8:200::11/64 dev v200 nodad",
        &[GATEWAY],
        [true, true, true],
    ),
    (
        "route add default via 198.51.100.1 dev bond0.100\n\
         addr add 198.51.100.101/32 dev bond0.100\naddr add 198.51.100.50/25 dev bond0.100",
        &[],
        [true, true, true],
    ),
    (
        "link del bond0.100",
        &[GATEWAY, VLAN_100],
        [true, false, true],
    ),
    (
        "link del bond0",
        &["there is no link bond0"],
        [false, false, false],
    ),
];

#[test]
#[ignore = "runs in the lab kernel"]
fn a_bond_with_vlans_becomes_as_wanted_step_by_step() -> Outcome {
    let namespace = Namespace::new()?;
    let folder = Scratch::new()?;
    let file = folder.path().join("c.toml");
    fs::write(&file, WANTED)?;
    let daemon = Daemon::start(&namespace, &["--config", &file.display().to_string()])?;
    for (told, sentences, networks) in STEPS {
        namespace.ip(told)?;
        eventually(told, || says(&daemon, sentences, *networks))?;
        if sentences.is_empty() {
            is_as_told(&daemon)?;
        }
    }
    Ok(())
}

/// Whether every version, and who looks at the code only, is told this.
fn says(daemon: &Daemon, sentences: &[&str], networks: [bool; 3]) -> Outcome {
    let reply = daemon.get("/healthz/bond0")?;
    let said = String::from_utf8(reply.body)?;
    // The state of the link is told there, too.
    let is_state = |line: &str| line.contains(", its cable ") || line == "usable";
    let lines: Vec<&str> = said.lines().filter(|line| !is_state(line)).collect();
    let word = |is_applied| if is_applied { "APPLIED" } else { "PENDING" };
    let v3 = daemon.json("/v3/network/status/1")?;
    let of_networks: Vec<&Value> = ["1", "2", "3"]
        .map(|number| &v3["network_statuses"][number]["status"])
        .to_vec();
    let found = json!([
        lines,
        daemon.document("1")?["update_status"],
        v3["managed_interface_statuses"],
        of_networks,
    ]);
    let applied = word(sentences.is_empty());
    let expected = json!([
        sentences,
        format!("CHANGES_{applied}"),
        [{"name": "bond0", "status": applied, "details": sentences.join("; ")}],
        networks.map(word),
    ]);
    if found == expected {
        Ok(())
    } else {
        fail(format!("{found:#}, not {expected:#}"))
    }
}

/// Whether the networks are what `ip` was told; 198.51.100.50 is in no range.
fn is_as_told(daemon: &Daemon) -> Outcome {
    let keys = [
        "name",
        "address",
        "floating_addresses",
        "netmask",
        "mtu",
        "vlan_id",
    ];
    let document = daemon.document("bond0")?;
    let entries = document["network_statuses"].as_array();
    let said: Value = entries
        .into_iter()
        .flatten()
        .map(|entry| Value::from(keys.map(|key| entry[key].clone()).to_vec()))
        .collect();
    let expected = json!([
        ["Default", "203.0.113.12", [], "255.255.255.0", 9000, 0],
        [
            "storage",
            "198.51.100.11",
            ["198.51.100.101"],
            "255.255.255.128",
            1500,
            100
        ],
        ["v6", "2001:db8:200::11", [], "2001:db8:200::/64", 9000, 200],
    ]);
    assert_eq!(said, expected);
    assert_eq!(document["interface_status"]["bonding_mode"], "IEEE_8023AD");
    Ok(())
}

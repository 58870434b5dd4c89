//! What is wanted of a bond with VLANs, and what is so: PENDING turns to APPLIED as `ip` is
//! told one thing after another, with a sentence for each that is still missing.

use serde_json::{Value, json};

use crate::support::configured::Difference::{
    self, Gateway, Mode, Mtu, Netmask, NoAddress, NoLink, NoVlan,
};
use crate::support::configured::{Configured, sentences};
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

const MODE: Difference = Mode("bond0", "balance-rr", "IEEE_8023AD");
const MTU: Difference = Mtu("bond0", 1500, 9000);
const GATEWAY: Difference = Gateway("bond0", "none", "198.51.100.1");
const ADDRESS: Difference = NoAddress("Default", "203.0.113.11-14", "bond0");
const VLAN_100: Difference = NoVlan(100, "bond0");
const VLAN_200: Difference = NoVlan(200, "bond0");
const MTU_100: Difference = Mtu("bond0.100", 9000, 1500);
const ADDRESS_100: Difference = NoAddress("storage", "198.51.100.11", "bond0.100");
const NETMASK_100: Difference = Netmask(
    "198.51.100.11",
    "bond0.100",
    "198.51.100.0/24",
    "198.51.100.0/25",
);
const ADDRESS_200: Difference = NoAddress("v6", "2001:db8:200::11", "v200");

/// What `ip` is told, every difference there is then, and which networks are as wanted.
type Step = (&'static str, &'static [Difference], [bool; 3]);

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
    ("link del bond0", &[NoLink("bond0")], [false, false, false]),
];

#[test]
#[ignore = "runs in the lab kernel"]
fn a_bond_with_vlans_becomes_as_wanted_step_by_step() -> Outcome {
    let namespace = Namespace::new()?;
    let node = Configured::with(&namespace, WANTED)?;
    for (told, differences, networks) in STEPS {
        namespace.ip(told)?;
        eventually(told, || says(&node, differences, *networks))?;
        if differences.is_empty() {
            is_as_told(&node)?;
        }
    }
    Ok(())
}

/// Whether every version, and who looks at the code only, is told this.
fn says(node: &Configured, differences: &[Difference], networks: [bool; 3]) -> Outcome {
    let word = |is_applied| if is_applied { "APPLIED" } else { "PENDING" };
    let v3 = node.daemon.json("/v3/network/status/1")?;
    let of_networks: Vec<&Value> = ["1", "2", "3"]
        .map(|number| &v3["network_statuses"][number]["status"])
        .to_vec();
    let found = json!([
        node.told("bond0")?,
        node.daemon.document("1")?["update_status"],
        v3["managed_interface_statuses"],
        of_networks,
    ]);
    let applied = word(differences.is_empty());
    let sentences = sentences(differences);
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
fn is_as_told(node: &Configured) -> Outcome {
    let (floating, netmask) = (["198.51.100.101"], "255.255.255.128");
    let storage = json!([
        "storage",
        "STATIC",
        "198.51.100.11",
        floating,
        netmask,
        1500,
        100
    ]);
    let expected = json!([
        [
            "Default",
            "STATIC",
            "203.0.113.12",
            [],
            "255.255.255.0",
            9000,
            0
        ],
        storage,
        [
            "v6",
            "STATIC",
            "2001:db8:200::11",
            [],
            "2001:db8:200::/64",
            9000,
            200
        ],
    ]);
    node.networks("bond0", &expected)?;
    let document = node.daemon.document("bond0")?;
    assert_eq!(document["interface_status"]["bonding_mode"], "IEEE_8023AD");
    Ok(())
}

//! `RTM_NEWLINK` and `RTM_DELLINK`.
//!
//! Layouts are those of `linux/if_link.h`.

use super::super::*;
use super::attribute;
use crate::facts::*;

/// `struct ifinfomsg` of link 7 with `flags`, then attributes.
pub(super) fn link(family: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![family, 0, 1, 0];
    bytes.extend(7_u32.to_ne_bytes());
    bytes.extend(0x1_0001_u32.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend(attributes.concat());
    bytes
}

pub(super) fn mtu(bytes: u32) -> Vec<u8> {
    attribute(libc::IFLA_MTU, &bytes.to_ne_bytes())
}

pub(super) fn operstate() -> Vec<u8> {
    attribute(libc::IFLA_OPERSTATE, &[6])
}

fn decoded_link(attributes: &[Vec<u8>]) -> (Link, u32) {
    let outcome = decode(libc::RTM_NEWLINK, &link(0, attributes));
    match outcome.decoded {
        Decoded::NewLink(link) => (*link, outcome.bad_attributes),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_link_with_everything() {
    let bond = [
        attribute(libc::IFLA_INFO_KIND, b"bond\0"),
        attribute(libc::IFLA_INFO_DATA, &attribute(1, &[4])),
    ];
    let (link, bad) = decoded_link(&[
        attribute(libc::IFLA_IFNAME, b"bond0\0"),
        mtu(9000),
        operstate(),
        attribute(libc::IFLA_ADDRESS, &[0xa6, 0x52, 0xf9, 0xb1, 0x83, 0x23]),
        attribute(libc::IFLA_PERM_ADDRESS, &[2; 6]),
        attribute(libc::IFLA_LINKINFO, &bond.concat()),
        attribute(
            libc::IFLA_PROP_LIST | 0x8000,
            &attribute(libc::IFLA_ALT_IFNAME, b"storage\0"),
        ),
        attribute(libc::IFLA_LINK, &0_u32.to_ne_bytes()),
        attribute(0x3fff, b"of a kernel to come"),
    ]);
    assert_eq!(bad, 0);
    assert_eq!(link.index, IfIndex(7));
    assert_eq!(link.name.to_string(), "bond0");
    assert_eq!(link.mtu, 9000);
    assert_eq!(link.operstate, OperState::Up);
    assert_eq!(link.mac.to_string(), "a6:52:f9:b1:83:23");
    assert_eq!(link.own_mac(), MacAddr::new(&[2; 6]));
    assert_eq!(
        link.kind,
        LinkKind::Bond {
            mode: BondMode::Ieee8023ad
        }
    );
    assert_eq!(*link.altnames, [AltName::new(b"storage")]);
    assert_eq!((link.lower, link.master), (None, None));
    assert!(link.is_connected() && !link.flags.is_loopback());
}

#[test]
fn kinds() {
    let data = |value: &[u8]| attribute(libc::IFLA_INFO_DATA, &attribute(1, value));
    let vlan = VlanId::new(100).unwrap();
    let table = [
        (
            "vlan",
            data(&100_u16.to_ne_bytes()),
            LinkKind::Vlan { id: vlan },
        ),
        (
            "vrf",
            data(&77_u32.to_ne_bytes()),
            LinkKind::Vrf { table: 77 },
        ),
        (
            "bond",
            data(&[1]),
            LinkKind::Bond {
                mode: BondMode::ActiveBackup,
            },
        ),
        (
            "bond",
            data(&[6]),
            LinkKind::Bond {
                mode: BondMode::Other(6),
            },
        ),
        ("veth", Vec::new(), LinkKind::Veth),
        ("macvlan", data(&[0; 4]), LinkKind::Other("macvlan".into())),
    ];
    for (name, data, kind) in table {
        let linkinfo = [attribute(libc::IFLA_INFO_KIND, name.as_bytes()), data].concat();
        let (link, _) = decoded_link(&[
            mtu(1500),
            operstate(),
            attribute(libc::IFLA_LINKINFO, &linkinfo),
        ]);
        assert_eq!(link.kind, kind);
    }
}

#[test]
fn what_a_bond_gives_back_to_its_port() {
    let before = attribute(4, &[2, 0, 0, 0, 0, 7]);
    let burnt_in = attribute(libc::IFLA_PERM_ADDRESS, &[6; 6]);
    let before_bond = MacAddr::new(&[2, 0, 0, 0, 0, 7]);
    let table = [
        ("bond", &before, None, before_bond, before_bond, 0),
        // The hardware's own is worth more: the other can have been set by hand.
        (
            "bond",
            &before,
            Some(&burnt_in),
            before_bond,
            MacAddr::new(&[6; 6]),
            0,
        ),
        // For a bridge the number 4 means its priority.
        ("bridge", &before, None, None, None, 0),
        ("bond", &attribute(1, &[0]), None, None, None, 0),
        ("bond", &attribute(4, &[9; 40]), None, None, None, 1),
    ];
    for (kind, data, burnt_in, before_bond, own, faults) in table {
        let linkinfo = [
            attribute(libc::IFLA_INFO_SLAVE_KIND, kind.as_bytes()),
            attribute(libc::IFLA_INFO_SLAVE_DATA, data),
        ];
        let (link, bad) = decoded_link(&[
            mtu(1500),
            operstate(),
            burnt_in.cloned().unwrap_or_default(),
            attribute(libc::IFLA_LINKINFO, &linkinfo.concat()),
        ]);
        let said = link.mac_before_bond.as_deref().copied();
        assert_eq!((said, link.own_mac()), (before_bond, own));
        assert_eq!(bad, faults);
    }
}

#[test]
fn one_bad_attribute_costs_that_attribute_only() {
    let names: [(&[u8], &str); 2] = [
        (b"b\xff\xfe\0", "b\\xff\\xfe"),
        (b"a-name-that-is-too-long\0", ""),
    ];
    for (name, shown) in names {
        let (link, bad) =
            decoded_link(&[attribute(libc::IFLA_IFNAME, name), mtu(1500), operstate()]);
        assert_eq!(link.name.to_string(), shown);
        assert_eq!((link.mtu, bad), (1500, u32::from(shown.is_empty())));
    }
    let short_mtu = attribute(libc::IFLA_MTU, &[1, 2]);
    let (link, bad) = decoded_link(&[
        short_mtu,
        operstate(),
        attribute(libc::IFLA_IFNAME, b"eth0"),
    ]);
    assert_eq!(
        (link.name.to_string().as_str(), link.mtu, bad),
        ("eth0", 0, 1)
    );
    // An attribute that is longer than the message ends the reading.
    let (link, bad) = decoded_link(&[mtu(1500), operstate(), vec![255, 255, 3, 0]]);
    assert_eq!((link.mtu, bad), (1500, 1));
}

#[test]
fn messages_that_are_no_link() {
    let full = [mtu(1500), operstate()];
    let wireless = [
        mtu(1500),
        operstate(),
        attribute(libc::IFLA_WIRELESS, &[0; 8]),
    ];
    let bridge = u8::try_from(libc::AF_BRIDGE).unwrap();
    let table = [
        (libc::RTM_NEWLINK, link(bridge, &full), Decoded::Other),
        (libc::RTM_DELLINK, link(bridge, &full), Decoded::Other),
        (
            libc::RTM_DELLINK,
            link(0, &full),
            Decoded::DelLink(IfIndex(7)),
        ),
        (libc::RTM_NEWLINK, link(0, &wireless), Decoded::Other),
        (libc::RTM_NEWLINK, link(0, &full[..1]), Decoded::Other),
        (libc::RTM_NEWLINK, link(0, &full[1..]), Decoded::Other),
        (
            libc::RTM_NEWLINK,
            vec![0; 15],
            Decoded::Bad {
                message_type: libc::RTM_NEWLINK,
            },
        ),
        (
            libc::RTM_NEWLINK,
            vec![0; 16],
            Decoded::Bad {
                message_type: libc::RTM_NEWLINK,
            },
        ),
        (9999, vec![0; 3], Decoded::Other),
    ];
    for (message_type, payload, expected) in table {
        assert_eq!(decode(message_type, &payload).decoded, expected);
    }
}

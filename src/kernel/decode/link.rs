//! `RTM_NEWLINK` and `RTM_DELLINK` to [`Link`].
//!
//! Only messages of family `AF_UNSPEC` speak of the link itself: a port that
//! leaves its bridge sends an `RTM_DELLINK` of `AF_BRIDGE` with the port's index.
//! Some `RTM_NEWLINK`s hold a part only (wireless events); they are passed over.

use super::{Decoded, each_attribute, ifindex_at, u8_at, u16_at, u32_at};
use crate::facts::{
    AltName, BondMode, IfIndex, IfName, Link, LinkFlags, LinkKind, MacAddr, OperState, VlanId,
};

/// Bytes of `struct ifinfomsg`.
const HEADER: usize = 16;
/// `ifi_family` of messages about the link itself: `AF_UNSPEC`.
const UNSPEC: u8 = 0;
// if_link.h: the first attribute of each kind's IFLA_INFO_DATA is the one kept.
const IFLA_BOND_MODE: u16 = 1;
const IFLA_VLAN_ID: u16 = 1;
const IFLA_VRF_TABLE: u16 = 1;
// if_link.h: of a bond's port, in its IFLA_INFO_SLAVE_DATA.
const IFLA_BOND_SLAVE_PERM_HWADDR: u16 = 4;

/// A link in the making, with what tells a full message from a partial one.
struct Draft {
    link: Link,
    has_mtu: bool,
    has_operstate: bool,
    is_wireless_event: bool,
}

pub(super) fn new_link(payload: &[u8], bad: &mut u32) -> Option<Decoded> {
    let attributes = payload.get(HEADER..)?;
    if u8_at(payload, 0)? != UNSPEC {
        return Some(Decoded::Other);
    }
    let mut draft = Draft::new(payload)?;
    each_attribute(attributes, bad, |kind, value, bad| {
        draft.add(kind, value, bad)
    });
    let is_full = draft.has_mtu && draft.has_operstate && !draft.is_wireless_event;
    Some(if is_full {
        Decoded::NewLink(Box::new(draft.link))
    } else {
        Decoded::Other
    })
}

pub(super) fn del_link(payload: &[u8]) -> Option<Decoded> {
    let index = ifindex_at(payload, 4)?;
    Some(if u8_at(payload, 0)? == UNSPEC {
        Decoded::DelLink(index)
    } else {
        Decoded::Other
    })
}

impl Draft {
    /// From the fields of `struct ifinfomsg`; in a full message an attribute
    /// that is absent means none.
    fn new(payload: &[u8]) -> Option<Self> {
        let link = Link {
            index: ifindex_at(payload, 4)?,
            name: IfName::new(&[])?,
            altnames: Box::default(),
            kind: LinkKind::Hardware,
            hardware: u16_at(payload, 2)?,
            flags: LinkFlags(u32_at(payload, 8)?),
            operstate: OperState::Unknown,
            mtu: 0,
            mac: MacAddr::NONE,
            permanent_mac: None,
            mac_before_bond: None,
            master: None,
            port_kind: None,
            lower: None,
            lower_namespace: None,
            carrier_changes: 0,
        };
        Some(Self {
            link,
            has_mtu: false,
            has_operstate: false,
            is_wireless_event: false,
        })
    }

    fn add(&mut self, kind: u16, value: &[u8], bad: &mut u32) -> Option<()> {
        let link = &mut self.link;
        match kind {
            libc::IFLA_IFNAME => link.name = IfName::new(value)?,
            libc::IFLA_PROP_LIST => link.altnames = altnames(value, bad),
            libc::IFLA_ADDRESS => link.mac = MacAddr::new(value)?,
            libc::IFLA_PERM_ADDRESS => link.permanent_mac = Some(MacAddr::new(value)?.into()),
            libc::IFLA_MTU => {
                self.has_mtu = true;
                link.mtu = u32_at(value, 0)?;
            }
            libc::IFLA_OPERSTATE => {
                self.has_operstate = true;
                link.operstate = u8_at(value, 0)?.into();
            }
            libc::IFLA_WIRELESS => self.is_wireless_event = true,
            libc::IFLA_MASTER => link.master = index_or_none(u32_at(value, 0)?),
            libc::IFLA_LINK => link.lower = index_or_none(u32_at(value, 0)?),
            libc::IFLA_LINK_NETNSID => {
                link.lower_namespace = Some(u32_at(value, 0)?.cast_signed());
            }
            libc::IFLA_CARRIER_CHANGES => link.carrier_changes = u32_at(value, 0)?,
            libc::IFLA_LINKINFO => self.add_linkinfo(value, bad),
            _ => {}
        }
        Some(())
    }

    fn add_linkinfo(&mut self, bytes: &[u8], bad: &mut u32) {
        let link = &mut self.link;
        each_attribute(bytes, bad, |kind, value, bad| {
            match kind {
                libc::IFLA_INFO_KIND => link.kind = kind_named(value),
                // The kernel writes the kind before the data that it explains.
                libc::IFLA_INFO_DATA => each_attribute(value, bad, |kind, value, _| {
                    add_kind_data(&mut link.kind, kind, value)
                }),
                libc::IFLA_INFO_SLAVE_KIND => link.port_kind = Some(text(value)),
                libc::IFLA_INFO_SLAVE_DATA => each_attribute(value, bad, |kind, value, _| {
                    add_port_data(link, kind, value)
                }),
                _ => {}
            }
            Some(())
        });
    }
}

/// The kind, with what its data will say still unset.
fn kind_named(name: &[u8]) -> LinkKind {
    match &*text(name) {
        "bond" => LinkKind::Bond {
            mode: BondMode::Other(0),
        },
        "vlan" => LinkKind::Vlan {
            id: VlanId::UNTAGGED,
        },
        "vrf" => LinkKind::Vrf { table: 0 },
        "veth" => LinkKind::Veth,
        other => LinkKind::Other(other.into()),
    }
}

fn add_kind_data(kind: &mut LinkKind, attribute: u16, value: &[u8]) -> Option<()> {
    match (kind, attribute) {
        (LinkKind::Bond { mode }, IFLA_BOND_MODE) => *mode = u8_at(value, 0)?.into(),
        (LinkKind::Vlan { id }, IFLA_VLAN_ID) => *id = VlanId::new(u16_at(value, 0)?)?,
        (LinkKind::Vrf { table }, IFLA_VRF_TABLE) => *table = u32_at(value, 0)?,
        _ => {}
    }
    Some(())
}

/// What a port's data says, if it is of a bond: other kinds number theirs otherwise.
fn add_port_data(link: &mut Link, attribute: u16, value: &[u8]) -> Option<()> {
    let is_in_bond = link.port_kind.as_deref() == Some("bond");
    if is_in_bond && attribute == IFLA_BOND_SLAVE_PERM_HWADDR {
        link.mac_before_bond = Some(MacAddr::new(value)?.into());
    }
    Some(())
}

/// An index attribute; tunnels say 0 for "none".
fn index_or_none(index: u32) -> Option<IfIndex> {
    (index != 0).then_some(IfIndex(index))
}

fn altnames(bytes: &[u8], bad: &mut u32) -> Box<[AltName]> {
    let mut names = Vec::new();
    each_attribute(bytes, bad, |kind, value, _| {
        if kind == libc::IFLA_ALT_IFNAME {
            names.push(AltName::new(value));
        }
        Some(())
    });
    names.into()
}

fn text(value: &[u8]) -> Box<str> {
    String::from_utf8_lossy(value.strip_suffix(&[0]).unwrap_or(value)).into()
}

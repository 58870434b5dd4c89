//! A network link as the kernel describes it in one `RTM_NEWLINK`.
//!
//! Compact values only: a node can have thousands.

use super::net::{AltName, IfIndex, IfName, MacAddr, VlanId};
use std::fmt;

/// A link of this network namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Index in this namespace. `ifi_index`.
    pub index: IfIndex,
    /// Name. `IFLA_IFNAME`.
    pub name: IfName,
    /// Alternative names. `IFLA_PROP_LIST`, `IFLA_ALT_IFNAME`.
    pub altnames: Box<[AltName]>,
    /// What drives it, with what only that kind has. `IFLA_LINKINFO`.
    pub kind: LinkKind,
    /// Hardware type, `ARPHRD_*` of `if_arp.h`. `ifi_type`.
    pub hardware: u16,
    /// Flags. `ifi_flags`.
    pub flags: LinkFlags,
    /// State of operation (RFC 2863). `IFLA_OPERSTATE`.
    pub operstate: OperState,
    /// Maximum transfer unit in bytes. `IFLA_MTU`.
    pub mtu: u32,
    /// Link-layer address in use. `IFLA_ADDRESS`.
    pub mac: MacAddr,
    /// Link-layer address burnt into the hardware. `IFLA_PERM_ADDRESS`.
    // Few links have these two, and a MAC has room for 32 bytes.
    pub permanent_mac: Option<Box<MacAddr>>,
    /// Link-layer address that a bond gives back to this port of its when it leaves.
    /// `IFLA_BOND_SLAVE_PERM_HWADDR`.
    pub mac_before_bond: Option<Box<MacAddr>>,
    /// The bond, bridge, VRF or other link it is a port of. `IFLA_MASTER`.
    pub master: Option<IfIndex>,
    /// What it is a port of, by kind (`bond`, `bridge`, `openvswitch`).
    /// `IFLA_INFO_SLAVE_KIND`.
    pub port_kind: Option<Box<str>>,
    /// The link below (VLAN, macvlan) or the peer (veth); an index in the
    /// namespace [`lower_namespace`](Self::lower_namespace), if that is set.
    /// `IFLA_LINK`.
    pub lower: Option<IfIndex>,
    /// Id of the other namespace that `lower` lives in. `IFLA_LINK_NETNSID`.
    pub lower_namespace: Option<i32>,
    /// How often carrier came or went. `IFLA_CARRIER_CHANGES`.
    pub carrier_changes: u32,
}

impl Link {
    /// Whether frames can pass now: administratively up and with carrier.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.flags.is_up() && self.flags.has_carrier()
    }

    /// Whether it is made of other links, or on top of one; a veth's peer is not
    /// below it.
    #[must_use]
    pub fn is_stacked(&self) -> bool {
        match &self.kind {
            LinkKind::Hardware | LinkKind::Veth => false,
            LinkKind::Bond { .. } | LinkKind::Vlan { .. } | LinkKind::Vrf { .. } => true,
            LinkKind::Other(kind) => {
                self.lower.is_some() || matches!(kind.as_ref(), "bridge" | "team" | "openvswitch")
            }
        }
    }

    /// Link-layer address that stays its own in a bond, which lends all ports one:
    /// the one burnt in, else the one it came with.
    #[must_use]
    pub fn own_mac(&self) -> Option<MacAddr> {
        let own = self
            .permanent_mac
            .as_ref()
            .or(self.mac_before_bond.as_ref());
        own.map(|mac| **mac)
    }

    /// VLAN id of its frames; untagged if it is no VLAN link.
    #[must_use]
    pub fn vlan_id(&self) -> VlanId {
        match self.kind {
            LinkKind::Vlan { id } => id,
            _ => VlanId::UNTAGGED,
        }
    }
}

/// What a link is. `IFLA_INFO_KIND`, with what counts of `IFLA_INFO_DATA`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// No kind: hardware (physical, virtio) and loopback.
    Hardware,
    /// `bond`.
    Bond {
        /// `IFLA_BOND_MODE`.
        mode: BondMode,
    },
    /// `vlan`: 802.1Q or 802.1ad on top of another link.
    Vlan {
        /// `IFLA_VLAN_ID`.
        id: VlanId,
    },
    /// `vrf`: a routing domain.
    Vrf {
        /// Routing table of the domain. `IFLA_VRF_TABLE`.
        table: u32,
    },
    /// `veth`: one end of a virtual cable.
    Veth,
    /// Any other kind, by the kernel's word.
    Other(Box<str>),
}

/// Mode of a bond. `IFLA_BOND_MODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BondMode {
    /// Mode 1, `active-backup`.
    ActiveBackup,
    /// Mode 4, `802.3ad`.
    Ieee8023ad,
    /// Another mode, by the kernel's number.
    Other(u8),
}

/// As the vendor's API says it; other modes as `ip` does.
impl fmt::Display for BondMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ActiveBackup => "ACTIVE_BACKUP",
            Self::Ieee8023ad => "IEEE_8023AD",
            Self::Other(0) => "balance-rr",
            Self::Other(2) => "balance-xor",
            Self::Other(3) => "broadcast",
            Self::Other(5) => "balance-tlb",
            Self::Other(6) => "balance-alb",
            Self::Other(mode) => return write!(f, "{mode}"),
        })
    }
}

impl From<u8> for BondMode {
    fn from(mode: u8) -> Self {
        match mode {
            1 => Self::ActiveBackup,
            4 => Self::Ieee8023ad,
            other => Self::Other(other),
        }
    }
}

/// Whether a link sends and receives at a time, or in turn. `DUPLEX_*` of `ethtool.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplex {
    /// Both at a time.
    Full,
    /// In turn.
    Half,
}

/// Flags of a link. `IFF_*` of `netdevice(7)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFlags(pub u32);

impl LinkFlags {
    const UP: u32 = 1;
    const LOOPBACK: u32 = 1 << 3;
    const LOWER_UP: u32 = 1 << 16;

    /// Administratively up. `IFF_UP`.
    #[must_use]
    pub fn is_up(self) -> bool {
        self.0 & Self::UP != 0
    }

    /// Carrier, layer 1 is up. `IFF_LOWER_UP`.
    #[must_use]
    pub fn has_carrier(self) -> bool {
        self.0 & Self::LOWER_UP != 0
    }

    /// The loopback link. `IFF_LOOPBACK`.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        self.0 & Self::LOOPBACK != 0
    }
}

/// State of operation, RFC 2863 `ifOperStatus`. `IFLA_OPERSTATE`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OperState {
    /// The driver does not say. `IF_OPER_UNKNOWN`, and any value not in the RFC.
    #[default]
    Unknown,
    /// `IF_OPER_NOTPRESENT`.
    NotPresent,
    /// `IF_OPER_DOWN`.
    Down,
    /// `IF_OPER_LOWERLAYERDOWN`: a link below is down.
    LowerLayerDown,
    /// `IF_OPER_TESTING`.
    Testing,
    /// `IF_OPER_DORMANT`: waits for an external event, such as 802.1X.
    Dormant,
    /// `IF_OPER_UP`.
    Up,
}

impl From<u8> for OperState {
    fn from(state: u8) -> Self {
        match state {
            1 => Self::NotPresent,
            2 => Self::Down,
            3 => Self::LowerLayerDown,
            4 => Self::Testing,
            5 => Self::Dormant,
            6 => Self::Up,
            _ => Self::Unknown,
        }
    }
}

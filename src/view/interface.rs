//! One interface of the node, judged.

use super::cloud::{self, CloudDifference};
use super::drift::{self, Difference};
use super::gateways::GatewayView;
use super::networks::{self, NetworkView};
use crate::facts::{
    BondMode, CloudNic, IfIndex, InterfaceId, Link, LinkFacts, LinkKind, MacAddr, OperState,
    Snapshot,
};
use std::fmt;

/// An interface with its networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceView {
    /// Its number; `None` if it is shown by name only.
    pub id: Option<InterfaceId>,
    /// The link it is.
    pub index: IfIndex,
    /// The link's name; bytes that are not UTF-8 as `\xNN`.
    pub name: String,
    /// State of operation.
    pub state: InterfaceState,
    /// Whether a cable is plugged in.
    pub cable: Cable,
    /// Speed in Mb/s; `None` if unknown, down or without carrier.
    pub speed_mbps: Option<u32>,
    /// Link-layer address in use.
    pub mac: MacAddr,
    /// Maximum transfer unit in bytes.
    pub mtu: u32,
    /// Mode, if it is a bond.
    pub bonding_mode: Option<BondMode>,
    /// Default gateways.
    pub gateways: GatewayView,
    /// Networks; at least one.
    pub networks: Vec<NetworkView>,
    /// What is not as it should be.
    pub differences: Vec<Difference>,
    /// The cloud's NIC it stands on, if there is exactly one.
    pub cloud_nic: Option<CloudNic>,
    /// Where that NIC and the host differ.
    pub cloud_differences: Vec<CloudDifference>,
}

/// State of operation of an interface, RFC 2863; displayed as `ip` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceState {
    /// Passes packets.
    Up,
    /// Administratively or physically down.
    Down,
    /// The driver does not say.
    Unknown,
    /// A part is missing.
    NotPresent,
    /// A link below is down.
    LowerLayerDown,
    /// In a test.
    Testing,
    /// Waits for an external event.
    Dormant,
}

/// Whether a cable is plugged in, as carrier tells; displayed in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// Carrier.
    Connected,
    /// No carrier.
    Disconnected,
    /// Administratively down: nobody looks.
    Unknown,
}

impl fmt::Display for InterfaceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Up => "UP",
            Self::Down => "DOWN",
            Self::Unknown => "UNKNOWN",
            Self::NotPresent => "NOTPRESENT",
            Self::LowerLayerDown => "LOWERLAYERDOWN",
            Self::Testing => "TESTING",
            Self::Dormant => "DORMANT",
        })
    }
}

impl fmt::Display for Cable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Connected => "CONNECTED",
            Self::Disconnected => "DISCONNECTED",
            Self::Unknown => "UNKNOWN",
        })
    }
}

impl InterfaceView {
    /// Judges the interface of `devices`, its own link first. `None` if that is
    /// not in `snapshot`.
    pub(super) fn of(
        id: Option<InterfaceId>,
        devices: &[IfIndex],
        snapshot: &Snapshot,
    ) -> Option<Self> {
        let devices: Vec<&LinkFacts> = devices
            .iter()
            .filter_map(|index| snapshot.link(*index))
            .map(AsRef::as_ref)
            .collect();
        let own = *devices.first()?;
        let networks = networks::derive(&devices, snapshot);
        let cloud_nic = cloud::nic(own, snapshot);
        let differ = |nic| cloud::differences(own, nic, snapshot);
        let link = &own.link;
        Some(Self {
            id,
            index: link.index,
            name: link.name.to_string(),
            state: state(link),
            cable: cable(link),
            speed_mbps: speed(own),
            mac: link.mac,
            mtu: link.mtu,
            bonding_mode: bonding_mode(link),
            gateways: GatewayView::choose(&devices),
            differences: drift::find(&devices, &networks),
            networks,
            cloud_differences: cloud_nic.map(differ).unwrap_or_default(),
            cloud_nic: cloud_nic.cloned(),
        })
    }

    /// Whether packets can pass, for probes: up, or of unknown state with carrier.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        match self.state {
            InterfaceState::Up => true,
            InterfaceState::Unknown => self.cable == Cable::Connected,
            _ => false,
        }
    }
}

fn state(link: &Link) -> InterfaceState {
    if !link.flags.is_up() {
        return InterfaceState::Down;
    }
    match link.operstate {
        OperState::Unknown => InterfaceState::Unknown,
        OperState::NotPresent => InterfaceState::NotPresent,
        OperState::Down => InterfaceState::Down,
        OperState::LowerLayerDown => InterfaceState::LowerLayerDown,
        OperState::Testing => InterfaceState::Testing,
        OperState::Dormant => InterfaceState::Dormant,
        OperState::Up => InterfaceState::Up,
    }
}

fn cable(link: &Link) -> Cable {
    match (link.flags.is_up(), link.flags.has_carrier()) {
        (false, _) => Cable::Unknown,
        (true, true) => Cable::Connected,
        (true, false) => Cable::Disconnected,
    }
}

fn speed(facts: &LinkFacts) -> Option<u32> {
    // A veth that is down still has a speed; it is no use.
    let speed = facts.speed.value().filter(|_| facts.link.is_connected());
    speed.copied()
}

fn bonding_mode(link: &Link) -> Option<BondMode> {
    match link.kind {
        LinkKind::Bond { mode } => Some(mode),
        _ => None,
    }
}

//! One interface of the node, judged.
//!
//! Derived from the kernel alone, or as configured; one that is configured and absent is
//! missing.

use super::cloud::{self, CloudDifference};
use super::drift::{self, Difference};
use super::gateways::GatewayView;
use super::networks::{self, NetworkView};
use super::selected::Configured;
use crate::config::DesiredInterface;
use crate::facts::{
    BondMode, CloudNic, Dns, Duplex, IfIndex, InterfaceId, Link, LinkFacts, LinkKind, MacAddr,
    OperState, Snapshot,
};
use std::fmt;
use std::sync::Arc;

/// An interface with its networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceView {
    /// Its number; `None` if it is shown by name only.
    pub id: Option<InterfaceId>,
    /// The link it is; `None` if that is not here.
    pub index: Option<IfIndex>,
    /// The link's name, bytes that are not UTF-8 as `\xNN`; if that is not here,
    /// what it was to be found by.
    pub name: String,
    /// State of operation.
    pub state: InterfaceState,
    /// Whether a cable is plugged in.
    pub cable: Cable,
    /// Speed in Mb/s; `None` if unknown, down or without carrier.
    pub speed_mbps: Option<u32>,
    /// Duplex mode; `None` if unknown, down or without carrier.
    pub duplex: Option<Duplex>,
    /// Link-layer address in use.
    pub mac: MacAddr,
    /// Maximum transfer unit in bytes.
    pub mtu: u32,
    /// Mode, if it is a bond.
    pub bonding_mode: Option<BondMode>,
    /// Default gateways.
    pub gateways: GatewayView,
    /// What is wanted of it, if it is configured.
    pub desired: Option<Arc<DesiredInterface>>,
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
    /// Configured, but not here.
    Missing,
}

/// Whether a cable is plugged in, as carrier tells; displayed in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// Carrier.
    Connected,
    /// No carrier.
    Disconnected,
    /// Administratively down, or not here: nobody looks.
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
            Self::Missing => "MISSING",
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
    /// Judges the interface of `devices`, its own link first, which nobody has
    /// configured. `None` if that is not in `snapshot`.
    pub(super) fn derived(
        id: Option<InterfaceId>,
        devices: &[IfIndex],
        snapshot: &Snapshot,
    ) -> Option<Self> {
        let devices = facts(devices, snapshot);
        let own = *devices.first()?;
        let networks = networks::derive(&devices, snapshot);
        Some(Self {
            id,
            gateways: GatewayView::choose(&devices),
            differences: [
                drift::of_derived(&devices, &networks),
                drift::of_setup(&devices, &networks, snapshot),
            ]
            .concat(),
            networks,
            ..Self::of_link(own, snapshot)
        })
    }

    /// Judges the interface that is `configured`.
    pub(super) fn configured(configured: &Configured, snapshot: &Snapshot) -> Self {
        let desired = &configured.desired;
        let devices = facts(&configured.devices, snapshot);
        let own = devices.first().copied();
        let matches = networks::configured::find(desired, own, snapshot);
        let views = matches.iter().map(|found| found.view(own, snapshot));
        let mut networks: Vec<NetworkView> = views.collect();
        let Some(own) = own else {
            if networks.is_empty() {
                networks.push(NetworkView::of_nothing(dns(snapshot).clone()));
            }
            return Self::missing(configured, networks);
        };
        // A network may be on a bridge that a VLAN is a port of.
        let mut ways = devices.clone();
        let elsewhere = matches.iter().filter_map(|found| found.device);
        for device in elsewhere {
            if !ways.iter().any(|way| way.link.index == device.link.index) {
                ways.push(device);
            }
        }
        let gateways = GatewayView::choose(&ways);
        let mut differences =
            drift::of_interface(desired, &own.link, gateways, configured.shared_with);
        for (position, (found, view)) in matches.iter().zip(&networks).enumerate() {
            differences.extend(drift::of_network(position, found, &own.link, &view.dns));
        }
        if networks.is_empty() {
            networks = networks::derive(&devices, snapshot);
            differences.extend(drift::of_derived(&devices, &networks));
        }
        differences.extend(drift::of_setup(&ways, &networks, snapshot));
        Self {
            id: Some(desired.id),
            gateways,
            desired: Some(Arc::clone(desired)),
            networks,
            differences,
            ..Self::of_link(own, snapshot)
        }
    }

    /// What `own` says of an interface, networks and gateways aside.
    fn of_link(own: &LinkFacts, snapshot: &Snapshot) -> Self {
        let link = &own.link;
        let cloud_nic = cloud::nic(own, snapshot);
        let differ = |nic| cloud::differences(own, nic, snapshot);
        Self {
            id: None,
            index: Some(link.index),
            name: link.name.to_string(),
            state: state(link),
            cable: cable(link),
            speed_mbps: speed(own),
            duplex: own.duplex.filter(|_| link.is_connected()),
            mac: link.mac,
            mtu: link.mtu,
            bonding_mode: bonding_mode(link),
            gateways: GatewayView::default(),
            desired: None,
            networks: Vec::new(),
            differences: Vec::new(),
            cloud_differences: cloud_nic.map(differ).unwrap_or_default(),
            cloud_nic: cloud_nic.cloned(),
        }
    }

    /// An interface whose link is not here.
    fn missing(configured: &Configured, networks: Vec<NetworkView>) -> Self {
        let desired = &configured.desired;
        Self {
            id: Some(desired.id),
            index: None,
            name: desired.selector.to_string(),
            state: InterfaceState::Missing,
            cable: Cable::Unknown,
            speed_mbps: None,
            duplex: None,
            mac: MacAddr::NONE,
            mtu: 0,
            bonding_mode: None,
            gateways: GatewayView::default(),
            desired: Some(Arc::clone(desired)),
            networks,
            differences: drift::of_missing(desired),
            cloud_nic: None,
            cloud_differences: Vec::new(),
        }
    }

    /// Whether nothing differs from what is wanted.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        !self.differences.iter().any(Difference::is_of_wanted)
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

/// The facts of those of `devices` that are here.
pub(super) fn facts<'a>(devices: &[IfIndex], snapshot: &'a Snapshot) -> Vec<&'a LinkFacts> {
    let facts = devices.iter().filter_map(|index| snapshot.link(*index));
    facts.map(AsRef::as_ref).collect()
}

/// What the host's resolver uses; nothing if that is not known.
pub(super) fn dns(snapshot: &Snapshot) -> &Dns {
    static NONE: Dns = Dns {
        servers: Vec::new(),
        search: Vec::new(),
    };
    snapshot.dns.value().unwrap_or(&NONE)
}

pub(super) fn state(link: &Link) -> InterfaceState {
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

pub(super) fn cable(link: &Link) -> Cable {
    match (link.flags.is_up(), link.flags.has_carrier()) {
        (false, _) => Cable::Unknown,
        (true, true) => Cable::Connected,
        (true, false) => Cable::Disconnected,
    }
}

pub(super) fn speed(facts: &LinkFacts) -> Option<u32> {
    // A veth that is down still has a speed; it is no use.
    let speed = facts.speed.value().filter(|_| facts.link.is_connected());
    speed.copied()
}

pub(super) fn bonding_mode(link: &Link) -> Option<BondMode> {
    match link.kind {
        LinkKind::Bond { mode } => Some(mode),
        _ => None,
    }
}

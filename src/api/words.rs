//! The words and shapes that the versions share.
//!
//! One place for each, so that no two versions can differ in it.

use crate::facts::{BondMode, MacAddr, NameServer, Subnet};
use crate::kernel::counters::Sample;
use crate::view::{Cable, InterfaceState, InterfaceView, Origin};
use serde::{Serialize, Serializer};
use std::fmt::Display;
use std::net::IpAddr;

/// Whether the network is as wanted: `update_status`.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum UpdateStatus {
    ChangesApplied,
    ChangesPending,
    Unavailable,
}

/// The numbers that differ with every request, as numbers or as gaps for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<N = Decimal> {
    pub(super) sent: N,
    pub(super) received: N,
    pub(super) taken: N,
}

impl From<Sample> for Counted {
    fn from(sample: Sample) -> Self {
        let Sample {
            sent,
            received,
            taken,
        } = sample;
        Self {
            sent: Decimal(sent),
            received: Decimal(received),
            taken: Decimal(taken),
        }
    }
}

impl Counted<()> {
    /// Nothing, where numbers will be.
    pub(super) fn gaps() -> Self {
        Self {
            sent: (),
            received: (),
            taken: (),
        }
    }
}

/// A 64 bit number, which JSON's readers may not hold: text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal(u64);

impl Decimal {
    /// Adds its digits to `text`.
    pub(super) fn append_to(self, text: &mut Vec<u8>) {
        // A number can always be written to a Vec.
        let _ = serde_json::to_writer(text, &self.0);
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What a link is like now: `interface_details` and `network_details`.
#[derive(Debug, Serialize)]
pub(super) struct Details<N = Decimal> {
    pub(super) speed: u32,
    pub(super) bytes_sent: N,
    pub(super) bytes_received: N,
    #[serde(serialize_with = "as_text")]
    pub(super) cable_status: Cable,
    #[serde(serialize_with = "as_text")]
    pub(super) interface_status: InterfaceState,
    #[serde(serialize_with = "as_text")]
    pub(super) mac_address: MacAddr,
    pub(super) timestamp: N,
}

impl<N> Details<N> {
    /// Of `interface` with the byte counters `counted`.
    pub(super) fn new(interface: &InterfaceView, counted: Counted<N>) -> Self {
        let Counted {
            sent,
            received,
            taken,
        } = counted;
        Self {
            speed: interface.speed_mbps.unwrap_or(0),
            bytes_sent: sent,
            bytes_received: received,
            cable_status: interface.cable,
            interface_status: interface.state,
            mac_address: interface.mac,
            timestamp: taken,
        }
    }
}

pub(super) fn update_status(is_applied: bool, is_stale: bool) -> UpdateStatus {
    match (is_stale, is_applied) {
        (true, _) => UpdateStatus::Unavailable,
        (false, false) => UpdateStatus::ChangesPending,
        (false, true) => UpdateStatus::ChangesApplied,
    }
}

/// The schema has words for two modes; other bonds go without.
pub(super) fn bonding_word(mode: BondMode) -> Option<&'static str> {
    match mode {
        BondMode::ActiveBackup => Some("ACTIVE_BACKUP"),
        BondMode::Ieee8023ad => Some("IEEE_8023AD"),
        BondMode::Other(_) => None,
    }
}

/// The schema has no word for SLAAC: the network assigned it, so `DHCP`.
pub(super) fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Dhcp | Origin::Slaac => "DHCP",
        Origin::LinkLocal => "LINK_LOCAL",
        Origin::Static => "STATIC",
    }
}

pub(super) fn as_text<S: Serializer>(
    value: &impl Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

// Serde writes an address several times faster than its own Display does.
#[expect(clippy::ref_option, reason = "the shape that serde wants")]
pub(super) fn or_empty<S: Serializer>(
    value: &Option<IpAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(address) => address.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
pub(super) fn netmask_or_empty<S: Serializer>(
    value: &Option<Subnet>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(subnet) = value else {
        return serializer.serialize_str("");
    };
    match subnet.mask_v4() {
        Some(mask) => mask.serialize(serializer),
        None => serializer.collect_str(subnet),
    }
}

pub(super) fn servers<S: Serializer>(
    servers: &[NameServer],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(servers.iter().map(Server))
}

struct Server<'a>(&'a NameServer);

impl Serialize for Server<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            NameServer {
                address,
                zone: None,
            } => address.serialize(serializer),
            with_zone => serializer.collect_str(with_zone),
        }
    }
}

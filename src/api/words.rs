//! The words and shapes that the versions share.
//!
//! One place for each, so that no two versions can differ in it.

use crate::facts::{BondMode, MacAddr};
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

/// What a link is like now: `interface_details` and `network_details`.
#[derive(Debug, Serialize)]
pub(super) struct Details {
    pub(super) speed: u32,
    #[serde(serialize_with = "as_text")]
    pub(super) bytes_sent: u64,
    #[serde(serialize_with = "as_text")]
    pub(super) bytes_received: u64,
    #[serde(serialize_with = "as_text")]
    pub(super) cable_status: Cable,
    #[serde(serialize_with = "as_text")]
    pub(super) interface_status: InterfaceState,
    #[serde(serialize_with = "as_text")]
    pub(super) mac_address: MacAddr,
    #[serde(serialize_with = "as_text")]
    pub(super) timestamp: u64,
}

impl Details {
    /// Of `interface` with the byte counters `sample`.
    pub(super) fn new(interface: &InterfaceView, sample: Sample) -> Self {
        let Sample {
            sent,
            received,
            taken,
        } = sample;
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

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
pub(super) fn or_empty<S: Serializer>(
    value: &Option<IpAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(""),
    }
}

pub(super) fn all_as_text<S: Serializer>(
    values: &&[impl Display],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}

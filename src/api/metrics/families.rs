//! The families of metrics that have a sample for each interface.
//!
//! A family is a name, a help text, a type, and how its sample is had from an interface.

use super::text::Escaped;
use crate::facts::Duplex;
use crate::kernel::counters::Sample;
use crate::view::{Cable, InterfaceView};
use std::fmt;

/// One family.
pub(super) struct Family {
    pub(super) name: &'static str,
    /// `gauge` or `counter`.
    pub(super) kind: &'static str,
    pub(super) help: &'static str,
    /// Its samples of an interface.
    pub(super) values: fn(&InterfaceView, &Sample) -> Values,
}

/// Samples, each with the labels that only it has.
type Values = [Option<(&'static str, u64)>; 2];

/// Bytes in a megabit.
const MEGABIT: u64 = 1_000_000 / 8;

pub(super) const FAMILIES: [Family; 9] = [
    Family {
        name: "netstatusd_interface_up",
        kind: "gauge",
        help: "1 if packets can pass: up, or of unknown state with carrier.",
        values: |interface, _| one(interface.is_usable().into()),
    },
    Family {
        name: "netstatusd_interface_carrier",
        kind: "gauge",
        help: "1 if a cable is plugged in; no sample while administratively down.",
        values: |interface, _| match interface.cable {
            Cable::Connected => one(1),
            Cable::Disconnected => one(0),
            Cable::Unknown => [None; 2],
        },
    },
    Family {
        name: "netstatusd_interface_speed_bytes_per_second",
        kind: "gauge",
        help: "Speed as the driver says; no sample while it is unknown.",
        values: |interface, _| {
            let speed = interface.speed_mbps.map(u64::from);
            [speed.map(|mbps| ("", mbps * MEGABIT)), None]
        },
    },
    Family {
        name: "netstatusd_interface_info",
        kind: "gauge",
        help: "Always 1; the label is the duplex mode as the driver says; \
               no sample while that is unknown.",
        values: |interface, _| match interface.duplex {
            Some(Duplex::Full) => [Some((",duplex=\"full\"", 1)), None],
            Some(Duplex::Half) => [Some((",duplex=\"half\"", 1)), None],
            None => [None; 2],
        },
    },
    Family {
        name: "netstatusd_interface_mtu_bytes",
        kind: "gauge",
        help: "Maximum transfer unit.",
        values: |interface, _| one(interface.mtu.into()),
    },
    Family {
        name: "netstatusd_interface_sent_bytes_total",
        kind: "counter",
        help: "Bytes sent; no sample if they could never be read.",
        values: |_, sample| counted(sample, sample.sent),
    },
    Family {
        name: "netstatusd_interface_received_bytes_total",
        kind: "counter",
        help: "Bytes received; no sample if they could never be read.",
        values: |_, sample| counted(sample, sample.received),
    },
    Family {
        name: "netstatusd_interface_changes_pending",
        kind: "gauge",
        help: "1 if the interface is not, or not yet, as it should be.",
        values: |interface, _| one((!interface.is_applied()).into()),
    },
    Family {
        name: "netstatusd_interface_gateway",
        kind: "gauge",
        help: "1 if the interface has a default gateway of this family.",
        values: |interface, _| {
            let gateways = interface.gateways;
            [
                Some((",family=\"ipv4\"", gateways.ipv4.is_some().into())),
                Some((",family=\"ipv6\"", gateways.ipv6.is_some().into())),
            ]
        },
    },
];

fn one(value: u64) -> Values {
    [Some(("", value)), None]
}

fn counted(sample: &Sample, bytes: u64) -> Values {
    [Some(("", bytes)).filter(|_| sample.is_known()), None]
}

/// The labels that tell an interface.
pub(super) struct Labels<'a>(&'a InterfaceView);

impl<'a> Labels<'a> {
    pub(super) fn of(interface: &'a InterfaceView) -> Self {
        Self(interface)
    }
}

impl fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("id=\"")?;
        // Only listed interfaces are here, and they have one.
        if let Some(id) = self.0.id {
            write!(f, "{id}")?;
        }
        write!(f, "\",name=\"{}\"", Escaped(&self.0.name))
    }
}

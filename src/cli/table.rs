//! `netstatusd show` for people: a line per interface, a line per network.
//!
//! What cannot be printed is escaped.

use crate::view::{InterfaceView, NetworkView, Origin, sentences};
use std::fmt::Write;

const UNKNOWN: &str = "-";

/// The interfaces as a table with aligned columns.
pub(super) fn render(interfaces: &[&InterfaceView]) -> String {
    let head = [
        "ID",
        "INTERFACE",
        "STATE",
        "CABLE",
        "MB/S",
        "MTU",
        "MAC",
        "GATEWAY",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(
        interfaces
            .iter()
            .map(|interface| interface_cells(interface)),
    );
    let interfaces_table = align(&lines);
    let head = [
        "INTERFACE",
        "NETWORK",
        "ADDRESS",
        "NETMASK",
        "BY",
        "VLAN",
        "MTU",
        "FLOATING",
    ];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for interface in interfaces {
        let networks = interface.networks.iter();
        lines.extend(networks.map(|network| network_cells(interface, network)));
    }
    let mut text = interfaces_table + "\n" + &align(&lines);
    let differences = interfaces
        .iter()
        .flat_map(|interface| sentences(&interface.differences));
    for (position, difference) in differences.enumerate() {
        let gap = if position == 0 { "\n" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{gap}{difference}");
    }
    text
}

fn interface_cells(interface: &InterfaceView) -> Vec<String> {
    let gateways = interface.gateways;
    vec![
        or_unknown(interface.id),
        printable(&interface.name),
        interface.state.to_string(),
        interface.cable.to_string(),
        or_unknown(interface.speed_mbps),
        interface.mtu.to_string(),
        or_unknown(Some(interface.mac.to_string()).filter(|mac| !mac.is_empty())),
        joined(gateways.ipv4.iter().chain(&gateways.ipv6)),
    ]
}

fn network_cells(interface: &InterfaceView, network: &NetworkView) -> Vec<String> {
    let origin = match network.origin {
        Origin::Dhcp => "dhcp",
        Origin::Slaac => "slaac",
        Origin::LinkLocal => "link-local",
        Origin::Static => "static",
    };
    vec![
        printable(&interface.name),
        printable(&network.name),
        or_unknown(network.address),
        or_unknown(network.subnet.map(|subnet| subnet.netmask())),
        origin.to_owned(),
        network.vlan_id.get().to_string(),
        network.mtu.to_string(),
        joined(&network.floating),
    ]
}

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

fn joined<T: ToString>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    or_unknown(Some(values.join(" ")).filter(|text| !text.is_empty()))
}

/// A name may hold what would command a terminal.
fn printable(name: &str) -> String {
    let escape = |c: char| {
        if c.is_control() {
            c.escape_default().collect()
        } else {
            c.to_string()
        }
    };
    name.chars().map(escape).collect()
}

fn align(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths);
        let padded: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text.push_str(padded.join("  ").trim_end());
        text.push('\n');
    }
    text
}

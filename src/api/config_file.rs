//! A configuration file that wants of a node what the node has now, with comments
//! for who goes on from there. [`config`](crate::config) accepts it.
//!
//! It is text, so that it can have the comments of a person who explains.

use super::words::{bonding_word, origin_word};
use crate::config::Netmask;
use crate::view::{InterfaceView, NodeView, NumberedNetwork, Origin, What};
use std::collections::HashSet;
use std::fmt::{self, Display, Write};
use std::net::IpAddr;

/// What a file's MTU can be; loopback has more.
const MTU: std::ops::RangeInclusive<u32> = 68..=65_535;

const HEAD: &str = "\
# The configuration of netstatusd, made from what this node has now.
# `netstatusd config check FILE` tells everything that is wrong with it, and SIGHUP
# (`systemctl reload netstatusd`) makes a running daemon read it again.
# What is left out is left to the host; what is here and not so is CHANGES_PENDING.
";

const SERVER: &str = r#"
# [server]
# listen = ["127.0.0.1:7780", "unix:/run/netstatusd/rest.sock"]    # the defaults
# socket_mode = "0660"
# socket_group = "storage"

# [cloud]
# provider = "auto"           # auto, aws, azure, gcp or none
"#;

const INTERFACES: &str = "
# If there is any [[interface]], exactly those are served. `name` is a kernel name or
# an altname; mac = \"...\" in its place finds the link by its address.
";

const NETWORKS: &str = r#"
# A network's own address is the one in ip_ranges ("10.0.0.11-14", "10.0.0.0/24"; none
# with DHCP or LINK_LOCAL), its floating ones are those here in floating_ip_ranges.
# An address in no range is no network's.
"#;

/// The file of `node`.
#[must_use]
pub fn write(node: &NodeView) -> String {
    let mut file = HEAD.to_owned();
    // Writing to a String cannot fail.
    let _ = write_node(&mut file, node);
    file
}

fn write_node(file: &mut String, node: &NodeView) -> fmt::Result {
    writeln!(file, "\n[node]\nid = {}", node.id())?;
    writeln!(
        file,
        "# name = {}    # default: the host's name",
        Text(node.name())
    )?;
    file.push_str(SERVER);
    let networks = node.networks();
    for (position, interface) in node.interfaces().enumerate() {
        file.push_str(if position == 0 { INTERFACES } else { "\n" });
        write_interface(file, interface)?;
        let own = networks
            .iter()
            .filter(|network| network.interface.id == interface.id);
        let mut claimed = HashSet::new();
        // An address with several prefixes has a network for each, but one for its peers.
        let mut is_new = |own: &&NumberedNetwork| {
            own_address(own).is_none_or(|address| claimed.insert((address, netmask(own))))
        };
        let own = own
            .filter(|own| has_addresses(own))
            .filter(|own| is_new(own));
        for (count, network) in own.enumerate() {
            let is_first = position == 0 && count == 0;
            file.push_str(if is_first { NETWORKS } else { "\n" });
            write_network(file, network)?;
        }
    }
    Ok(())
}

/// Of a network without any there is nothing to want.
fn has_addresses(numbered: &NumberedNetwork) -> bool {
    own_address(numbered).is_some() || !numbered.network.floating.is_empty()
}

/// The node's own address, or the one it would have but for another host.
fn own_address(numbered: &NumberedNetwork) -> Option<IpAddr> {
    let differences = numbered.interface.differences.iter();
    let mut duplicates = differences.filter(|difference| {
        difference.what == What::Duplicate && difference.network == Some(numbered.position)
    });
    let duplicate = || duplicates.next()?.wanted.parse().ok();
    numbered.network.address.or_else(duplicate)
}

fn write_interface(file: &mut String, interface: &InterfaceView) -> fmt::Result {
    let id = interface.id.map_or(0, |id| id.0);
    writeln!(
        file,
        "[[interface]]\nid = {id}\nname = {}",
        Text(&interface.name)
    )?;
    if let Some(mode) = interface.bonding_mode.and_then(bonding_word) {
        writeln!(file, "bonding_mode = {}", Text(mode))?;
    }
    if MTU.contains(&interface.mtu) {
        writeln!(file, "mtu = {}", interface.mtu)?;
    }
    if let Some(gateway) = interface.gateways.ipv4 {
        writeln!(file, "default_gateway = \"{gateway}\"")?;
    }
    if let Some(gateway) = interface.gateways.ipv6 {
        writeln!(file, "default_gateway_ipv6 = \"{gateway}\"")?;
    }
    Ok(())
}

fn write_network(file: &mut String, numbered: &NumberedNetwork) -> fmt::Result {
    let network = numbered.network;
    writeln!(
        file,
        "[[interface.network]]\nid = {}\nname = {}",
        numbered.number,
        Text(&network.name)
    )?;
    writeln!(file, "assigned_by = {}", Text(origin_word(network.origin)))?;
    let own = own_address(numbered).filter(|_| network.origin == Origin::Static);
    if let Some(own) = own {
        writeln!(file, "ip_ranges = [\"{own}\"]")?;
    }
    if !network.floating.is_empty() {
        writeln!(file, "floating_ip_ranges = [")?;
        for address in &network.floating {
            writeln!(file, "    \"{address}\",")?;
        }
        writeln!(file, "]")?;
    }
    if let Some(netmask) = netmask(numbered) {
        writeln!(file, "netmask = \"{netmask}\"")?;
    }
    writeln!(file, "vlan_id = {}", network.vlan_id.get())?;
    if MTU.contains(&network.mtu) {
        writeln!(file, "mtu = {}", network.mtu)?;
    }
    writeln!(file, "# dns_servers = {}", List(&network.dns.servers))?;
    writeln!(file, "# dns_search_domains = {}", List(&network.dns.search))
}

/// As a mask where that says enough. A lease is told from another by its subnet;
/// a subnet that is only the peer's says nothing of the address, and what no file
/// can want is left out.
fn netmask(numbered: &NumberedNetwork) -> Option<String> {
    let network = numbered.network;
    let subnet = network.subnet?;
    let own = own_address(numbered)?;
    if !subnet.contains(own) {
        return None;
    }
    let text = if network.origin == Origin::Static {
        subnet.netmask()
    } else {
        subnet.to_string()
    };
    let is_wanted =
        |netmask: Netmask| network.origin != Origin::LinkLocal || netmask.is_link_local();
    text.parse().is_ok_and(is_wanted).then_some(text)
}

/// A text of TOML.
struct Text<'a>(&'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for char in self.0.chars() {
            match char {
                '"' | '\\' => write!(f, "\\{char}")?,
                char if char.is_control() => write!(f, "\\u{:04x}", u32::from(char))?,
                char => f.write_char(char)?,
            }
        }
        f.write_char('"')
    }
}

/// A list of texts of TOML.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('[')?;
        for (position, item) in self.0.iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(f, "{comma}{}", Text(&item.to_string()))?;
        }
        f.write_char(']')
    }
}

#[cfg(test)]
mod tests;

//! Leases as systemd-networkd and `NetworkManager` keep them: `KEY=value` files that
//! are there as long as the lease is held.
//!
//! Pure; a file without an address is no lease.

use super::super::folder::Content;
use super::super::state;
use super::{Written, text};
use crate::facts::{IfIndex, IfName, Lease, LeasedLink};

/// Length of a UUID as text.
const UUID: usize = 36;

/// `/run/systemd/netif/leases/<ifindex>`.
pub(super) fn of_networkd(content: &Content) -> Result<Vec<Written>, String> {
    let index = content.name.parse().map(IfIndex);
    written(content, index.ok().map(LeasedLink::Index))
}

/// `internal-<uuid>-<interface>.lease`.
pub(super) fn of_network_manager(content: &Content) -> Result<Vec<Written>, String> {
    let name = content.name.strip_prefix("internal-");
    let name = name
        .and_then(|name| name.strip_suffix(".lease"))
        .and_then(|name| name.get(UUID..)?.strip_prefix('-'))
        .and_then(|name| IfName::new(name.as_bytes()));
    written(content, name.map(LeasedLink::Name))
}

fn written(content: &Content, link: Option<LeasedLink>) -> Result<Vec<Written>, String> {
    let link = link.ok_or("its name names no interface")?;
    let text = text(content);
    let address = state::value(&text, "ADDRESS").ok_or("it has no ADDRESS=")?;
    let address = address
        .parse()
        .map_err(|_| format!("`{address}` is not an address"))?;
    let lease = Lease { link, address };
    Ok(vec![Written { lease, ends: None }])
}

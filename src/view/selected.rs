//! The interfaces that are configured, each with the link it is.
//!
//! One that no link matches is kept: it is missing, which is told.

use super::devices;
use super::served::is_part_of_another;
use crate::config::{Desired, DesiredInterface};
use crate::facts::{IfIndex, InterfaceId, Snapshot};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A configured interface and what there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Configured {
    pub(super) desired: Arc<DesiredInterface>,
    /// The link it is, then the VLANs on it by index that are no ports; none if it
    /// is not here.
    pub(super) devices: Vec<IfIndex>,
    /// Another interface that is the same link.
    pub(super) shared_with: Option<InterfaceId>,
}

/// The interfaces of `desired` in `snapshot`, by id.
pub(super) fn find(desired: &Desired, snapshot: &Snapshot) -> Vec<Configured> {
    let found: Vec<(&Arc<DesiredInterface>, Option<IfIndex>)> = desired
        .interfaces
        .iter()
        .map(|interface| {
            let link = devices::find(&interface.selector, snapshot);
            (interface, link.map(|facts| facts.link.index))
        })
        .collect();
    let links: HashSet<IfIndex> = found.iter().filter_map(|(_, link)| *link).collect();
    let mut owners: HashMap<IfIndex, Vec<InterfaceId>> = HashMap::new();
    for (interface, link) in &found {
        if let Some(link) = link {
            owners.entry(*link).or_default().push(interface.id);
        }
    }
    let configured = |(interface, link): (&Arc<DesiredInterface>, Option<IfIndex>)| {
        let devices = link.map_or_else(Vec::new, |link| {
            let vlans = devices::vlans_on(link, &links, snapshot).into_iter();
            // One that is a bridge's port has no addresses of its own to show.
            let is_port = |vlan: &IfIndex| {
                let facts = snapshot.link(*vlan);
                facts.is_some_and(|facts| is_part_of_another(&facts.link, snapshot))
            };
            let vlans = vlans.filter(|vlan| !is_port(vlan));
            std::iter::once(link).chain(vlans).collect()
        });
        let owners = link.and_then(|link| owners.get(&link));
        let mut others = owners.into_iter().flatten();
        Configured {
            desired: Arc::clone(interface),
            devices,
            shared_with: others.find(|other| **other != interface.id).copied(),
        }
    };
    let mut configured: Vec<Configured> = found.into_iter().map(configured).collect();
    configured.sort_by_key(|interface| interface.desired.id);
    configured
}

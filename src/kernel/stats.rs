//! The byte counters of every link at once, from one `RTM_GETSTATS`.
//!
//! Several times cheaper than a file for each, and by index, so that no name can be
//! another's meanwhile. The kernel answers under RTNL: only for who may wait.

use super::ask::{AskError, Asking};
use super::counters::{Sample, epoch_seconds};
use super::request::Request;
use crate::facts::IfIndex;
use netlink_packet_core::{NetlinkBuffer, NlasIterator};
use netlink_packet_route::link::Stats64;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The kernel hands out no more at a time.
const BUFFER: usize = 32 * 1024;
/// Bytes of `struct if_stats_msg`.
const HEADER: usize = 12;
/// `struct rtnl_link_stats64`. `if_link.h`
pub(super) const IFLA_STATS_LINK_64: u16 = 1;

/// The counters of every link; none where the kernel does not tell (before Linux 4.7).
///
/// # Errors
/// If the kernel cannot be asked.
pub fn stats() -> Result<BTreeMap<IfIndex, Sample>, AskError> {
    let mut stats = BTreeMap::new();
    Asking::open(BUFFER)?.ask(&Request::stats(), |message| {
        stats.extend(read(&message));
        ControlFlow::Continue(())
    })?;
    let taken = epoch_seconds();
    for sample in stats.values_mut() {
        sample.taken = taken;
    }
    Ok(stats)
}

/// A link's counters; the time is not in the message.
fn read(message: &NetlinkBuffer<&[u8]>) -> Option<(IfIndex, Sample)> {
    let (header, attributes) = message.payload().split_at_checked(HEADER)?;
    let index = u32::from_ne_bytes(*header.get(4..)?.first_chunk()?);
    let mut attributes = NlasIterator::new(attributes).flatten();
    let link_64 = attributes.find(|attribute| attribute.kind() == IFLA_STATS_LINK_64)?;
    let counters = Stats64::parse(link_64.value()).ok()?;
    let sample = Sample {
        sent: counters.tx_bytes,
        received: counters.rx_bytes,
        taken: 0,
    };
    Some((IfIndex(index), sample))
}

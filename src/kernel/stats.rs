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
    // Before: what is told is no older.
    let taken = epoch_seconds();
    Asking::open(BUFFER)?.ask(&Request::stats(), |message| {
        stats.extend(read(&message, taken));
        ControlFlow::Continue(())
    })?;
    Ok(stats)
}

/// A link's counters, read at `taken` or later.
fn read(message: &NetlinkBuffer<&[u8]>, taken: u64) -> Option<(IfIndex, Sample)> {
    let (header, attributes) = message.payload().split_at_checked(HEADER)?;
    let index = u32::from_ne_bytes(*header.get(4..)?.first_chunk()?);
    let mut attributes = NlasIterator::new(attributes).flatten();
    let link_64 = attributes.find(|attribute| attribute.kind() == IFLA_STATS_LINK_64)?;
    let counters = Stats64::parse(link_64.value()).ok()?;
    let sample = Sample {
        sent: counters.tx_bytes,
        received: counters.rx_bytes,
        taken,
    };
    Some((IfIndex(index), sample))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::net_dev::{PROC_NET_DEV, Row, rows};
    use rustix::net::{AddressFamily, SocketType, netdevice, socket};

    fn table() -> Vec<Row> {
        rows(&std::fs::read(PROC_NET_DEV).unwrap()).collect()
    }

    #[test]
    fn every_link_is_told_as_in_the_kernels_table() {
        let any = socket(AddressFamily::UNIX, SocketType::DGRAM, None).unwrap();
        let (before, stats, after) = (table(), stats().unwrap(), table());
        assert!(!before.is_empty());
        for (before, after) in before.iter().zip(&after) {
            let name = before.name.to_string();
            assert_eq!(before.name, after.name);
            let index = netdevice::name_to_index(&any, &name).unwrap();
            let told = stats[&IfIndex(index)];
            assert!((before.sent..=after.sent).contains(&told.sent), "{name}");
            let received = before.received..=after.received;
            assert!(received.contains(&told.received), "{name}");
        }
    }
}

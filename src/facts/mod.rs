//! What was seen: plain values without opinion, I/O or foreign types.
//!
//! The kernel side and the probes make facts, the [`store`](crate::store)
//! keeps the newest [`Snapshot`], the [`view`](crate::view) says what they
//! mean. A fact is never a judgement ("primary", "floating", "applied").

mod address;
mod cloud;
mod lease;
mod link;
mod net;
mod probe;
mod reading;
mod route;
#[cfg(test)]
pub(crate) mod sample;
mod snapshot;
mod subnet;

pub use address::{Address, AddressFlags, AddressKey, AddressProtocol};
pub use cloud::{Cloud, CloudDetail, CloudNic, CloudTally, Provider};
pub use lease::{Lease, LeaseClient, LeasedLink, Leases};
pub use link::{BondMode, Duplex, Link, LinkFlags, LinkKind, OperState};
pub use net::{AltName, IfIndex, IfName, InterfaceId, MacAddr, NodeId, NotANodeId, VlanId};
pub use probe::{Dns, FailedSetups, Host, LinkDns, NameServer, NotANameServer};
pub use reading::Reading;
pub use route::{DefaultRoute, Hop, HopState, RouterPreference, TABLE_MAIN};
pub use snapshot::{
    GRACE, KernelFacts, LinkFacts, MessageTally, RTM_NEWNEXTHOP, Revision, Snapshot, Uptime,
    WatchTally,
};
pub use subnet::Subnet;

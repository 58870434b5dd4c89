//! All facts of one moment, immutable and shared.
//!
//! Publishing one is passing on a pointer; readers keep theirs as long as they like.

use super::address::Address;
use super::cloud::{Cloud, CloudTally};
use super::lease::Leases;
use super::link::{Duplex, Link};
use super::net::IfIndex;
use super::probe::{Dns, FailedSetups, Host, LinkDns};
use super::reading::Reading;
use super::route::DefaultRoute;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events may be missing for this long before the facts are called stale: a dump
/// that heals it takes a second at most.
pub const GRACE: Duration = Duration::from_secs(10);

/// Everything known at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Grows with every real change.
    pub revision: Revision,
    /// The kernel's part.
    pub kernel: KernelFacts,
    /// The resolver's servers and domains, for the whole host.
    pub dns: Reading<Dns>,
    /// Those of single links, where the host's resolver tells links apart.
    pub link_dns: Reading<LinkDns>,
    /// The links whose setup failed.
    pub failed_setups: Reading<FailedSetups>,
    /// What DHCP clients wrote down.
    pub leases: Leases,
    /// What the host says of itself.
    pub host: Reading<Host>,
    /// What the cloud says of the node's NICs.
    pub cloud: Reading<Cloud>,
    /// What it took to hear that; not a fact of the network.
    pub cloud_tally: CloudTally,
}

impl Snapshot {
    /// The facts of the link `index`, if it is here.
    #[must_use]
    pub fn link(&self, index: IfIndex) -> Option<&Arc<LinkFacts>> {
        self.kernel.link(index)
    }

    /// Every link, by index.
    #[must_use]
    pub fn links(&self) -> &[Arc<LinkFacts>] {
        &self.kernel.links
    }
}

/// Number of a snapshot; equal numbers mean equal facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// What the kernel says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelFacts {
    /// Every link of the namespace, ordered by index.
    pub links: Vec<Arc<LinkFacts>>,
    /// When this was put together; not a fact of the network.
    pub taken: Uptime,
    /// Since when events are known to be missing with no dump completed since.
    pub missing_since: Option<Instant>,
    /// What went wrong on the way so far.
    pub tally: WatchTally,
}

impl KernelFacts {
    /// The facts of the link `index`, if it is here.
    #[must_use]
    pub fn link(&self, index: IfIndex) -> Option<&Arc<LinkFacts>> {
        // The kernel numbers links one after the other: most are where they would
        // be if none had gone.
        let first = self.links.first()?.link.index;
        let guess = usize::try_from(index.0.checked_sub(first.0)?).ok()?;
        let is_it = |facts: &&Arc<LinkFacts>| facts.link.index == index;
        self.links.get(guess).filter(is_it).or_else(|| {
            let search = |facts: &Arc<LinkFacts>| facts.link.index;
            let position = self.links.binary_search_by_key(&index, search);
            self.links.get(position.ok()?)
        })
    }

    /// Whether nothing but the time differs from `other`.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.missing_since == other.missing_since
            && self.tally == other.tally
            && self.links.len() == other.links.len()
            && self
                .links
                .iter()
                .zip(&other.links)
                .all(|(a, b)| Arc::ptr_eq(a, b) || a == b)
    }
}

/// One link with all that hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFacts {
    /// Tells a link from one that had its index before: it grows with every
    /// link that appears.
    pub incarnation: u64,
    /// The link itself.
    pub link: Link,
    /// Its addresses, by key.
    pub addresses: Vec<Address>,
    /// Next hops of default routes through it, in the main table or its VRF's.
    pub default_routes: Vec<DefaultRoute>,
    /// Speed in Mb/s, as the driver says through sysfs.
    pub speed: Reading<u32>,
    /// Duplex mode, as the driver says through sysfs; `None` if it is unknown, or not
    /// read yet.
    pub duplex: Option<Duplex>,
}

/// Time since boot in 1/100 s, modulo 2³²: the clock of [`Address::created`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uptime(pub u32);

impl Uptime {
    /// Age in 1/100 s of something `created` then.
    #[must_use]
    pub fn age(self, created: u32) -> u32 {
        // The kernel stamps by its tick, which may be a little ahead.
        const SLACK: u32 = 6_000;
        self.0.wrapping_add(SLACK).wrapping_sub(created)
    }
}

/// How often the kernel's stream was not what it should be. Counts since the
/// watch began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WatchTally {
    /// Events lost because the socket's buffer was full. `ENOBUFS`.
    pub overruns: u64,
    /// Dumps begun to make up for something lost.
    pub resyncs: u64,
    /// Dumps of links, addresses or routes during which the kernel's lists
    /// changed. `NLM_F_DUMP_INTR`.
    pub interrupted_dumps: u64,
    /// Messages that could not be read.
    pub undecodable_messages: MessageTally,
    /// Attributes that could not be read, in messages that could.
    pub undecodable_attributes: u64,
    /// Links and addresses that an audit found other than events had told.
    pub audit_corrections: u64,
    /// Drivers that did not tell a speed or counters within 2 s.
    pub slow_reads: u64,
}

impl AddAssign for WatchTally {
    fn add_assign(&mut self, more: Self) {
        let Self {
            overruns,
            resyncs,
            interrupted_dumps,
            undecodable_messages,
            undecodable_attributes,
            audit_corrections,
            slow_reads,
        } = more;
        self.overruns += overruns;
        self.resyncs += resyncs;
        self.interrupted_dumps += interrupted_dumps;
        self.undecodable_messages += undecodable_messages;
        self.undecodable_attributes += undecodable_attributes;
        self.audit_corrections += audit_corrections;
        self.slow_reads += slow_reads;
    }
}

/// A next hop object. `rtnetlink.h`; not in the libc crate.
pub const RTM_NEWNEXTHOP: u16 = 104;

/// Messages by type. `rtnetlink(7)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageTally {
    /// `RTM_NEWLINK`.
    pub new_link: u64,
    /// `RTM_DELLINK`.
    pub del_link: u64,
    /// `RTM_NEWADDR`.
    pub new_address: u64,
    /// `RTM_DELADDR`.
    pub del_address: u64,
    /// `RTM_NEWROUTE`.
    pub new_route: u64,
    /// `RTM_DELROUTE`.
    pub del_route: u64,
    /// `RTM_NEWNEXTHOP`.
    pub new_next_hop: u64,
}

impl MessageTally {
    /// Counts a message of the type `message_type`, if it is one of these.
    pub fn count(&mut self, message_type: u16) {
        let count = match message_type {
            libc::RTM_NEWLINK => &mut self.new_link,
            libc::RTM_DELLINK => &mut self.del_link,
            libc::RTM_NEWADDR => &mut self.new_address,
            libc::RTM_DELADDR => &mut self.del_address,
            libc::RTM_NEWROUTE => &mut self.new_route,
            libc::RTM_DELROUTE => &mut self.del_route,
            RTM_NEWNEXTHOP => &mut self.new_next_hop,
            _ => return,
        };
        *count += 1;
    }
}

impl AddAssign for MessageTally {
    fn add_assign(&mut self, more: Self) {
        let Self {
            new_link,
            del_link,
            new_address,
            del_address,
            new_route,
            del_route,
            new_next_hop,
        } = more;
        self.new_link += new_link;
        self.del_link += del_link;
        self.new_address += new_address;
        self.del_address += del_address;
        self.new_route += new_route;
        self.del_route += del_route;
        self.new_next_hop += new_next_hop;
    }
}

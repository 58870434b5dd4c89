//! What an audit found that no event had told, pure.
//!
//! An audit is a dump while all is well. What differs is a defect, of the kernel
//! or of ours, unless an event is on its way: carrier is told up to a second
//! after it changes, and lists are walked before their events are queued. So what
//! an event touches later is taken back.

use crate::facts::{AddressKey, IfIndex, Link, LinkKind};
use std::collections::HashSet;

/// Links and addresses that audits corrected.
#[derive(Debug, Default)]
pub struct Corrections {
    links: HashSet<IfIndex>,
    addresses: HashSet<AddressKey>,
}

impl Corrections {
    /// The link `index` was corrected.
    pub fn link(&mut self, index: IfIndex) {
        self.links.insert(index);
    }

    /// The address `key` was corrected.
    pub fn address(&mut self, key: AddressKey) {
        self.addresses.insert(key);
    }

    /// An event told of the link `index`.
    pub fn told_link(&mut self, index: IfIndex) {
        self.links.remove(&index);
    }

    /// An event told that the link `index` went, and so of its addresses.
    pub fn told_link_gone(&mut self, index: IfIndex) {
        self.links.remove(&index);
        self.addresses.retain(|key| key.link != index);
    }

    /// An event told of the address `key`.
    pub fn told_address(&mut self, key: &AddressKey) {
        self.addresses.remove(key);
    }

    /// Takes how many there are.
    pub fn take(&mut self) -> u64 {
        let count = self.links.len() + self.addresses.len();
        *self = Self::default();
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

/// Whether `old` is what events should have told of the link `new`. None tells of
/// the altnames of a link that is down, nor an end of a cable that the other end
/// has moved to another namespace.
#[must_use]
pub fn was_told(old: &Link, new: &Link) -> bool {
    let mut old = old.clone();
    if !new.flags.is_up() {
        old.altnames.clone_from(&new.altnames);
    }
    if new.kind == LinkKind::Veth {
        (old.lower, old.lower_namespace) = (new.lower, new.lower_namespace);
    }
    old == *new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{AltName, LinkFlags, sample};

    #[test]
    fn what_has_no_event_is_no_correction() {
        let link = sample::link(1, "eth0").link;
        let mut named = link.clone();
        named.altnames = Box::new([AltName::new(b"lan")]);
        assert!(!was_told(&link, &named));
        let mut mended = link.clone();
        mended.mtu = 9000;
        assert!(!was_told(&link, &mended));
        let (mut down, mut named) = (link, named);
        (down.flags, named.flags) = (LinkFlags(0), LinkFlags(0));
        assert!(was_told(&down, &named));
        let mut moved = down.clone();
        moved.lower_namespace = Some(3);
        assert!(!was_told(&down, &moved));
        (down.kind, moved.kind) = (LinkKind::Veth, LinkKind::Veth);
        assert!(was_told(&down, &moved));
    }

    #[test]
    fn what_an_event_tells_later_is_taken_back() {
        let address = |link| sample::address(IfIndex(link), "192.0.2.1/24").key;
        let mut corrections = Corrections::default();
        for link in [1, 2, 3] {
            corrections.link(IfIndex(link));
            corrections.address(address(link));
        }
        corrections.told_link(IfIndex(1));
        corrections.told_link_gone(IfIndex(2));
        corrections.told_address(&address(3));
        // Left: the address on 1, and link 3.
        assert_eq!(corrections.take(), 2);
        assert_eq!(corrections.take(), 0);
    }
}

//! The names and numbers a network is made of, each a type of its own.
//!
//! They are compact (a link's facts are kept thousands of times) and can hold
//! whatever the kernel allows: names are bytes, not text.

use std::fmt;
use std::str::FromStr;

/// Index of a link in this network namespace. `ifi_index` of `struct ifinfomsg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfIndex(pub u32);

impl fmt::Display for IfIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Name of a link, 0 to 15 bytes of any value but NUL and `/`. `IFLA_IFNAME`.
///
/// Displayed as text; bytes that are not UTF-8 are written `\xNN`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfName {
    // Unused bytes stay zero, so that the derived comparisons hold.
    bytes: [u8; Self::MAX],
    len: u8,
}

impl IfName {
    /// Longest name in bytes: `IFNAMSIZ` less the terminating NUL.
    pub const MAX: usize = 15;

    /// The name in `bytes`, which may end in a NUL; `None` if it is too long.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let name = until_nul(bytes);
        let mut own = [0; Self::MAX];
        own.get_mut(..name.len())?.copy_from_slice(name);
        let len = u8::try_from(name.len()).ok()?;
        Some(Self { bytes: own, len })
    }

    /// The name's bytes, as in the paths of `/sys/class/net`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Display for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(self.as_bytes(), f)
    }
}

impl fmt::Debug for IfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Alternative name of a link, up to 127 bytes. `IFLA_ALT_IFNAME`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AltName(Box<[u8]>);

impl AltName {
    /// The name in `bytes`, which may end in a NUL.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(until_nul(bytes).into())
    }

    /// The name's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for AltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(&self.0, f)
    }
}

impl fmt::Debug for AltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn write_name(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for chunk in bytes.utf8_chunks() {
        f.write_str(chunk.valid())?;
        for byte in chunk.invalid() {
            write!(f, "\\x{byte:02x}")?;
        }
    }
    Ok(())
}

/// Link-layer address, 0 to 32 bytes (`MAX_ADDR_LEN`): 6 for Ethernet, 20 for
/// InfiniBand, none for tun and WireGuard. `IFLA_ADDRESS`, `IFLA_PERM_ADDRESS`.
///
/// Displayed in lower-case hexadecimal with colons; empty if there is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddr {
    bytes: [u8; Self::MAX],
    len: u8,
}

impl MacAddr {
    /// Longest address in bytes: the kernel's `MAX_ADDR_LEN`.
    pub const MAX: usize = 32;
    /// No address.
    pub const NONE: Self = Self {
        bytes: [0; Self::MAX],
        len: 0,
    };

    /// The address in `bytes`; `None` if it is too long to be one.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut own = Self::NONE;
        own.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        own.len = u8::try_from(bytes.len()).ok()?;
        Some(own)
    }

    /// The address's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.as_bytes().iter().enumerate() {
            let colon = if position == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// VLAN id of IEEE 802.1Q, 0 to 4094; 0 is "untagged". `IFLA_VLAN_ID`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VlanId(u16);

impl VlanId {
    /// No tag.
    pub const UNTAGGED: Self = Self(0);

    /// The id `id`; `None` beyond 4094 (4095 is reserved by the standard).
    #[must_use]
    pub fn new(id: u16) -> Option<Self> {
        (id <= 4094).then_some(Self(id))
    }

    /// The number on the wire.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

/// Number of an interface of this node, from 1; never an ifindex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceId(pub u32);

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Number of a node in its cluster, at least 1. The kernel cannot know it: it
/// is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The node `id`; `None` if that is 0.
    #[must_use]
    pub fn new(id: u32) -> Option<Self> {
        (id > 0).then_some(Self(id))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl Default for NodeId {
    fn default() -> Self {
        Self(1)
    }
}

impl FromStr for NodeId {
    type Err = NotANodeId;

    fn from_str(text: &str) -> Result<Self, NotANodeId> {
        let id = text.parse().ok().and_then(Self::new);
        id.ok_or_else(|| NotANodeId(text.to_owned()))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is not a [`NodeId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a node id: a number from 1 to {max}", max = u32::MAX)]
pub struct NotANodeId(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bytes_shown_as_text() {
        let table: [(&[u8], &str); 5] = [
            (b"eth0\0", "eth0"),
            (b"eth0", "eth0"),
            (b"b\xff\xfe", "b\\xff\\xfe"),
            ("b\u{e9}1".as_bytes(), "b\u{e9}1"),
            (b"\0", ""),
        ];
        for (bytes, shown) in table {
            assert_eq!(IfName::new(bytes).unwrap().to_string(), shown);
            assert_eq!(AltName::new(bytes).to_string(), shown);
        }
        assert_eq!(IfName::new(b"sixteen-bytes-xx"), None);
    }

    #[test]
    fn link_layer_addresses_of_any_length() {
        let table: [(&[u8], &str); 3] = [
            (&[], ""),
            (&[0xa6, 0x52, 0xf9, 0xb1, 0x83, 0x23], "a6:52:f9:b1:83:23"),
            (&[0; 3], "00:00:00"),
        ];
        for (bytes, shown) in table {
            assert_eq!(MacAddr::new(bytes).unwrap().to_string(), shown);
        }
        assert_eq!(MacAddr::new(&[1; 33]), None);
        assert_ne!(MacAddr::new(&[0; 3]), MacAddr::new(&[0; 2]));
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(VlanId::new(4094).map(VlanId::get), Some(4094));
        assert_eq!(VlanId::new(4095), None);
        assert_eq!("3".parse::<NodeId>().map(NodeId::get), Ok(3));
        for text in ["0", "-1", "4294967296", "one", ""] {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
    }
}

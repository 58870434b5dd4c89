//! An IP address of a link as the kernel describes it in one `RTM_NEWADDR`.
//!
//! Whether its life has an end is kept, the seconds that remain are not: a refreshed
//! lifetime is no change.

use super::net::IfIndex;
use std::net::IpAddr;

/// An address on a link. Remaining lifetimes are left out: a refreshed
/// lifetime is not a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// What tells it from every other address.
    pub key: AddressKey,
    /// Flags. `IFA_FLAGS`.
    pub flags: AddressFlags,
    /// Valid for ever; otherwise somebody must renew it. `IFA_CACHEINFO`.
    pub is_forever: bool,
    /// When it was added, 1/100 s since boot, modulo 2³². `IFA_CACHEINFO` `cstamp`.
    pub created: u32,
    /// Who says to have added it. `IFA_PROTO`, since Linux 5.18.
    pub protocol: AddressProtocol,
}

/// Identity of an address: one local address can stand on a link several times,
/// with different peers and prefix lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey {
    /// The link it is on. `ifa_index`.
    pub link: IfIndex,
    /// The node's own address. `IFA_LOCAL`, else `IFA_ADDRESS`.
    pub local: IpAddr,
    /// The address at the other end, if it has one of its own. `IFA_ADDRESS`.
    pub peer: Option<IpAddr>,
    /// Length of the subnet's prefix in bits. `ifa_prefixlen`.
    pub prefix_len: u8,
}

/// Flags of an address. `IFA_F_*` of `if_addr.h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddressFlags(pub u32);

impl AddressFlags {
    /// IPv4: not the first of its subnet. IPv6: the same bit is
    /// [`TEMPORARY`](Self::TEMPORARY). `IFA_F_SECONDARY`.
    pub const SECONDARY: Self = Self(libc::IFA_F_SECONDARY);
    /// IPv6 privacy address (RFC 8981). `IFA_F_TEMPORARY`.
    pub const TEMPORARY: Self = Self(libc::IFA_F_TEMPORARY);
    /// Used while duplicate address detection still runs. `IFA_F_OPTIMISTIC`.
    pub const OPTIMISTIC: Self = Self(libc::IFA_F_OPTIMISTIC);
    /// Duplicate address detection found another owner. `IFA_F_DADFAILED`.
    pub const DAD_FAILED: Self = Self(libc::IFA_F_DADFAILED);
    /// Not to be used for new connections. `IFA_F_DEPRECATED`.
    pub const DEPRECATED: Self = Self(libc::IFA_F_DEPRECATED);
    /// Duplicate address detection still runs. `IFA_F_TENTATIVE`.
    pub const TENTATIVE: Self = Self(libc::IFA_F_TENTATIVE);
    /// Template for temporary addresses, so from SLAAC. `IFA_F_MANAGETEMPADDR`.
    pub const MANAGE_TEMPORARY: Self = Self(0x100);

    /// Whether any of the flags `wanted` is set.
    #[must_use]
    pub fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 != 0
    }
}

/// Who added an address, by its own word. `IFA_PROTO`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressProtocol {
    /// Nobody said; older kernels never do.
    #[default]
    Unspecified,
    /// 2: the kernel, from a router advertisement. `IFAPROT_KERNEL_RA`.
    KernelRouterAdvertisement,
    /// 3: the kernel, a link-local address. `IFAPROT_KERNEL_LL`.
    KernelLinkLocal,
    /// Another program, by its number.
    Other(u8),
}

impl From<u8> for AddressProtocol {
    fn from(protocol: u8) -> Self {
        match protocol {
            0 => Self::Unspecified,
            2 => Self::KernelRouterAdvertisement,
            3 => Self::KernelLinkLocal,
            other => Self::Other(other),
        }
    }
}

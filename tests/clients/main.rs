//! Real DHCP clients, routers and VRRP: what each leaves behind on a node, and what the
//! document then says.
//!
//! `tests/clients/fetch` unpacks them into `target/clients`; each runs in private namespaces
//! of the running kernel, as root or not, with `/usr`, `/etc`, `/var/lib` and `/run` of its
//! own, so that nothing it writes is the host's.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod support;

mod dhcp;
mod dhcpv6;
mod keepalived;
mod network;
mod slaac;
#[path = "../support/vrrp.rs"]
mod vrrp;

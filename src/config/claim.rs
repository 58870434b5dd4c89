//! The addresses that networks of one interface claim: each is one network's.
//!
//! But an address can stand with several prefixes, and is then in a network of
//! each: networks that say how wide they are, each differently, may share theirs.

use super::mistake::Mistakes;
use super::network::DesiredNetwork;
use super::range::AddressRange;
use super::reader::At;

/// A range of a network.
pub(super) struct Claim {
    /// The network's position in its interface.
    pub(super) network: usize,
    pub(super) range: At<AddressRange>,
    /// Whether its addresses float; else one of them is the node's own.
    pub(super) floats: bool,
}

/// Looks for addresses that two of the `networks` claim; the one that is written
/// later is told.
pub(super) fn check(mut claims: Vec<Claim>, networks: &[DesiredNetwork], mistakes: &mut Mistakes) {
    let network = |claim: &Claim| networks.get(claim.network);
    let vlan = |claim: &Claim| network(claim).map(|network| network.vlan_id);
    claims.sort_by_key(|claim| (vlan(claim), claim.range.value.ends(), claim.range.offset));
    // Those before that reach as far as here.
    let mut open: Vec<&Claim> = Vec::new();
    for claim in &claims {
        let is_open = |other: &&Claim| {
            vlan(other) == vlan(claim) && other.range.value.overlaps(&claim.range.value)
        };
        open.retain(is_open);
        let is_clash =
            |other: &&&Claim| other.network != claim.network && !may_share(other, claim, networks);
        if let Some(other) = open.iter().find(is_clash) {
            let (first, second) = if other.range.offset < claim.range.offset {
                (*other, claim)
            } else {
                (claim, *other)
            };
            let name = network(first).map_or("", |network| &network.name);
            let what = format!(
                "`{}` overlaps `{}` of network `{name}`; each address is one network's, \
                 unless it is their own and their netmasks differ",
                second.range.value, first.range.value
            );
            mistakes.at(second.range.offset, what);
        }
        open.push(claim);
    }
}

/// Whether an address can be the own one of both.
fn may_share(one: &Claim, other: &Claim, networks: &[DesiredNetwork]) -> bool {
    let width = |claim: &Claim| networks.get(claim.network)?.netmask?.prefix_len().into();
    match (width(one), width(other)) {
        (Some::<u8>(one_width), Some(other_width)) => {
            !one.floats && !other.floats && one_width != other_width
        }
        _ => false,
    }
}

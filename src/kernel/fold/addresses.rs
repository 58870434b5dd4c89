//! The addresses of a link, by key.
//!
//! A link has few, and they are looked at far more often than changed: a sorted list.

use crate::facts::{Address, AddressKey};

/// The address with this key.
pub(super) fn find<'a>(addresses: &'a [Address], key: &AddressKey) -> Option<&'a Address> {
    let position = addresses.binary_search_by_key(key, |address| address.key);
    addresses.get(position.ok()?)
}

/// Puts `address` in its place by key, over an older word on the same key.
pub(super) fn insert(addresses: &mut Vec<Address>, address: Address) {
    match addresses.binary_search_by_key(&address.key, |address| address.key) {
        Ok(position) => {
            if let Some(old) = addresses.get_mut(position) {
                *old = address;
            }
        }
        Err(position) => addresses.insert(position, address),
    }
}

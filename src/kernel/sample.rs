//! Netlink messages for tests, as `linux/netlink.h` has them.

/// `NLM_F_MULTI`.
pub(super) const MULTI: u16 = 0x02;
/// `NLM_F_DUMP_INTR`.
pub(super) const DUMP_INTR: u16 = 0x10;

/// A message: `struct nlmsghdr` with a type, flags, a sequence number and a port, then
/// `payload`.
pub(super) fn message(
    kind: i32,
    flags: u16,
    (sequence, port): (u32, u32),
    payload: &[u8],
) -> Vec<u8> {
    let length = u32::try_from(16 + payload.len()).unwrap();
    let kind = u16::try_from(kind).unwrap();
    [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &sequence.to_ne_bytes(),
        &port.to_ne_bytes(),
        payload,
    ]
    .concat()
}

/// An attribute: length, type, value, padding.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap();
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// `struct rtmsg` of a unicast route of the main table, then attributes.
pub(super) fn route(family: i32, dst_len: u8, flags: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
    let family = u8::try_from(family).unwrap();
    let mut bytes = vec![family, dst_len, 0, 0, 254, 16, 0, libc::RTN_UNICAST];
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(attributes.concat());
    bytes
}

/// `RTA_OIF`.
pub(super) fn oif(index: u32) -> Vec<u8> {
    attribute(libc::RTA_OIF, &index.to_ne_bytes())
}

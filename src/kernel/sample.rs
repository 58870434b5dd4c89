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

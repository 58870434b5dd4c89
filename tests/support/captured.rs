//! A list of a `netstatusd capture`, message by message.
//!
//! It is read by the kernel's own framing.

use std::fs;

use super::daemon::Scratch;
use super::namespace::Namespace;
use super::once::netstatusd;
use super::outcome::{Failure, Outcome};

/// Captures this namespace; the messages of one of the files.
pub(crate) fn captured(namespace: &Namespace, file: &str) -> Outcome<Vec<Vec<u8>>> {
    let scratch = Scratch::new()?;
    let folder = scratch.path().join("capture");
    let output = netstatusd(namespace, &["capture", &folder.display().to_string()])?;
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.join(file))?;
    let mut rest = &bytes[..];
    let mut messages = Vec::new();
    // `struct nlmsghdr` begins with the length of the message.
    while let Some(length) = rest.first_chunk().copied().map(u32::from_ne_bytes) {
        let length = usize::try_from(length)?;
        let whole = rest.split_at_checked(length.max(16).next_multiple_of(4));
        let (message, next) = whole.ok_or_else(|| Failure(format!("{file} is cut")))?;
        messages.push(message.to_vec());
        rest = next;
    }
    Ok(messages)
}

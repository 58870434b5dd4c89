//! A capture without anything that tells whose it is.
//!
//! Names and addresses are replaced, the same by the same, so that the documents
//! keep their shape; what the daemon does not read is left out.

mod files;
mod leases;
mod resolver;

use super::{Capture, CaptureError};
use crate::kernel::{Pseudonyms, Word};
use std::net::IpAddr;

impl Capture {
    /// The same host under pseudonyms, others at every call.
    ///
    /// # Errors
    /// If its addresses leave none to stand for them.
    pub fn anonymous(&self) -> Result<Self, CaptureError> {
        let mut pseudonyms = Pseudonyms::default();
        // Once to learn them all.
        self.under(&mut pseudonyms);
        pseudonyms.choose().map_err(CaptureError::Crowded)?;
        Ok(self.under(&mut pseudonyms))
    }

    fn under(&self, pseudonyms: &mut Pseudonyms) -> Self {
        let Self {
            kernel,
            hostname,
            clock,
            files,
        } = self;
        let hostname = hostname.as_ref();
        Self {
            hostname: hostname.map(|name| text_under(Word::Host, name, pseudonyms)),
            clock: *clock,
            files: files::under(files, pseudonyms),
            kernel: kernel.under(pseudonyms),
        }
    }
}

fn text_under(kind: Word, text: &str, pseudonyms: &mut Pseudonyms) -> String {
    String::from_utf8_lossy(&pseudonyms.word(kind, text.as_bytes())).into_owned()
}

/// What stands for a text that should be an address; for another, one that is none.
fn address_under(text: &str, pseudonyms: &mut Pseudonyms) -> String {
    let address: Option<IpAddr> = text.parse().ok();
    address.map_or_else(
        || "unreadable".to_owned(),
        |address| pseudonyms.ip(address).to_string(),
    )
}

#[cfg(test)]
mod tests;

//! What the host says of itself.
//!
//! Its name, as the kernel has it.

use crate::facts::{Host, Reading};
use sysinfo::System;

/// The host name. `gethostname(2)`.
pub(crate) fn read() -> Reading<Host> {
    match System::host_name() {
        Ok(name) => Reading::Current(Host { name }),
        Err(error) => Reading::Absent {
            reason: error.to_string(),
        },
    }
}

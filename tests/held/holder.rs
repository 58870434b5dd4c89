//! Who holds RTNL (`hold.py`), until it is told to let go, or its time is over.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, fail};

/// How `hold.py` ends where the kernel lets nobody withhold a page.
const NOT_ALLOWED: i32 = 75;

/// The holder, which lets go with this process at the latest.
pub(crate) struct Holder(Child);

impl Holder {
    /// Has the driver of this link hold RTNL; `None` if the kernel does not allow that.
    pub(crate) fn of(namespace: &Namespace, link: &str) -> Outcome<Option<Self>> {
        let mut child = namespace
            .command("python3")
            .args(["-c", include_str!("hold.py"), link])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut said = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut said)?;
        }
        if said == "held\n" {
            return Ok(Some(Self(child)));
        }
        let status = child.wait()?;
        if status.code() == Some(NOT_ALLOWED) {
            Ok(None)
        } else {
            fail(format!("hold.py ended: {status}"))
        }
    }

    /// Lets go of it.
    pub(crate) fn end(mut self) -> Outcome {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

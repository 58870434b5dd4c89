//! Who holds a tap device, as a virtual machine does: it has carrier while somebody does.
//!
//! The holder is a process inside the namespace, which lets go when it is told to.

use std::process::{Child, Stdio};

use super::namespace::Namespace;
use super::outcome::Outcome;

/// Attaches to the tap device that is its argument, and holds it until stdin ends.
const ATTACH: &str = "
import fcntl, struct, sys
tun = open('/dev/net/tun', 'r+b', buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', sys.argv[1].encode(), 0x1002))
sys.stdin.read()
";

/// The holder, which ends with this process at the latest.
pub(crate) struct Holder(Child);

impl Holder {
    /// Starts to hold this device; it has carrier a moment later.
    pub(crate) fn of(namespace: &Namespace, device: &str) -> Outcome<Self> {
        let mut python = namespace.command("python3");
        python.args(["-c", ATTACH, device]).stdin(Stdio::piped());
        Ok(Self(python.spawn()?))
    }

    /// Lets go of it.
    pub(crate) fn end(mut self) -> Outcome {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

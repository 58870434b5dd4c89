//! Told to stop as soon as it can be seen at all.
//!
//! Who sees the socket may send a signal at once: the handler must be there before it.

use rustix::process::{Pid, Signal, kill_process};
use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The end of patience, never a measure.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn who_listens_can_be_told_to_stop() -> Result<(), Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("nsd-t{}", std::process::id()));
    for round in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_netstatusd"))
            .args(["serve", "--listen"])
            .arg(format!("unix:{}", path.display()))
            .stderr(Stdio::null())
            .spawn()?;
        let patience = Instant::now() + PATIENCE;
        // The moment that counts is short: no pause between two looks.
        while !path.exists() {
            assert!(child.try_wait()?.is_none(), "it ended by itself");
            assert!(Instant::now() < patience, "it does not listen");
        }
        kill_process(Pid::from_child(&child), Signal::TERM)?;
        assert_eq!(child.wait()?.code(), Some(0), "round {round}");
    }
    Ok(())
}

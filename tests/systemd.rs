//! The daemon under a systemd played by this test: sockets passed on, and word
//! of being ready and of stopping.
//!
//! It is `sd_listen_fds(3)` and `sd_notify(3)`, without systemd.

use rustix::process::{Pid, Signal, kill_process};
use std::error::Error;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(20);

/// Moves what it got as stdin and stdout to where systemd passes sockets.
const PASS: &str = r#"exec 3<&0 4<&1 </dev/null >/dev/null
export LISTEN_PID=$$ LISTEN_FDS=2
exec "$0" serve"#;

/// Starts the daemon with two sockets.
fn start(first: impl Into<OwnedFd>, second: impl Into<OwnedFd>) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", PASS, env!("CARGO_BIN_EXE_netstatusd")])
        .stdin(first.into())
        .stdout(second.into())
        .stderr(Stdio::piped());
    command
}

/// Ends the daemon with the test, however that ends.
struct Running(Child);

impl Running {
    fn terminate(mut self) -> Outcome<Option<i32>> {
        let pid = Pid::from_child(&self.0);
        kill_process(pid, Signal::TERM)?;
        Ok(self.0.wait()?.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn scratch(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("nsd-{name}{}", std::process::id()))
}

fn healthz(mut client: impl Read + Write) -> Outcome<String> {
    client.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn passed_sockets_are_served_and_left_in_place() -> Outcome {
    let path = scratch("passed");
    let (tcp, unix) = (
        TcpListener::bind("127.0.0.1:0")?,
        UnixListener::bind(&path)?,
    );
    let address = tcp.local_addr()?;
    let daemon = Running(start(tcp, unix).spawn()?);
    let client = TcpStream::connect(address)?;
    client.set_read_timeout(Some(PATIENCE))?;
    assert!(healthz(client)?.starts_with("HTTP/1.1 200"));
    let client = UnixStream::connect(&path)?;
    client.set_read_timeout(Some(PATIENCE))?;
    assert!(healthz(client)?.starts_with("HTTP/1.1 200"));
    assert_eq!(daemon.terminate()?, Some(0));
    assert!(path.exists(), "it is systemd's");
    std::fs::remove_file(&path)?;
    Ok(())
}

#[test]
fn what_nobody_can_connect_to_is_refused() -> Outcome {
    let loopback = || TcpListener::bind("127.0.0.1:0");
    let connected = || UnixStream::pair().map(|(one, _)| OwnedFd::from(one));
    let table: [(OwnedFd, OwnedFd, &str); 3] = [
        (
            loopback()?.into(),
            UdpSocket::bind("127.0.0.1:0")?.into(),
            "socket 2",
        ),
        (connected()?, loopback()?.into(), "socket 1"),
        (
            loopback()?.into(),
            TcpListener::bind("0.0.0.0:0")?.into(),
            "0.0.0.0",
        ),
    ];
    for (first, second, word) in table {
        let output = start(first, second).output()?;
        let said = String::from_utf8(output.stderr)?;
        assert!(!output.status.success(), "{word}");
        assert!(said.lines().count() == 1 && said.contains(word), "{said}");
    }
    Ok(())
}

#[test]
fn systemd_hears_of_the_start_and_the_end() -> Outcome {
    let path = scratch("notify");
    let words = UnixDatagram::bind(&path)?;
    words.set_read_timeout(Some(PATIENCE))?;
    let hear = || -> Outcome<String> {
        let mut bytes = [0; 128];
        let length = words.recv(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes[..length]).into_owned())
    };
    let [one, two] = [
        TcpListener::bind("127.0.0.1:0")?,
        TcpListener::bind("127.0.0.1:0")?,
    ];
    let daemon = Running(start(one, two).env("NOTIFY_SOCKET", &path).spawn()?);
    assert_eq!(hear()?, "READY=1\n");
    assert_eq!(daemon.terminate()?, Some(0));
    assert_eq!(hear()?, "STOPPING=1\n");
    std::fs::remove_file(&path)?;
    Ok(())
}

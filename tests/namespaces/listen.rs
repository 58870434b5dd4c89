//! Where the daemon listens, what is in its way there, and how it ends.
//!
//! TCP, unix and abstract sockets inside a namespace, where every port is free.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::support::daemon::{Daemon, Scratch, binary};
use crate::support::namespace::Namespace;
use crate::support::once::refused;
use crate::support::outcome::{Outcome, eventually, fail};

#[test]
fn a_signal_ends_it_well() -> Outcome {
    let namespace = Namespace::new()?;
    for signal in ["TERM", "INT"] {
        let mut daemon = Daemon::start(&namespace, &[])?;
        // Neither a silent client nor half a request may keep it.
        let _silent = UnixStream::connect(daemon.socket())?;
        let mut half = UnixStream::connect(daemon.socket())?;
        half.write_all(b"GET / HT")?;
        daemon.signal(signal)?;
        let status = daemon.ended()?;
        assert_eq!(status.code(), Some(0), "{signal}: {}", daemon.said()?);
        assert!(
            !daemon.socket().exists(),
            "{signal}: the socket stays behind"
        );
    }
    Ok(())
}

#[test]
fn a_socket_left_over_is_replaced_and_a_live_one_is_not() -> Outcome {
    let namespace = Namespace::new()?;
    let folder = Scratch::new()?;
    let path = folder.path().join("rest.sock");
    let listen = format!("unix:{}", path.display());
    let mut first = Daemon::start(&namespace, &["--listen", &listen])?;
    refused(
        &namespace,
        &["serve", "--listen", &listen],
        1,
        &path.display().to_string(),
    )?;
    assert_eq!(ready(&path)?, 200);
    first.signal("KILL")?;
    first.ended()?;
    assert!(path.exists() && UnixStream::connect(&path).is_err());
    let _second = Daemon::start(&namespace, &["--listen", &listen])?;
    assert_eq!(ready(&path)?, 200);
    Ok(())
}

fn ready(socket: &Path) -> Outcome<u16> {
    Ok(crate::support::http::request(socket, "GET", "/readyz", "")?.status)
}

#[test]
fn what_is_in_the_way_is_not_removed() -> Outcome {
    let namespace = Namespace::new()?;
    let folder = Scratch::new()?;
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "precious")?;
    let listen = format!("unix:{}", path.display());
    refused(&namespace, &["serve", "--listen", &listen], 1, "notes.txt")?;
    assert_eq!(std::fs::read_to_string(&path)?, "precious");
    Ok(())
}

#[test]
fn addresses_that_cannot_be_listened_on() -> Outcome {
    let namespace = Namespace::new()?;
    let _first = Daemon::start(&namespace, &["--listen", "127.0.0.1:7999"])?;
    for (address, code) in [
        ("127.0.0.1:7999", 1),
        ("unix:/nonexistent/there/s", 1),
        // Beyond loopback nothing guards the documents.
        ("192.0.2.250:7999", 2),
        ("0.0.0.0:7999", 2),
    ] {
        let what = address.trim_start_matches("unix:");
        refused(&namespace, &["serve", "--listen", address], code, what)?;
    }
    Ok(())
}

/// Asks for `/readyz` over what is written in the first argument.
const ASK: &str = "
import http.client, socket, sys
where = sys.argv[1]
client = http.client.HTTPConnection('localhost')
if where.startswith('unix:'):
    path = where[5:]
    client.sock = socket.socket(socket.AF_UNIX)
    client.sock.connect('\\0' + path[1:] if path.startswith('@') else path)
else:
    host, port = where.rsplit(':', 1)
    client.sock = socket.create_connection((host.strip('[]'), int(port)))
client.request('GET', '/readyz')
print(client.getresponse().status)
";

fn answers(namespace: &Namespace, address: &str) -> Outcome {
    eventually(&format!("{address} answers"), || {
        let said = namespace.run(&["python3", "-c", ASK, address])?;
        if said == b"200\n" {
            Ok(())
        } else {
            fail(String::from_utf8_lossy(&said).into_owned())
        }
    })
}

#[test]
fn every_form_of_address_at_once() -> Outcome {
    let namespace = Namespace::new()?;
    let forms = [
        "127.0.0.1:7781",
        "[::1]:7781",
        "unix:@netstatusd-test",
        "localhost:7782",
    ];
    let arguments: Vec<&str> = forms.iter().flat_map(|form| ["--listen", form]).collect();
    let _daemon = Daemon::start(&namespace, &arguments)?;
    for form in forms {
        answers(&namespace, form)?;
    }
    Ok(())
}

#[test]
fn the_default_addresses() -> Outcome {
    let namespace = Namespace::new()?;
    let folder = Scratch::new()?;
    let mut serve = namespace.command("env");
    serve
        .arg(format!("RUNTIME_DIRECTORY={}", folder.path().display()))
        .arg(binary())
        .arg("serve");
    let mut serve = serve.spawn()?;
    answers(&namespace, "127.0.0.1:7780")?;
    answers(
        &namespace,
        &format!("unix:{}/rest.sock", folder.path().display()),
    )?;
    serve.kill()?;
    serve.wait()?;
    Ok(())
}

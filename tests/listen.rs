//! Binding addresses: what is in the way, what is left behind, who may connect.
//!
//! The sockets are real ones in a folder of the test's own, or on loopback.

use netstatusd::http::listen::{ListenError, Listener, SocketAccess, bind};
use std::error::Error;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A folder of this test's own, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Outcome<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let own = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nsd-l{}-{own}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn bind_to(address: &str) -> Outcome<Result<Vec<Listener>, ListenError>> {
    Ok(bind(&address.parse()?, SocketAccess::default()))
}

fn bind_path(path: &Path) -> Outcome<Result<Vec<Listener>, ListenError>> {
    bind_to(&format!("unix:{}", path.display()))
}

#[tokio::test]
async fn a_socket_is_open_to_owner_and_group_and_goes_with_its_listener() -> Outcome {
    let folder = Scratch::new()?;
    let path = folder.join("s");
    let listeners = bind_path(&path)??;
    assert_eq!(
        listeners[0].address().to_string(),
        format!("unix:{}", path.display())
    );
    assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o660);
    UnixStream::connect(&path)?;
    drop(listeners);
    assert!(!path.exists());
    Ok(())
}

#[tokio::test]
async fn files_made_later_have_their_usual_mode() -> Outcome {
    let folder = Scratch::new()?;
    let _listeners = bind_path(&folder.join("s"))??;
    let patience = Instant::now() + Duration::from_secs(10);
    // The mask is the process's: other tests may be binding right now.
    while fs::read_to_string("/proc/self/status")?.contains("Umask:\t0117") {
        assert!(Instant::now() < patience, "the mask stays");
        std::thread::yield_now();
    }
    Ok(())
}

#[tokio::test]
async fn a_left_over_socket_is_replaced() -> Outcome {
    let folder = Scratch::new()?;
    let path = folder.join("s");
    drop(UnixListener::bind(&path)?);
    let _listeners = bind_path(&path)??;
    UnixStream::connect(&path)?;
    Ok(())
}

#[tokio::test]
async fn a_live_socket_is_left_alone() -> Outcome {
    let folder = Scratch::new()?;
    let path = folder.join("s");
    let _live = bind_path(&path)??;
    assert!(matches!(bind_path(&path)?, Err(ListenError::InUse(_))));
    UnixStream::connect(&path)?;
    Ok(())
}

#[tokio::test]
async fn a_live_socket_with_a_full_queue_is_left_alone() -> Outcome {
    let folder = Scratch::new()?;
    let path = folder.join("s");
    let full = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None)?;
    full.bind(&socket2::SockAddr::unix(&path)?)?;
    full.listen(0)?;
    let _first = UnixStream::connect(&path)?;
    assert!(matches!(bind_path(&path)?, Err(ListenError::InUse(_))));
    assert!(path.exists());
    Ok(())
}

#[tokio::test]
async fn what_is_no_socket_of_ours_is_left_alone() -> Outcome {
    let folder = Scratch::new()?;
    let (file, link, datagrams) = (folder.join("f"), folder.join("l"), folder.join("d"));
    fs::write(&file, "precious")?;
    symlink("/nonexistent", &link)?;
    let _datagrams = UnixDatagram::bind(&datagrams)?;
    assert!(matches!(bind_path(&file)?, Err(ListenError::NotASocket(_))));
    assert!(matches!(bind_path(&link)?, Err(ListenError::NotASocket(_))));
    assert!(matches!(
        bind_path(&datagrams)?,
        Err(ListenError::Unix { .. })
    ));
    assert_eq!(fs::read_to_string(&file)?, "precious");
    assert!(fs::symlink_metadata(&link)?.is_symlink() && datagrams.exists());
    Ok(())
}

#[tokio::test]
async fn a_socket_that_took_our_place_is_left_alone() -> Outcome {
    let folder = Scratch::new()?;
    let path = folder.join("s");
    let listeners = bind_path(&path)??;
    // Kept under another name, so that the new one cannot get its inode.
    fs::rename(&path, folder.join("old"))?;
    let _other = UnixListener::bind(&path)?;
    drop(listeners);
    UnixStream::connect(&path)?;
    Ok(())
}

#[tokio::test]
async fn a_path_may_be_missing_or_too_long() -> Outcome {
    let folder = Scratch::new()?;
    let missing = folder.join("missing").join("s");
    assert!(matches!(
        bind_path(&missing)?,
        Err(ListenError::NoDirectory(_))
    ));
    let room = 107 - folder.join("").as_os_str().len();
    let (fits, long) = (
        folder.join(&"x".repeat(room)),
        folder.join(&"x".repeat(room + 1)),
    );
    drop(bind_path(&fits)??);
    assert!(matches!(bind_path(&long)?, Err(ListenError::TooLong(_))));
    let long = "y".repeat(108);
    assert!(matches!(
        bind_to(&format!("unix:@{long}"))?,
        Err(ListenError::TooLong(_))
    ));
    drop(bind_to(&format!("unix:@{}", &long[1..]))??);
    Ok(())
}

#[tokio::test]
async fn a_taken_name_or_port_is_in_use() -> Outcome {
    let name = format!("unix:@netstatusd-listen-{}", std::process::id());
    let _first = bind_to(&name)??;
    assert!(matches!(bind_to(&name)?, Err(ListenError::InUse(_))));
    let listeners = bind_to("127.0.0.1:0")??;
    let address = listeners[0].address().to_string();
    assert!(!address.ends_with(":0"));
    assert!(matches!(bind_to(&address)?, Err(ListenError::InUse(_))));
    Ok(())
}

#[tokio::test]
async fn only_loopback_is_listened_on() -> Outcome {
    for address in ["127.0.0.1:0", "127.9.9.9:0", "[::ffff:127.0.0.1]:0"] {
        assert!(!bind_to(address)??.is_empty(), "{address}");
    }
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "[2001:db8::1]:0"] {
        let refusal = bind_to(address)?;
        assert!(matches!(refusal, Err(ListenError::Exposed(_))), "{address}");
    }
    Ok(())
}

#[tokio::test]
async fn an_unknown_host_is_said() -> Outcome {
    // Too long a label for DNS, so nobody is asked.
    let refusal = bind_to(&format!("{}:1", "x".repeat(64)))?;
    assert!(matches!(refusal, Err(ListenError::Resolve { .. })));
    Ok(())
}

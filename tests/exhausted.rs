//! A process that has no file descriptor left for a client. A test binary of its
//! own, since that goes for everything in it.
//!
//! Clients wait in the kernel's queue until there is room, and the log says so once.

use axum::Router;
use axum::routing::get;
use netstatusd::http::listen::{SocketAccess, bind};
use netstatusd::http::serve::{CONNECTIONS, Deadlines, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixSocket;
use tokio::sync::watch;
use tokio::time::{interval, timeout};
use tracing::Level;

type Outcome = Result<(), Box<dyn Error>>;

const PATIENCE: Duration = Duration::from_secs(20);

/// What has been logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn count(&self, words: &str) -> usize {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).matches(words).count()
    }

    /// Waits until these words are there so often.
    async fn has(&self, words: &str, times: usize) -> Outcome {
        let mut pace = interval(Duration::from_millis(20));
        let said = async {
            while self.count(words) < times {
                pace.tick().await;
            }
        };
        Ok(timeout(PATIENCE, said).await?)
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Leaves no descriptor free until what it returns is dropped.
fn exhaust() -> io::Result<Vec<File>> {
    let limit = getrlimit(Resource::Nofile);
    let few = Rlimit {
        current: Some(64),
        ..limit
    };
    setrlimit(Resource::Nofile, few)?;
    let mut files = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        files.push(file);
    }
    Ok(files)
}

#[tokio::test]
async fn clients_wait_until_there_is_room_and_it_is_logged_once() -> Outcome {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(lines);
    let path = std::env::temp_dir().join(format!("nsd-x{}", std::process::id()));
    let address = format!("unix:{}", path.display()).parse()?;
    let listener = bind(&address, SocketAccess::default())?
        .pop()
        .ok_or("no listener")?;
    let (stop, stopped) = watch::channel(false);
    let router = Router::new().route("/", get(async || "ok"));
    let serving = tokio::spawn(serve(
        listener,
        router,
        Deadlines::default(),
        CONNECTIONS,
        stopped,
    ));
    let (client, second) = (UnixSocket::new_stream()?, UnixSocket::new_stream()?);

    let files = exhaust()?;
    let mut client = timeout(PATIENCE, client.connect(&path)).await??;
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    client.write_all(request).await?;
    log.has("still cannot accept", 3).await?;
    // Room for one client, and none again: no news within a minute.
    drop(files);
    log.has("again", 1).await?;
    let files = exhaust()?;
    let _second = timeout(PATIENCE, second.connect(&path)).await??;
    let before = log.count("still cannot accept");
    log.has("still cannot accept", before + 3).await?;
    drop(files);

    let mut answer = Vec::new();
    timeout(PATIENCE, client.read_to_end(&mut answer)).await??;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(log.count("WARN"), 1);
    assert_eq!(log.count("again"), 1);
    drop(stop);
    serving.await?;
    Ok(())
}

//! A server under test, and its clients.
//!
//! The server is the daemon's own, with a router and deadlines of the test's.

use axum::Router;
use netstatusd::config::ListenAddr;
use netstatusd::http::listen::{SocketAccess, bind};
use netstatusd::http::serve::{CONNECTIONS, Deadlines, serve};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The end of patience, never a measure.
const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const SOON: Duration = Duration::from_millis(50);
pub(crate) const NEVER: Deadlines = Deadlines {
    head: Duration::from_hours(1),
    idle: Duration::from_hours(1),
    write: Duration::from_hours(1),
    linger: Duration::from_hours(1),
    drain: Duration::from_hours(1),
};

pub(crate) async fn patiently<T>(what: impl Future<Output = T>) -> Outcome<T> {
    Ok(tokio::time::timeout(PATIENCE, what).await?)
}

pub(crate) struct Server {
    address: ListenAddr,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) serving: JoinHandle<()>,
}

/// A unix server: its queue takes many clients, its buffers little.
pub(crate) fn start(router: Router, deadlines: Deadlines) -> Outcome<Server> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("unix:@netstatusd-serve-{}-{own}", std::process::id());
    start_on(&name, router, deadlines)
}

pub(crate) fn start_on(address: &str, router: Router, deadlines: Deadlines) -> Outcome<Server> {
    let listener = bind(&address.parse()?, SocketAccess::default())?
        .pop()
        .ok_or("no listener")?;
    let address = listener.address().clone();
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve(listener, router, deadlines, CONNECTIONS, stopped));
    Ok(Server {
        address,
        stop,
        serving,
    })
}

impl Server {
    pub(crate) async fn connect(&self) -> Outcome<UnixStream> {
        let ListenAddr::UnixAbstract(name) = &self.address else {
            return Err("not an abstract socket".into());
        };
        // tokio takes a leading NUL for an abstract name.
        let mut path = std::ffi::OsString::from("\0");
        path.push(name);
        Ok(patiently(UnixStream::connect(path)).await??)
    }

    /// The whole answer to a GET on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Outcome<String> {
        let mut client = self.connect().await?;
        let request = format!("GET {path} HTTP/1.1\r\nConnection: close");
        send(&mut client, &request).await?;
        Ok(String::from_utf8(rest(&mut client).await?)?)
    }

    pub(crate) async fn connect_tcp(&self) -> Outcome<TcpStream> {
        let ListenAddr::Tcp { host, port } = &self.address else {
            return Err("not TCP".into());
        };
        Ok(patiently(TcpStream::connect((host.as_str(), *port))).await??)
    }
}

/// Sends a GET without the empty line that ends its head.
pub(crate) async fn send(client: &mut (impl AsyncWriteExt + Unpin), head: &str) -> Outcome {
    let head = format!("{head}\r\nHost: localhost\r\n\r\n");
    Ok(patiently(client.write_all(head.as_bytes())).await??)
}

/// One answer whose body is `ok`.
pub(crate) async fn answer(client: &mut (impl AsyncRead + Unpin)) -> Outcome<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\nok") {
        if patiently(client.read_buf(&mut bytes)).await?? == 0 {
            return Err(format!("closed after {:?}", String::from_utf8_lossy(&bytes)).into());
        }
    }
    Ok(String::from_utf8(bytes)?)
}

/// Everything up to the end of the connection, be it a sudden one.
pub(crate) async fn rest(client: &mut (impl AsyncRead + Unpin)) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    match patiently(client.read_to_end(&mut bytes)).await? {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.into()),
        _ => Ok(bytes),
    }
}

/// One request and its answer.
pub(crate) async fn ask(client: &mut (impl AsyncRead + AsyncWriteExt + Unpin)) -> Outcome<String> {
    send(client, "GET / HTTP/1.1").await?;
    answer(client).await
}

/// Fails unless nothing more comes.
pub(crate) async fn closed(client: &mut (impl AsyncRead + Unpin)) -> Outcome {
    let bytes = rest(client).await?;
    if bytes.is_empty() {
        return Ok(());
    }
    let more = String::from_utf8_lossy(&bytes).into_owned();
    Err(io::Error::other(format!("more came: {more}")).into())
}

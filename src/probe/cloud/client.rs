//! The HTTP client of the metadata services: plain HTTP/1.1 to one address, with
//! bounds on time, size and number of everything.
//!
//! No proxy, redirect or name is followed: what answers must be the machine's own
//! hypervisor. A connection is kept for the requests of one refresh.

use super::error::FetchError;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A connection is there by then, or not at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// A longer head is a lie; hyper takes no less.
const MAX_HEAD: usize = 16 << 10;

/// What is asked for.
pub(super) struct Question<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    /// Follows the path, and is different each time: errors do not tell it.
    pub(super) varying: &'a str,
    pub(super) headers: &'a [(&'static str, &'a str)],
    /// The answer is complete by then, or none.
    pub(super) within: Duration,
    /// The body is no longer than this, or none.
    pub(super) limit: usize,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Asks one service.
pub(super) struct Client {
    endpoint: SocketAddr,
    connection: Option<Connection>,
    /// Whether the service lets a second request have the connection of a first.
    keeps: bool,
    /// Requests allowed in this refresh, and how many of them are left.
    allowed: u32,
    left: u32,
    /// Requests ever sent.
    sent: u64,
}

struct Connection {
    requests: SendRequest<Empty<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Client {
    pub(super) fn new(endpoint: SocketAddr) -> Self {
        Self {
            endpoint,
            connection: None,
            keeps: true,
            allowed: 0,
            left: 0,
            sent: 0,
        }
    }

    /// Begins a refresh of no more than `requests`.
    pub(super) fn begin(&mut self, requests: u32) {
        self.connection = None;
        self.allowed = requests;
        self.left = requests;
    }

    /// Allows `requests` more in this refresh.
    pub(super) fn allow(&mut self, requests: u32) {
        self.allowed = self.allowed.saturating_add(requests);
        self.left = self.left.saturating_add(requests);
    }

    /// Ends a refresh: nothing is kept open between two.
    pub(super) fn end(&mut self) {
        self.connection = None;
    }

    /// Requests ever sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Asks, and waits for the whole answer.
    pub(super) async fn ask(&mut self, question: Question<'_>) -> Result<Answer, FetchError> {
        if let Some(connection) = self.kept().await {
            match self.ask_on(connection, &question).await {
                // A connection may end after any answer, and nothing need tell before.
                // Nothing that is asked here does harm when it is asked twice.
                Err(FetchError::Http { .. }) => self.keeps = false,
                answer => return answer,
            }
        }
        let connection = self.connect().await?;
        self.ask_on(connection, &question).await
    }

    async fn ask_on(
        &mut self,
        mut connection: Connection,
        question: &Question<'_>,
    ) -> Result<Answer, FetchError> {
        let allowed = self.allowed;
        let left = self.left.checked_sub(1);
        self.left = left.ok_or(FetchError::TooManyRequests { allowed })?;
        self.sent += 1;
        let exchange = exchange(&mut connection.requests, self.endpoint, question);
        let answer = timeout(question.within, exchange).await;
        let answer = answer.map_err(|_| FetchError::Slow {
            path: question.path.to_owned(),
            after: question.within,
        })??;
        self.connection = Some(connection);
        Ok(answer)
    }

    /// The connection of the last answer, if it can be used again.
    async fn kept(&mut self) -> Option<Connection> {
        let mut connection = self.connection.take().filter(|_| self.keeps)?;
        let is_ready = timeout(CONNECT_WITHIN, connection.requests.ready()).await;
        is_ready
            .is_ok_and(|ready| ready.is_ok())
            .then_some(connection)
    }

    async fn connect(&self) -> Result<Connection, FetchError> {
        let endpoint = self.endpoint;
        let connecting = timeout(CONNECT_WITHIN, TcpStream::connect(endpoint));
        let stream = connecting
            .await
            .map_err(|_| FetchError::Unreachable {
                endpoint,
                after: CONNECT_WITHIN,
            })?
            .map_err(|source| FetchError::connecting(endpoint, source))?;
        let handshake = http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream));
        let (requests, driver) = handshake.await.map_err(broken(""))?;
        let drive = async {
            // Whoever waits for an answer hears of the error.
            let _ = driver.await;
        };
        let driver = tokio::spawn(drive);
        Ok(Connection { requests, driver })
    }
}

async fn exchange(
    requests: &mut SendRequest<Empty<Bytes>>,
    endpoint: SocketAddr,
    question: &Question<'_>,
) -> Result<Answer, FetchError> {
    let Question {
        method,
        path,
        varying,
        headers,
        limit,
        within: _,
    } = question;
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{path}{varying}"));
    request = request.header(HOST, host(endpoint));
    for (name, value) in *headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::new()).map_err(broken(path))?;
    let answer = requests.send_request(request).await.map_err(broken(path))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, *limit).collect().await;
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: body.map_err(broken(path))?.to_bytes(),
    })
}

/// Who is asked, as RFC 9110 wants it: the usual port goes unsaid.
fn host(endpoint: SocketAddr) -> String {
    match endpoint {
        SocketAddr::V4(own) if own.port() == 80 => own.ip().to_string(),
        SocketAddr::V6(own) if own.port() == 80 => format!("[{}]", own.ip()),
        other => other.to_string(),
    }
}

fn broken<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
    path: &str,
) -> impl FnOnce(E) -> FetchError {
    let path = path.to_owned();
    move |error| FetchError::Http {
        path,
        source: error.into(),
    }
}

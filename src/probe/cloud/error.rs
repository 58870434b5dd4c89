//! Why a metadata service could not be read, and when to ask again.
//!
//! Some failures are final, some only want patience.

use super::parse::ParseError;
use hyper::StatusCode;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// No connection: refused, or no way there.
    #[error("cannot connect to {endpoint}")]
    Connect {
        endpoint: SocketAddr,
        source: io::Error,
    },
    /// Something on the node forbids the way there.
    #[error("the way to {endpoint} is blocked on this node")]
    Blocked {
        endpoint: SocketAddr,
        source: io::Error,
    },
    /// Nobody accepted the connection.
    #[error("{endpoint} accepted no connection within {} s", after.as_secs())]
    Unreachable {
        endpoint: SocketAddr,
        after: Duration,
    },
    /// What came back is no HTTP, or broke off.
    #[error("{path}: no complete HTTP answer")]
    Http {
        path: String,
        source: Box<dyn Error + Send + Sync>,
    },
    /// The answer did not come, or did not end.
    #[error("{path}: no complete answer within {} s", after.as_secs())]
    Slow { path: String, after: Duration },
    /// An answer with another status than 200.
    #[error("{path}: {status}")]
    Status { path: String, status: StatusCode },
    /// Azure's 410: the service moves, for up to 70 s.
    #[error("{path}: {}; the service is being updated", StatusCode::GONE)]
    Moving { path: String },
    /// The service will not answer this machine.
    #[error("{path}: {status}; the metadata service is disabled for this machine")]
    Denied { path: String, status: StatusCode },
    /// The service does not accept the token it has just given.
    #[error("{path}: {}, even with a new token", StatusCode::UNAUTHORIZED)]
    TokenRefused { path: String },
    /// The service's token cannot be sent back.
    #[error("the token is empty, too long or not text")]
    Token,
    /// Whoever answered is not the service.
    #[error("{path}: the answer lacks the header `Metadata-Flavor: Google`")]
    Flavor { path: String },
    /// What was said cannot be understood.
    #[error("{path}")]
    Parse { path: String, source: ParseError },
    /// The service makes asking endless.
    #[error("more requests than {allowed} would be needed")]
    TooManyRequests { allowed: u32 },
}

/// When to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Later and later.
    BackOff,
    /// After this time.
    After(Duration),
    /// Not at all.
    Never,
}

impl FetchError {
    /// A connection that failed in this way.
    pub(super) fn connecting(endpoint: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            // Routes of type prohibit and unreachable, and packet filters.
            ErrorKind::PermissionDenied | ErrorKind::HostUnreachable => {
                Self::Blocked { endpoint, source }
            }
            _ => Self::Connect { endpoint, source },
        }
    }

    /// When to ask again.
    pub(super) fn again(&self) -> Again {
        match self {
            Self::Denied { .. } => Again::Never,
            Self::Moving { .. } => Again::After(Duration::from_secs(70)),
            _ => Again::BackOff,
        }
    }

    /// The error and what caused it, in one line.
    pub(super) fn reason(&self) -> String {
        let mut reason = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            reason.push_str(": ");
            reason.push_str(&error.to_string());
            cause = error.source();
        }
        reason
    }
}

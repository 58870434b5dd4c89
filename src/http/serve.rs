//! Accepts clients of one listener and ends them again.
//!
//! No client can hold up another one: each has deadlines ([`Deadlines`]), and at
//! [`CONNECTIONS`] the one that has kept us waiting longest makes room for the
//! next. What happens on one connection is in `connection`.

mod accepting;
mod connection;
mod observe;
mod open;
mod progress;
mod refusal;

use super::listen::Listener;
use accepting::Accepting;
use axum::Router;
use connection::Terms;
use open::Open;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

/// Connections at a time, per listener, where there are descriptors enough.
pub const CONNECTIONS: usize = 200;

/// Between two attempts to accept, if the first failed.
const RETRY: Duration = Duration::from_millis(100);

/// How long is waited for clients.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For the head of a request: the first from when the client has connected,
    /// any other from its first byte.
    pub head: Duration,
    /// For the next request.
    pub idle: Duration,
    /// For a client that takes no more of its answer.
    pub write: Duration,
    /// For a client that has its last answer to close its side too.
    pub linger: Duration,
    /// For all requests under way together, once told to stop.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            write: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            drain: Duration::from_secs(5),
        }
    }
}

/// Answers the clients of `listener`, so many at a time, from `router` until `stop`
/// becomes true or its sender is gone; then closes the listener at once, finishes
/// the requests under way and returns. Must be called within a tokio runtime of
/// one thread.
pub async fn serve(
    listener: Listener,
    router: Router,
    deadlines: Deadlines,
    connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let terms = Terms {
        router,
        deadlines,
        stop: stop.clone(),
    };
    let mut open = Open::new(connections, terms);
    tokio::select! {
        biased;
        () = stopped(&mut stop) => {}
        never = accept(&listener, &mut open) => match never {},
    }
    drop(listener);
    open.drain(deadlines.drain).await;
}

/// Becomes ready when it is time to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever has dropped the sender will never say so.
    let _ = stop.wait_for(|&is_stopping| is_stopping).await;
}

async fn accept(listener: &Listener, open: &mut Open) -> Infallible {
    let mut accepting = Accepting::default();
    loop {
        match listener.accept().await {
            Ok(client) => {
                accepting.succeeded(listener.address());
                open.admit(client).await;
            }
            Err(error) => {
                accepting.failed(listener.address(), &error, Instant::now());
                sleep(RETRY).await;
            }
        }
    }
}

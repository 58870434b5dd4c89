//! The open connections of one listener: how many there may be, which one has to
//! go when there are too many, and how all of them end.
//!
//! Who is being answered is never the one to go.

use super::connection::{self, Terms};
use super::progress::Progress;
use crate::http::listen::Stream;
use std::time::Duration;
use tokio::task::{AbortHandle, JoinSet, yield_now};
use tokio::time::timeout;

/// Open connections, each a task of its own: a panic ends that one only.
pub(super) struct Open {
    limit: usize,
    terms: Terms,
    tasks: JoinSet<()>,
    connections: Vec<Connection>,
}

struct Connection {
    task: AbortHandle,
    progress: Progress,
}

impl Open {
    pub(super) fn new(limit: usize, terms: Terms) -> Self {
        Self {
            limit,
            terms,
            tasks: JoinSet::new(),
            connections: Vec::new(),
        }
    }

    /// Serves `client`, in place of another one if there are too many. If all of
    /// them are being answered it is turned away.
    pub(super) async fn admit(&mut self, client: Box<dyn Stream>) {
        if !self.has_room() {
            self.make_room().await;
        }
        if !self.has_room() {
            tracing::debug!("too many requests under way, a client is turned away");
            return;
        }
        let progress = Progress::new();
        let serving = connection::run(client, progress.clone(), self.terms.clone());
        let task = self.tasks.spawn(serving);
        self.connections.push(Connection { task, progress });
    }

    fn has_room(&mut self) -> bool {
        while self.tasks.try_join_next().is_some() {}
        self.connections
            .retain(|connection| !connection.task.is_finished());
        self.connections.len() < self.limit
    }

    /// Ends the connection that has kept us waiting longest.
    async fn make_room(&mut self) {
        // Two turns of the runtime, so that no client is ended that has asked
        // already: the first notices what has arrived, the second answers it.
        for _ in 0..2 {
            yield_now().await;
        }
        if self.has_room() {
            return;
        }
        let waiting = self.connections.iter().enumerate();
        let longest = waiting
            .filter_map(|(index, connection)| Some((connection.progress.waiting()?, index)))
            .min();
        if let Some((_, index)) = longest {
            tracing::debug!("too many connections, the one idle longest is closed");
            self.connections.swap_remove(index).task.abort();
        }
    }

    /// Waits until all have ended, which they do by themselves once told to stop,
    /// but not beyond `deadline`.
    pub(super) async fn drain(mut self, deadline: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(deadline, all_ended).await.is_err() {
            tracing::debug!(left = self.tasks.len(), "requests under way are cut off");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::serve::Deadlines;
    use axum::Router;
    use axum::routing::get;
    use std::io;
    use std::sync::Arc;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::sync::{Notify, watch};

    /// Two requests that wait for `go`, having said so to `began`.
    #[derive(Clone, Default)]
    struct Gate {
        began: Arc<Notify>,
        go: Arc<Notify>,
    }

    impl Gate {
        async fn pass(self) -> &'static str {
            self.began.notify_one();
            self.go.notified().await;
            "ok"
        }
    }

    fn open(limit: usize, gate: &Gate) -> Open {
        let gate = gate.clone();
        let router = Router::new()
            .route("/", get(async || "ok"))
            .route("/gate", get(move || gate.pass()));
        let never = watch::channel(false);
        // The sender must live: losing it means stop.
        std::mem::forget(never.0);
        let terms = Terms {
            router,
            deadlines: Deadlines::default(),
            stop: never.1,
        };
        Open::new(limit, terms)
    }

    async fn admit(open: &mut Open) -> DuplexStream {
        let (client, served) = tokio::io::duplex(4096);
        open.admit(Box::new(served)).await;
        client
    }

    async fn send(client: &mut DuplexStream, path: &str) -> io::Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        client.write_all(request.as_bytes()).await
    }

    async fn is_answered(client: &mut DuplexStream) -> io::Result<bool> {
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\nok") {
            if client.read_buf(&mut answer).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn ask(client: &mut DuplexStream) -> io::Result<bool> {
        send(client, "/").await?;
        is_answered(client).await
    }

    async fn is_closed(client: &mut DuplexStream) -> io::Result<bool> {
        Ok(client.read(&mut [0]).await? == 0)
    }

    #[tokio::test]
    async fn the_one_waited_for_longest_makes_room() -> io::Result<()> {
        let mut open = open(3, &Gate::default());
        let mut silent = admit(&mut open).await;
        let mut idle = admit(&mut open).await;
        assert!(ask(&mut idle).await?);
        let mut half = admit(&mut open).await;
        half.write_all(b"GET / HT").await?;
        let mut fourth = admit(&mut open).await;
        assert!(is_closed(&mut silent).await?);
        // It is idle since now, so the half request is the eldest.
        assert!(ask(&mut idle).await? && ask(&mut fourth).await?);
        let mut fifth = admit(&mut open).await;
        assert!(is_closed(&mut half).await?);
        for client in [&mut idle, &mut fourth, &mut fifth] {
            assert!(ask(client).await?);
        }
        Ok(())
    }

    #[tokio::test]
    async fn who_is_being_answered_stays() -> io::Result<()> {
        let gate = Gate::default();
        let mut open = open(2, &gate);
        let mut first = admit(&mut open).await;
        send(&mut first, "/gate").await?;
        gate.began.notified().await;
        let mut second = admit(&mut open).await;
        let mut third = admit(&mut open).await;
        assert!(is_closed(&mut second).await?);
        send(&mut third, "/gate").await?;
        gate.began.notified().await;
        let mut fourth = admit(&mut open).await;
        assert!(is_closed(&mut fourth).await?, "nobody can make room for it");
        gate.go.notify_waiters();
        assert!(is_answered(&mut first).await? && is_answered(&mut third).await?);
        Ok(())
    }

    #[tokio::test]
    async fn those_who_ended_make_room() -> io::Result<()> {
        let mut open = open(1, &Gate::default());
        for _ in 0..3 {
            let mut client = admit(&mut open).await;
            assert!(ask(&mut client).await?);
        }
        assert_eq!((open.connections.len(), open.tasks.len()), (1, 1));
        Ok(())
    }
}

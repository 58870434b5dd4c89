//! Clients that keep the server waiting.
//!
//! Deadlines are the test's own; that one ends, not when, is what is tested.

use crate::server::{NEVER, Outcome, SOON, ask, closed, patiently, rest, send, start};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::stream;
use netstatusd::http::serve::Deadlines;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

const HEAD: Deadlines = Deadlines {
    head: SOON,
    ..NEVER
};
const IDLE: Deadlines = Deadlines {
    idle: SOON,
    ..NEVER
};
const WRITE: Deadlines = Deadlines {
    write: SOON,
    ..NEVER
};

fn router() -> Router {
    Router::new().route("/", get(async || "ok"))
}

#[tokio::test]
async fn a_silent_client_is_closed_and_an_idle_one_is_not() -> Outcome {
    let server = start(router(), HEAD)?;
    let mut idle = server.connect().await?;
    ask(&mut idle).await?;
    let mut silent = server.connect().await?;
    closed(&mut silent).await?;
    // It has had longer than the other.
    ask(&mut idle).await?;
    Ok(())
}

#[tokio::test]
async fn half_a_head_is_closed() -> Outcome {
    let server = start(router(), HEAD)?;
    let mut first = server.connect().await?;
    first.write_all(b"GET / HT").await?;
    closed(&mut first).await?;
    let mut second = server.connect().await?;
    ask(&mut second).await?;
    second.write_all(b"GET / HT").await?;
    closed(&mut second).await
}

#[tokio::test]
async fn more_bytes_do_not_extend_the_head() -> Outcome {
    let server = start(router(), HEAD)?;
    let (mut answers, mut client) = server.connect().await?.into_split();
    client.write_all(b"GET / HTTP/1.1\r\nCookie: ").await?;
    let dribbling = async {
        let mut pace = tokio::time::interval(SOON / 10);
        while client.write_all(b"c").await.is_ok() {
            pace.tick().await;
        }
    };
    patiently(dribbling).await?;
    closed(&mut answers).await
}

#[tokio::test]
async fn an_idle_client_is_closed_and_half_a_head_is_not() -> Outcome {
    let server = start(router(), IDLE)?;
    let mut half = server.connect().await?;
    half.write_all(b"GET / HTTP/1.1\r\nHost: ").await?;
    let mut idle = server.connect().await?;
    ask(&mut idle).await?;
    closed(&mut idle).await?;
    half.write_all(b"localhost\r\nConnection: close\r\n\r\n")
        .await?;
    assert!(rest(&mut half).await?.starts_with(b"HTTP/1.1 200"));
    Ok(())
}

#[tokio::test]
async fn a_slow_answer_has_no_deadline() -> Outcome {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let slow = get(async move || {
        gate.notified().await;
        "ok"
    });
    let all = Deadlines {
        head: SOON,
        idle: SOON,
        write: SOON,
        ..NEVER
    };
    let server = start(Router::new().route("/slow", slow), all)?;
    let mut client = server.connect().await?;
    send(&mut client, "GET /slow HTTP/1.1\r\nConnection: close").await?;
    // Whatever deadline it has, this one's is later.
    closed(&mut server.connect().await?).await?;
    go.notify_one();
    assert!(rest(&mut client).await?.ends_with(b"ok"));
    Ok(())
}

/// Says when it is dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A router whose answer has no end, and what tells that it ended nevertheless.
fn endless() -> (Router, Arc<Notify>) {
    let ended = Arc::new(Notify::new());
    let tell = Arc::clone(&ended);
    let answer = get(async move || {
        let dropped = Dropped(tell);
        let chunks = stream::repeat_with(move || {
            let _kept = &dropped;
            Ok::<_, Infallible>(Bytes::from_static(&[0; 4096]))
        });
        Body::from_stream(chunks)
    });
    (Router::new().route("/endless", answer), ended)
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed() -> Outcome {
    let (router, ended) = endless();
    let server = start(router, WRITE)?;
    let mut client = server.connect().await?;
    send(&mut client, "GET /endless HTTP/1.1").await?;
    patiently(ended.notified()).await
}

#[tokio::test]
async fn requests_sent_without_taking_the_answers_end() -> Outcome {
    let server = start(router(), WRITE)?;
    let (answers, mut client) = server.connect().await?.into_split();
    // Ends only if the server does so.
    let sending = async {
        while client
            .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .is_ok()
        {}
    };
    patiently(sending).await?;
    drop(answers);
    Ok(())
}

#[tokio::test]
async fn a_client_that_does_not_close_its_side_is_closed() -> Outcome {
    let linger = Deadlines {
        linger: SOON,
        ..NEVER
    };
    let server = start(router(), linger)?;
    let (mut answers, mut client) = server.connect().await?.into_split();
    send(&mut client, "GET / HTTP/1.1\r\nConnection: close").await?;
    assert!(rest(&mut answers).await?.ends_with(b"ok"));
    // Its bytes are taken, until the server has had enough.
    let sending = async { while client.write_all(b"more").await.is_ok() {} };
    patiently(sending).await
}

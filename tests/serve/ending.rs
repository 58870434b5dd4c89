//! Being told to stop.
//!
//! Who is being answered is waited for; who only keeps a connection open is not.

use crate::server::{NEVER, Outcome, SOON, ask, closed, patiently, rest, send, start};
use axum::Router;
use axum::routing::get;
use netstatusd::http::serve::Deadlines;
use std::future::pending;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

#[derive(Clone, Default)]
struct Gate {
    began: Arc<Notify>,
    go: Arc<Notify>,
}

fn router(gate: Gate) -> Router {
    let endless = gate.began.clone();
    let pass = get(async move || {
        gate.began.notify_one();
        gate.go.notified().await;
        "ok"
    });
    let endless = get(async move || -> &'static str {
        endless.notify_one();
        pending().await
    });
    Router::new()
        .route("/", get(async || "ok"))
        .route("/gate", pass)
        .route("/endless", endless)
}

#[tokio::test]
async fn requests_under_way_are_finished_and_nothing_else() -> Outcome {
    let gate = Gate::default();
    let deadlines = Deadlines {
        linger: SOON,
        ..NEVER
    };
    let server = start(router(gate.clone()), deadlines)?;
    let mut under_way = server.connect().await?;
    send(&mut under_way, "GET /gate HTTP/1.1").await?;
    gate.began.notified().await;
    let mut silent = server.connect().await?;
    let mut half = server.connect().await?;
    half.write_all(b"GET / HT").await?;
    // Last, so that the others have been accepted too.
    let mut idle = server.connect().await?;
    ask(&mut idle).await?;

    server.stop.send_replace(true);
    for client in [&mut idle, &mut silent, &mut half] {
        closed(client).await?;
    }
    let refusal = async { while server.connect().await.is_ok() {} };
    patiently(refusal).await?;
    assert!(!server.serving.is_finished());
    gate.go.notify_one();
    assert!(rest(&mut under_way).await?.ends_with(b"ok"));
    Ok(patiently(server.serving).await??)
}

#[tokio::test]
async fn a_request_without_end_is_cut_off() -> Outcome {
    let gate = Gate::default();
    let deadlines = Deadlines {
        drain: SOON,
        ..NEVER
    };
    let server = start(router(gate.clone()), deadlines)?;
    let mut client = server.connect().await?;
    send(&mut client, "GET /endless HTTP/1.1").await?;
    gate.began.notified().await;
    server.stop.send_replace(true);
    patiently(server.serving).await??;
    closed(&mut client).await
}

#[tokio::test]
async fn losing_the_sender_means_stop() -> Outcome {
    let server = start(router(Gate::default()), NEVER)?;
    drop(server.stop);
    Ok(patiently(server.serving).await??)
}

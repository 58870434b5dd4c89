//! Nobody wants the body of a request: it must neither hang the server nor grow it.
//!
//! What the server should do is RFC 9112's, where it says something.

use crate::server::{NEVER, Outcome, answer, ask, closed, patiently, rest, send, start};
use axum::Router;
use axum::routing::get;
use tokio::io::AsyncWriteExt;

fn router() -> Router {
    Router::new().route("/", get(async || "ok"))
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() -> Outcome {
    let server = start(router(), NEVER)?;
    for length in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
        let mut client = server.connect().await?;
        send(&mut client, &format!("GET / HTTP/1.1\r\n{length}")).await?;
        answer(&mut client).await?;
        closed(&mut client).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_after_the_answer() -> Outcome {
    let server = start(router(), NEVER)?;
    let client = server.connect().await?;
    let (mut answers, mut client) = client.into_split();
    send(&mut client, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked").await?;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    // Ends only if the server does so.
    let sending = async { while client.write_all(chunk.as_bytes()).await.is_ok() {} };
    patiently(sending).await?;
    assert!(rest(&mut answers).await?.starts_with(b"HTTP/1.1 200"));
    Ok(())
}

#[tokio::test]
async fn a_body_announced_is_not_asked_for() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    let head = "GET / HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue";
    send(&mut client, head).await?;
    assert!(rest(&mut client).await?.starts_with(b"HTTP/1.1 200"));
    Ok(())
}

#[tokio::test]
async fn a_body_that_came_along_is_no_request() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    let request = "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nGET ";
    client.write_all(request.as_bytes()).await?;
    answer(&mut client).await?;
    ask(&mut client).await?;
    Ok(())
}

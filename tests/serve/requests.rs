//! Requests as clients are known to send them, and as they should not.
//!
//! Requests are bytes, so that they can be wrong, too.

use crate::server::{NEVER, Outcome, answer, ask, closed, rest, send, start, start_on};
use axum::Router;
use axum::routing::get;
use netstatusd::http::serve::CONNECTIONS;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn router() -> Router {
    Router::new().route("/", get(async || "ok"))
}

#[tokio::test]
async fn tcp_and_unix_answer() -> Outcome {
    let tcp = start_on("127.0.0.1:0", router(), NEVER)?;
    assert!(
        ask(&mut tcp.connect_tcp().await?)
            .await?
            .starts_with("HTTP/1.1 200")
    );
    let unix = start(router(), NEVER)?;
    assert!(
        ask(&mut unix.connect().await?)
            .await?
            .starts_with("HTTP/1.1 200")
    );
    Ok(())
}

#[tokio::test]
async fn a_connection_takes_many_requests_with_an_empty_body() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    let head = "GET / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 0";
    for _ in 0..3 {
        send(&mut client, head).await?;
        answer(&mut client).await?;
    }
    Ok(())
}

#[tokio::test]
async fn requests_sent_in_advance_are_all_answered() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    let head = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    client.write_all(head.as_bytes()).await?;
    client.shutdown().await?;
    let answers = String::from_utf8(rest(&mut client).await?)?;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 50);
    Ok(())
}

#[tokio::test]
async fn the_head_alone_can_be_asked_for() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    send(&mut client, "HEAD / HTTP/1.1").await?;
    let answers = ask(&mut client).await?;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2);
    Ok(())
}

#[tokio::test]
async fn a_large_answer_arrives_whole() -> Outcome {
    let large = get(async || "x".repeat(1 << 20));
    let server = start(Router::new().route("/large", large), NEVER)?;
    let mut client = server.connect().await?;
    send(&mut client, "GET /large HTTP/1.1\r\nConnection: close").await?;
    assert!(
        rest(&mut client)
            .await?
            .ends_with("x".repeat(1 << 20).as_bytes())
    );
    Ok(())
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    send(&mut client, "GET / HTTP/1.0").await?;
    assert!(answer(&mut client).await?.starts_with("HTTP/1.0 200"));
    closed(&mut client).await
}

#[tokio::test]
async fn a_client_may_close_its_side_once_it_has_asked() -> Outcome {
    let late = get(async || {
        // The end of its side arrives while the answer is being made.
        tokio::task::yield_now().await;
        "ok"
    });
    let server = start_on("127.0.0.1:0", Router::new().route("/", late), NEVER)?;
    let mut client = server.connect_tcp().await?;
    send(&mut client, "GET / HTTP/1.1").await?;
    client.shutdown().await?;
    answer(&mut client).await?;
    closed(&mut client).await
}

#[tokio::test]
async fn half_a_request_ends_with_its_client() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    client.write_all(b"GET / HT").await?;
    client.shutdown().await?;
    let answer = rest(&mut client).await?;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"));
    Ok(())
}

#[tokio::test]
async fn a_head_beyond_16_kib_is_refused() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut client = server.connect().await?;
    let long = |bytes| format!("GET / HTTP/1.1\r\nCookie: {}", "c".repeat(bytes));
    send(&mut client, &long(15 * 1024)).await?;
    answer(&mut client).await?;
    Ok(())
}

#[tokio::test]
async fn who_sends_too_much_still_gets_the_answer() -> Outcome {
    for bytes in [17 * 1024, 100 * 1024, 500 * 1024] {
        // A unix socket is reset for sure if it is closed with bytes unread.
        let server = start(router(), NEVER)?;
        let mut client = server.connect().await?;
        send(
            &mut client,
            &format!("GET / HTTP/1.1\r\nCookie: {}", "c".repeat(bytes)),
        )
        .await?;
        let mut answer = Vec::new();
        // A connection reset would be an error.
        client.read_to_end(&mut answer).await?;
        assert!(answer.starts_with(b"HTTP/1.1 431"));
    }
    Ok(())
}

/// The status of the last answer in `bytes`, its body as JSON.
fn last_answer(bytes: &[u8]) -> Outcome<(u16, Value)> {
    let text = String::from_utf8(bytes.to_vec())?;
    let (head, body) = text.rsplit_once("\r\n\r\n").ok_or("no head")?;
    let head = &head[head.rfind("HTTP/1.").ok_or("no status")?..];
    let lower = head.to_ascii_lowercase();
    assert!(
        lower.contains("\r\ncontent-type: application/json"),
        "{head}"
    );
    assert!(lower.contains("\r\nconnection: close"), "{head}");
    let length = format!("\r\ncontent-length: {}", body.len());
    assert!(lower.contains(&length), "{head}");
    Ok((head[9..12].parse()?, serde_json::from_str(body)?))
}

#[tokio::test]
async fn what_is_no_request_is_told_so_in_json() -> Outcome {
    let server = start(router(), NEVER)?;
    let fields = "X: 1\r\n".repeat(150);
    let long = "c".repeat(17 * 1024);
    let table: [(&[u8], u16); 6] = [
        (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\xa5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (&format!("GET / HTTP/1.1\r\n{fields}\r\n").into_bytes(), 431),
        (
            &format!("GET / HTTP/1.1\r\nCookie: {long}\r\n\r\n").into_bytes(),
            431,
        ),
        (
            &format!("GET /{} HTTP/1.1\r\n\r\n", "c".repeat(70_000)).into_bytes(),
            431,
        ),
    ];
    for (bytes, status) in table {
        // Alone, and after a request that is one.
        for before in ["", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
            let mut client = server.connect().await?;
            client
                .write_all(&[before.as_bytes(), bytes].concat())
                .await?;
            let answers = rest(&mut client).await?;
            let (said, error) = last_answer(&answers)?;
            assert_eq!(said, status);
            for key in [
                "error_class",
                "description",
                "module",
                "stack",
                "user_visible",
            ] {
                assert!(error.get(key).is_some(), "{key} in {error}");
            }
            let good = String::from_utf8_lossy(&answers)
                .matches("HTTP/1.1 200")
                .count();
            assert_eq!(good, usize::from(!before.is_empty()));
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_panic_ends_its_connection_only() -> Outcome {
    let defect = get(async || -> &'static str { panic!("as the test wants") });
    let server = start(router().route("/defect", defect), NEVER)?;
    let mut other = server.connect().await?;
    ask(&mut other).await?;
    let mut unlucky = server.connect().await?;
    send(&mut unlucky, "GET /defect HTTP/1.1").await?;
    closed(&mut unlucky).await?;
    ask(&mut other).await?;
    ask(&mut server.connect().await?).await?;
    Ok(())
}

#[tokio::test]
async fn a_crowd_is_answered_to_the_last() -> Outcome {
    let server = start(router(), NEVER)?;
    let mut clients = Vec::new();
    // The server runs only when this task waits for it: they all come at once.
    for _ in 0..CONNECTIONS + 50 {
        let mut client = server.connect().await?;
        send(&mut client, "GET / HTTP/1.1").await?;
        clients.push(client);
    }
    for client in &mut clients {
        answer(client).await?;
    }
    // Of those, the eldest made room.
    closed(&mut clients[0]).await?;
    ask(&mut clients[CONNECTIONS]).await?;
    Ok(())
}

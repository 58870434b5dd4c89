//! The time before the kernel has been read: nothing is made up.
//!
//! The router is the daemon's, over a store that has nothing yet.

use crate::server::{NEVER, Outcome, start};
use netstatusd::http::{Service, router};
use netstatusd::kernel::counters::Counters;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::watch;

#[tokio::test]
async fn before_the_first_view_clients_are_told_to_come_again() -> Outcome {
    let (_publish, views) = watch::channel(None);
    let service = Arc::new(Service::new(views, Counters::default()));
    let server = start(router(service), NEVER)?;
    for path in [
        "/v2/network/interfaces/",
        "/v2/network/interfaces/1",
        "/v2/network/interfaces/1/status/",
        "/v2/network/interfaces/1/status/1",
        "/healthz/1",
        "/readyz",
        "/metrics",
    ] {
        let answer = server.get(path).await?;
        assert!(answer.starts_with("HTTP/1.1 503 "), "{path}: {answer}");
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no body")?;
        let head = head.to_ascii_lowercase();
        let seconds = head
            .split("\r\nretry-after: ")
            .nth(1)
            .ok_or("no Retry-After")?;
        let seconds = seconds.split("\r\n").next().unwrap_or_default();
        assert!(seconds.parse::<u32>()? > 0, "{path}");
        let error: Value = serde_json::from_str(body)?;
        assert_eq!(error["error_class"], "http_service_unavailable_error");
    }
    Ok(())
}

#[tokio::test]
async fn that_the_daemon_lives_needs_no_view() -> Outcome {
    let (_publish, views) = watch::channel(None);
    let service = Arc::new(Service::new(views, Counters::default()));
    let server = start(router(service), NEVER)?;
    let answer = server.get("/healthz").await?;
    assert!(answer.starts_with("HTTP/1.1 200 "));
    Ok(())
}

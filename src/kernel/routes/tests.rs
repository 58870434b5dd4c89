//! What is logged when the socket for hints is lost.
//!
//! The sockets are the running kernel's, the time is the test's own.

use super::*;
use std::io::Read;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;

/// Everything that is logged by `act`, a line each.
fn logged(act: impl FnOnce()) -> Vec<String> {
    let (mut said, log) = std::io::pipe().unwrap();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(Arc::new(log));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), act);
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn a_socket_that_is_lost_again_and_again_is_told_once_a_minute() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut fold = Fold::default();
    let mut routes = Routes::open().unwrap();
    let lines = logged(|| {
        for seconds in (0..100).step_by(2) {
            assert!(routes.take(None, &fold, at(seconds)), "that is news");
            assert_eq!(routes.failing_since(), Some(at(seconds)));
            assert_eq!(routes.deadline(), Some(at(seconds + 1)));
            assert!(
                routes.ask(&mut fold, at(seconds + 1), true),
                "so is its end"
            );
            assert_eq!(routes.failing_since(), None);
        }
    });
    let begins = |failures: u32| {
        format!(
            "WARN default routes cannot be asked for; it is tried again failures={failures} \
             error=\"the socket that watches the routing tables was lost\""
        )
    };
    let ends = || "INFO default routes are known again".to_owned();
    assert_eq!(lines, [begins(1), ends(), begins(30), ends()]);
}

//! Tells in the log when what is known turns stale, and when it is current again:
//! on the thread that serves, since the kernel can hold up the one that watches.

use crate::facts::GRACE;
use crate::http::Views;
use std::time::Instant;
use tokio::time::timeout_at;

/// Follows `views` until there are no more.
pub(super) async fn tell(mut views: Views) {
    let mut was_stale = false;
    loop {
        let turns_stale = turns_stale(&mut views);
        let is_stale = turns_stale.is_some_and(|due| due <= Instant::now());
        match (was_stale, is_stale) {
            (false, true) => tracing::warn!(
                "events have been missing for {} s: what is known is stale",
                GRACE.as_secs()
            ),
            (true, false) => tracing::info!("what is known is current again"),
            _ => {}
        }
        was_stale = is_stale;
        let changed = views.changed();
        let goes_on = match turns_stale.filter(|_| !is_stale) {
            Some(due) => timeout_at(due.into(), changed).await.unwrap_or(Ok(())),
            None => changed.await,
        };
        if goes_on.is_err() {
            return;
        }
    }
}

/// When the newest view turns stale if nothing makes up for what is missing.
fn turns_stale(views: &mut Views) -> Option<Instant> {
    let node = views.borrow_and_update();
    let missing_since = node.as_ref()?.snapshot().kernel.missing_since;
    missing_since.map(|since| since + GRACE)
}

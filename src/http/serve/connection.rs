//! One connection, from its first byte to its end.
//!
//! hyper speaks HTTP. Its only deadline is for the head, from the end of the
//! answer before, so it is switched off: `progress` says what we are waiting for
//! and since when. A client may close its sending side once it has asked.

use super::Deadlines;
use super::observe::{AnswerBody, Observed};
use super::progress::Progress;
use crate::http::listen::Stream;
use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::pin::pin;
use tokio::sync::watch;

/// The head of a request, in bytes. hyper answers 431 to a longer one.
const HEAD_BYTES: usize = 16 * 1024;

/// What holds for every connection of a listener.
#[derive(Clone)]
pub(super) struct Terms {
    pub(super) router: Router,
    pub(super) deadlines: Deadlines,
    /// True when it is time to stop.
    pub(super) stop: watch::Receiver<bool>,
}

/// Serves `client` until one of us has had enough.
pub(super) async fn run(client: Box<dyn Stream>, progress: Progress, terms: Terms) {
    let Terms {
        router,
        deadlines,
        mut stop,
    } = terms;
    let router = TowerToHyperService::new(router);
    let answer = service_fn(|request: Request<Incoming>| {
        let answering = progress.answering();
        let response = router.call(request);
        async move {
            let response = response.await?;
            Ok::<_, Infallible>(response.map(|body| AnswerBody::new(body, answering)))
        }
    });
    let io = TokioIo::new(Observed::new(client, progress.clone()));
    let mut serving = pin!(
        http1::Builder::new()
            .half_close(true)
            .header_read_timeout(None)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(io, answer)
    );
    let mut is_stopping = false;
    loop {
        tokio::select! {
            // What progress there is, `serving` makes it: it must be asked first.
            biased;
            ended = &mut serving => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection failed");
                }
                return;
            }
            () = progress.overdue(&deadlines) => {
                tracing::debug!("a client took too long");
                return;
            }
            () = super::stopped(&mut stop), if !is_stopping => {
                if !progress.has_request() {
                    return;
                }
                is_stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

//! What handlers answer from: the newest view and the counters.
//!
//! Nothing here waits: a view is borrowed, counters are read.

use super::error::ApiError;
use super::templates::Templates;
use crate::facts::LinkFacts;
use crate::kernel::counters::{Counters, Sample};
use crate::view::{InterfaceView, NodeView};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// Room for a document as most are.
const DOCUMENT_BYTES: usize = 1024;

/// The newest view, once there is one.
pub type Views = watch::Receiver<Option<Arc<NodeView>>>;

/// Everything the handlers need.
#[derive(Debug)]
pub struct Service {
    views: Views,
    counters: Mutex<Counters>,
    templates: Mutex<Templates>,
}

impl Service {
    /// Answers from the newest of `views`, with what `counters` read.
    #[must_use]
    pub fn new(views: Views, counters: Counters) -> Self {
        Self {
            views,
            counters: Mutex::new(counters),
            templates: Mutex::default(),
        }
    }

    /// Closes the files of links as they go, until there are no more views. A
    /// file that is kept open keeps what it belongs to.
    pub async fn let_go_of_vanished(&self) {
        let mut views = self.views.clone();
        while views.changed().await.is_ok() {
            let Some(node) = views.borrow_and_update().clone() else {
                continue;
            };
            self.counters().follow(node.snapshot());
        }
    }

    /// The newest view.
    pub(super) fn view(&self) -> Result<Arc<NodeView>, ApiError> {
        self.views.borrow().clone().ok_or(ApiError::NotReady)
    }

    /// The status document of `interface` as JSON, with its counters read now.
    pub(super) fn status(
        &self,
        node: &Arc<NodeView>,
        interface: &InterfaceView,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let is_stale = node.is_stale(Instant::now());
        let template = self.templates().of(node, interface, is_stale)?;
        Ok(template.fill(self.sample_of(node, interface, is_stale)))
    }

    /// The counters of an interface of `node`; of one that is not here, nothing.
    pub(super) fn sample_of(
        &self,
        node: &NodeView,
        interface: &InterfaceView,
        is_stale: bool,
    ) -> Sample {
        let sample = node
            .facts(interface)
            .map(|facts| self.sample(node, facts, is_stale));
        sample.unwrap_or_else(Sample::of_nothing)
    }

    /// The counters of a link of `node`: read now, or the last known ones.
    pub(super) fn sample(&self, node: &NodeView, facts: &LinkFacts, is_stale: bool) -> Sample {
        let mut counters = self.counters();
        let resyncs = node.snapshot().kernel.tally.resyncs;
        if is_stale {
            counters.last(facts, resyncs)
        } else {
            counters.read(facts, resyncs)
        }
    }

    pub(super) fn counters(&self) -> MutexGuard<'_, Counters> {
        // A panic elsewhere leaves the counters whole: they are replaced whole.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn templates(&self) -> MutexGuard<'_, Templates> {
        // Each is put in whole.
        self.templates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The interface that `word` names.
pub(super) fn interface<'a>(node: &'a NodeView, word: &str) -> Result<&'a InterfaceView, ApiError> {
    node.find(word)
        .ok_or_else(|| ApiError::UnknownInterface(word.to_owned()))
}

/// Whether `word` is the number of `node`.
pub(super) fn check_node(node: &NodeView, word: &str) -> Result<(), ApiError> {
    match number(word)? {
        id if id == u64::from(node.id().get()) => Ok(()),
        _ => Err(ApiError::UnknownNode {
            asked: word.to_owned(),
            own: node.id().get(),
        }),
    }
}

/// The number that `word` is; one too large to be anything's is the largest.
pub(super) fn number(word: &str) -> Result<u64, ApiError> {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(word.parse().unwrap_or(u64::MAX))
    } else {
        Err(ApiError::NotANumber(word.to_owned()))
    }
}

/// A reply with `document` as JSON.
pub(super) fn json(document: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(DOCUMENT_BYTES);
    said(serde_json::to_writer(&mut bytes, document).map(|()| bytes))
}

/// A reply with a document that was to be written as JSON.
pub(super) fn said(document: Result<Vec<u8>, serde_json::Error>) -> Response {
    match document {
        Ok(bytes) => reply("application/json", bytes),
        // No document has a map with keys that are not text, the only cause.
        Err(error) => {
            tracing::error!(%error, "a document cannot be written as JSON");
            axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A reply with `text` for people.
pub(super) fn text(text: String) -> Response {
    reply("text/plain; charset=utf-8", text.into_bytes())
}

/// A reply with `body`, not to be kept by anyone.
pub(super) fn reply(content_type: &'static str, body: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        // It is true now, not later.
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, body.into()).into_response()
}

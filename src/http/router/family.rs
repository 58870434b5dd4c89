//! The documents of a whole node: the vendor's versions 1 and 3.
//!
//! They are made of the same view as version 2, so that none contradicts another.

use super::{Answer, App, BothForms, NODE, Words, word};
use crate::api::{v1, v3};
use crate::http::error::ApiError;
use crate::http::service::{Service, check_node, interface, json};
use crate::view::NodeView;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;
use std::time::Instant;

/// The interface of the version that knows only one.
const FIRST: &str = "1";

pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .both("/v1/network/status", get(all_v1))
        .both("/v1/network/status/{node_id}", get(one_v1))
        .both("/v3/network/status", get(all_v3))
        .both("/v3/network/status/{node_id}", get(one_v3))
}

async fn all_v1(State(service): App) -> Answer {
    let node = service.view()?;
    Ok(json(&[service.v1(&node)?]))
}

async fn one_v1(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    check_node(&node, word(&words, NODE)?)?;
    Ok(json(&service.v1(&node)?))
}

async fn all_v3(State(service): App) -> Answer {
    let node = service.view()?;
    Ok(service.v3(&node, |status| json(&[status])).await)
}

async fn one_v3(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    check_node(&node, word(&words, NODE)?)?;
    Ok(service.v3(&node, |status| json(&status)).await)
}

impl Service {
    fn v1<'a>(&self, node: &'a NodeView) -> Result<v1::Status<'a>, ApiError> {
        let interface = interface(node, FIRST)?;
        let is_stale = node.is_stale(Instant::now());
        let sample = self.sample_of(node, interface, is_stale);
        let status = v1::Status::new(node, interface, sample, is_stale);
        status.ok_or_else(|| ApiError::UnknownInterface(FIRST.to_owned()))
    }

    async fn v3(&self, node: &NodeView, reply: impl FnOnce(v3::Status) -> Response) -> Response {
        let links = node.snapshot().links();
        let samples = self
            .samples_of(node, links.iter().map(Some), links.len())
            .await;
        let is_stale = node.is_stale(Instant::now());
        reply(v3::Status::new(node, &samples, is_stale))
    }
}

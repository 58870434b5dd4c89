//! Which path is answered with what. Every path answers with and without a
//! trailing slash, to GET and HEAD.
//!
//! Other methods are told which are allowed.

mod family;

use super::error::ApiError;
use super::service::{Service, check_node, interface, json, number, reply, said, text};
use crate::api::{self, v2};
use crate::view::sentences;
use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use futures_util::StreamExt;
use futures_util::stream;
use std::convert::Infallible;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

pub(super) type Answer = Result<Response, ApiError>;
pub(super) type App = State<Arc<Service>>;
/// What the path's variable parts hold.
pub(super) type Words = Result<RawPathParams, RawPathParamsRejection>;

// Variable parts of paths, as the routes below call them.
const INTERFACE: &str = "interface_id";
const NETWORK: &str = "network_id";
pub(super) const NODE: &str = "node_id";

/// Answered paths, for people.
const ROUTES: &str = "\
netstatusd answers these paths (GET, HEAD):

/v2/network/interfaces/                                        the interfaces of this node
/v2/network/interfaces/{interface_id}                          one, by id, name or altname
/v2/network/interfaces/{interface_id}/networks/                its networks
/v2/network/interfaces/{interface_id}/networks/{network_id}    one of them, by id
/v2/network/interfaces/{interface_id}/status/                  its status on every known node
/v2/network/interfaces/{interface_id}/status/{node_id}         its status on that node
/v1/network/status/                                            the deprecated status, of interface 1, of every known node
/v1/network/status/{node_id}                                   of that node
/v3/network/status                                             the status with every device, of every known node
/v3/network/status/{node_id}                                   of that node
/healthz                                                       the daemon lives
/healthz/{interface_id}                                        200 if the interface is usable, else 503 and why
/readyz                                                        200 if the documents are current
/metrics                                                       the daemon and its interfaces, for Prometheus
";

/// Every route, answered from `service`.
pub fn router(service: Arc<Service>) -> Router {
    let interfaces = "/v2/network/interfaces";
    Router::new()
        .route("/", get(index))
        .merge(family::routes())
        .both(interfaces, get(list))
        .both(&format!("{interfaces}/{{interface_id}}"), get(one))
        .both(
            &format!("{interfaces}/{{interface_id}}/networks"),
            get(networks),
        )
        .both(
            &format!("{interfaces}/{{interface_id}}/networks/{{network_id}}"),
            get(network),
        )
        .both(
            &format!("{interfaces}/{{interface_id}}/status"),
            get(statuses),
        )
        .both(
            &format!("{interfaces}/{{interface_id}}/status/{{node_id}}"),
            get(status),
        )
        .both("/healthz", get(alive))
        .both("/healthz/{interface_id}", get(usable))
        .both("/readyz", get(ready))
        .both("/metrics", get(metrics))
        .fallback(unknown)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .with_state(service)
}

pub(super) trait BothForms {
    fn both(self, path: &str, answer: MethodRouter<Arc<Service>>) -> Self;
}

impl BothForms for Router<Arc<Service>> {
    fn both(self, path: &str, answer: MethodRouter<Arc<Service>>) -> Self {
        self.route(path, answer.clone())
            .route(&format!("{path}/"), answer)
    }
}

async fn index() -> Response {
    text(ROUTES.to_owned())
}

async fn list(State(service): App) -> Answer {
    let node = service.view()?;
    let configs: Vec<v2::Config> = node.interfaces().map(v2::Config::from).collect();
    Ok(json(&configs))
}

async fn one(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    let interface = interface(&node, word(&words, INTERFACE)?)?;
    Ok(json(&v2::Config::from(interface)))
}

async fn networks(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    let interface = interface(&node, word(&words, INTERFACE)?)?;
    Ok(json(&v2::NetworkConfig::all(interface)))
}

async fn network(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    let (interface_word, network_word) = (word(&words, INTERFACE)?, word(&words, NETWORK)?);
    let interface = interface(&node, interface_word)?;
    let id = number(network_word)?;
    let mut networks = v2::NetworkConfig::all(interface).into_iter();
    let found = networks.find(|network| u64::from(network.id()) == id);
    found
        .map(|network| json(&network))
        .ok_or(ApiError::UnknownNetwork {
            asked: network_word.to_owned(),
            interface: interface_word.to_owned(),
        })
}

async fn statuses(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    let interface = interface(&node, word(&words, INTERFACE)?)?;
    let document = service.status(&node, interface);
    let array = document.map(|document| [b"[".as_slice(), &document, b"]"].concat());
    Ok(said(array))
}

async fn status(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    check_node(&node, word(&words, NODE)?)?;
    let interface = interface(&node, word(&words, INTERFACE)?)?;
    Ok(said(service.status(&node, interface)))
}

async fn alive() -> Response {
    text("alive\n".to_owned())
}

async fn ready(State(service): App) -> Answer {
    let node = service.view()?;
    Ok(if node.is_stale(Instant::now()) {
        unavailable("events of the kernel are missing\n".to_owned())
    } else {
        text("ready\n".to_owned())
    })
}

async fn usable(State(service): App, words: Words) -> Answer {
    let node = service.view()?;
    let interface = interface(&node, word(&words, INTERFACE)?)?;
    let is_stale = node.is_stale(Instant::now());
    let is_usable = interface.is_usable();
    // Writing to a String cannot fail.
    let mut reasons = String::new();
    if is_stale {
        reasons.push_str("events of the kernel are missing\n");
    }
    if !is_usable {
        let _ = writeln!(
            reasons,
            "{} is {}, its cable {}",
            interface.name, interface.state, interface.cable
        );
    }
    for sentence in sentences(&interface.differences) {
        let _ = writeln!(reasons, "{sentence}");
    }
    Ok(if is_usable && !is_stale && interface.is_applied() {
        text(format!("usable\n{reasons}"))
    } else {
        unavailable(reasons)
    })
}

async fn metrics(State(service): App) -> Answer {
    let node = service.view()?;
    let parts = stream::iter(service.metrics(node).await).map(Ok::<_, Infallible>);
    Ok(reply(api::metrics::CONTENT_TYPE, Body::from_stream(parts)))
}

fn unavailable(reasons: String) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, text(reasons)).into_response()
}

async fn unknown(uri: Uri) -> ApiError {
    ApiError::UnknownPath(uri.path().to_owned())
}

/// The part of the path that is called `name` in its route.
pub(super) fn word<'a>(words: &'a Words, name: &str) -> Result<&'a str, ApiError> {
    let words = words.as_ref().map_err(|_| ApiError::NotText)?;
    let found = words.iter().find(|(key, _)| *key == name);
    Ok(found.map_or("", |(_, word)| word))
}

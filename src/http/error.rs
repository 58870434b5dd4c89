//! Errors as the vendor's API says them: JSON with five keys, always the same.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request has no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// No interface has this id or name.
    #[error("there is no interface `{0}` on this node; see /v2/network/interfaces/")]
    UnknownInterface(String),
    /// This agent does not know that node.
    #[error("node {asked} is not known to this agent, which is node {own}")]
    UnknownNode {
        /// The number asked for.
        asked: String,
        /// The node's own.
        own: u32,
    },
    /// No such route.
    #[error("there is nothing at `{0}`; see / for what there is")]
    UnknownPath(String),
    /// A part of the path should be a number and is not.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// A part of the path is not text.
    #[error("the path is not UTF-8 once its percent signs are decoded")]
    NotText,
    /// The path is there, but not for this method.
    #[error("only GET and HEAD are answered here")]
    MethodNotAllowed,
    /// The kernel has not been read yet.
    #[error("the kernel's links are still being read; try again in a second")]
    NotReady,
}

#[derive(Serialize)]
struct Body<'a> {
    error_class: &'a str,
    description: String,
    module: &'a str,
    stack: [&'a str; 0],
    user_visible: bool,
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownInterface(_) | Self::UnknownNode { .. } | Self::UnknownPath(_) => {
                StatusCode::NOT_FOUND
            }
            Self::NotANumber(_) | Self::NotText => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::UnknownInterface(_) | Self::UnknownNode { .. } | Self::UnknownPath(_) => {
                "http_not_found_error"
            }
            Self::NotANumber(_) | Self::NotText => "http_bad_request_error",
            Self::MethodNotAllowed => "http_method_not_allowed_error",
            Self::NotReady => "http_service_unavailable_error",
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body {
            error_class: self.class(),
            description: self.to_string(),
            module: "network",
            stack: [],
            user_visible: true,
        };
        let mut response = super::service::json(&body);
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        match self {
            Self::NotReady => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            Self::MethodNotAllowed => {
                headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            _ => {}
        }
        response
    }
}

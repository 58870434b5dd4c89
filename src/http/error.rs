//! Errors as the vendor's API says them: JSON with five keys, always the same.
//!
//! What went wrong is told in one sentence for a person.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request has no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ApiError {
    /// No interface has this id or name.
    #[error("there is no interface `{0}` on this node; see /v2/network/interfaces/")]
    UnknownInterface(String),
    /// An interface has no network of this number.
    #[error(
        "interface `{interface}` has no network {asked}; see /v2/network/interfaces/{interface}/networks/"
    )]
    UnknownNetwork {
        /// The number asked for.
        asked: String,
        /// The interface asked for.
        interface: String,
    },
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
    /// What was sent is not HTTP.
    #[error("this is not a request of HTTP/1.1 as RFC 9112 has it")]
    NotHttp,
    /// The path and its query are too long.
    #[error("the path is too long")]
    PathTooLong,
    /// The head of the request is beyond what is read.
    #[error("the head of the request is over 16 KiB or has more than 100 fields")]
    HeadTooLarge,
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
    /// Why a request was refused with this status before its path was looked at.
    pub(super) fn of_refusal(status: StatusCode) -> Option<Self> {
        match status {
            StatusCode::BAD_REQUEST => Some(Self::NotHttp),
            StatusCode::URI_TOO_LONG => Some(Self::PathTooLong),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Some(Self::HeadTooLarge),
            _ => None,
        }
    }

    /// The error as JSON.
    pub(super) fn body(&self) -> Vec<u8> {
        // A struct of texts is always JSON.
        serde_json::to_vec(&Body::from(self)).unwrap_or_default()
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownInterface(_)
            | Self::UnknownNetwork { .. }
            | Self::UnknownNode { .. }
            | Self::UnknownPath(_) => StatusCode::NOT_FOUND,
            Self::NotANumber(_) | Self::NotText | Self::NotHttp => StatusCode::BAD_REQUEST,
            Self::PathTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::UnknownInterface(_)
            | Self::UnknownNetwork { .. }
            | Self::UnknownNode { .. }
            | Self::UnknownPath(_) => "http_not_found_error",
            Self::NotANumber(_) | Self::NotText | Self::NotHttp => "http_bad_request_error",
            Self::PathTooLong => "http_uri_too_long_error",
            Self::HeadTooLarge => "http_request_header_fields_too_large_error",
            Self::MethodNotAllowed => "http_method_not_allowed_error",
            Self::NotReady => "http_service_unavailable_error",
        }
    }
}

impl From<&ApiError> for Body<'_> {
    fn from(error: &ApiError) -> Self {
        Self {
            error_class: error.class(),
            description: error.to_string(),
            module: "network",
            stack: [],
            user_visible: true,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = super::service::json(&Body::from(&self));
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

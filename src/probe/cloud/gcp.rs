//! Google Compute Engine: `instance/network-interfaces` of the metadata server.
//!
//! One document tells of all NICs, and the server holds a request back until
//! something changes (`wait_for_change`): a minute at most, then it is asked anew.

use super::client::{Client, Question};
use super::error::FetchError;
use super::parse::{self, ParseError};
use crate::facts::{CloudDetail, CloudNic};
use hyper::header::{ETAG, HeaderMap};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use std::time::Duration;

const INTERFACES: &str = "/computeMetadata/v1/instance/network-interfaces/?recursive=true";
const READ_WITHIN: Duration = Duration::from_secs(2);
/// How long the server holds a request back.
pub(super) const HELD_FOR: Duration = Duration::from_mins(1);
/// No document is longer.
const MAX_DOCUMENT: usize = 1 << 20;
/// Tells that the server is the metadata server, and that no browser asks.
const FLAVOR: (&str, &str) = ("metadata-flavor", "Google");

/// What is remembered of the server.
#[derive(Default)]
pub(super) struct Gcp {
    /// Names what it said last.
    etag: Option<String>,
}

impl Gcp {
    /// Whether the server can be asked for a change.
    pub(super) fn can_wait(&self) -> bool {
        self.etag.is_some()
    }

    /// The NICs the server knows, now, or once that has changed if it `is_waiting`.
    pub(super) async fn fetch(
        &mut self,
        client: &mut Client,
        is_waiting: bool,
    ) -> Result<Vec<CloudNic>, FetchError> {
        client.begin(1);
        let etag = self.etag.take().filter(|_| is_waiting);
        let (wait, within) = match etag {
            Some(etag) => {
                let seconds = HELD_FOR.as_secs();
                let wait = format!("&wait_for_change=true&timeout_sec={seconds}&last_etag={etag}");
                (wait, HELD_FOR + READ_WITHIN)
            }
            None => (String::new(), READ_WITHIN),
        };
        let question = Question {
            method: Method::GET,
            path: INTERFACES,
            varying: &wait,
            headers: &[FLAVOR],
            within,
            limit: MAX_DOCUMENT,
        };
        let answer = client.ask(question).await?;
        let path = INTERFACES.to_owned();
        if answer
            .headers
            .get(FLAVOR.0)
            .is_none_or(|flavor| flavor != FLAVOR.1)
        {
            return Err(FetchError::Flavor { path });
        }
        if answer.status != StatusCode::OK {
            let status = answer.status;
            return Err(FetchError::Status { path, status });
        }
        let nics = nics(&answer.body).map_err(|source| FetchError::Parse { path, source })?;
        self.etag = etag_of(&answer.headers);
        Ok(nics)
    }
}

/// The name of what was said; `None` if it cannot be part of a path.
fn etag_of(headers: &HeaderMap) -> Option<String> {
    const LONGEST: usize = 128;
    let etag = headers.get(ETAG)?.to_str().ok()?.trim_matches('"');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_usable = (1..=LONGEST).contains(&etag.len()) && etag.bytes().all(is_plain);
    is_usable.then(|| etag.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interface {
    mac: String,
    #[serde(default)]
    ip: String,
    #[serde(default)]
    ip_aliases: Vec<String>,
    #[serde(default)]
    forwarded_ips: Vec<String>,
    #[serde(default)]
    network: String,
    #[serde(default)]
    subnetmask: String,
}

/// The NICs of the document `body`, in its order.
///
/// # Errors
/// If it is not the documented JSON.
pub fn nics(body: &[u8]) -> Result<Vec<CloudNic>, ParseError> {
    let interfaces: Vec<Interface> = serde_json::from_slice(body)?;
    let words = |texts: Vec<String>| -> Result<Vec<String>, ParseError> {
        texts.iter().map(|text| parse::word(text)).collect()
    };
    let mut nics = Vec::new();
    for interface in interfaces {
        let nic = CloudNic {
            mac: parse::mac(&interface.mac)?,
            private_ipv4: parse::addresses([interface.ip.as_str()])?,
            subnet_mask: match interface.subnetmask.as_str() {
                "" => None,
                mask => Some(parse::dotted_mask(mask)?),
            },
            detail: CloudDetail::Gcp {
                network: parse::word(&interface.network)?,
                ip_aliases: words(interface.ip_aliases)?,
                forwarded: words(interface.forwarded_ips)?,
            },
        };
        parse::add(&mut nics, nic)?;
    }
    Ok(nics)
}

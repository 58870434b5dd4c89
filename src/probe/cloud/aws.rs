//! Amazon EC2: the instance metadata service, version 2 only.
//!
//! A token first, then the leaves under `network/interfaces/macs/<mac>/`, one
//! request each, for the NICs that are here. A leaf that is not there (404) is
//! empty: an IPv6-only NIC has no IPv4 leaves, and a new one gets them late.

mod leaves;

pub use leaves::{Leaves, nic};

use super::client::{Answer, Client, Question};
use super::error::FetchError;
use super::parse::ParseError;
use crate::facts::{CloudNic, MacAddr};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use leaves::macs;
use std::time::{Duration, Instant};

const TOKEN: &str = "/latest/api/token";
/// Of a version whose tree does not change any more.
const MACS: &str = "/2021-07-15/meta-data/network/interfaces/macs/";
/// How long a token is asked for, in seconds: as long as the service allows.
const TOKEN_SECONDS: &str = "21600";
/// After this a token is renewed, two minutes before its end.
const TOKEN_FOR: Duration = Duration::from_mins(6 * 60 - 2);
const READ_WITHIN: Duration = Duration::from_secs(2);
/// No leaf is longer.
const MAX_LEAF: usize = 64 << 10;
/// Requests allowed for each NIC; a token, the list and the leaves are ten.
const PER_NIC: u32 = 12;

/// What is remembered of the service.
#[derive(Default)]
pub(super) struct Aws {
    token: Option<Token>,
}

struct Token {
    text: String,
    until: Instant,
}

impl Aws {
    /// The NICs the service knows, of those `present`.
    pub(super) async fn fetch(
        &mut self,
        client: &mut Client,
        present: &[MacAddr],
    ) -> Result<Vec<CloudNic>, FetchError> {
        client.begin(PER_NIC);
        let list = self.get(client, MACS).await?.ok_or(FetchError::Status {
            path: MACS.to_owned(),
            status: StatusCode::NOT_FOUND,
        })?;
        let mut macs = macs(&list).map_err(unreadable(MACS))?;
        macs.retain(|(mac, _)| present.contains(mac));
        client.allow(PER_NIC * u32::try_from(macs.len().saturating_sub(1)).unwrap_or(0));
        let mut nics = Vec::new();
        for (mac, folder) in macs {
            let leaves = self.leaves(client, &folder).await?;
            nics.extend(nic(mac, &leaves).map_err(unreadable(&folder))?);
        }
        Ok(nics)
    }

    async fn leaves(&mut self, client: &mut Client, folder: &str) -> Result<Leaves, FetchError> {
        let path = |leaf: &str| format!("{folder}{leaf}");
        Ok(Leaves {
            interface_id: self.get(client, &path("interface-id")).await?,
            device_number: self.get(client, &path("device-number")).await?,
            local_ipv4s: self.get(client, &path("local-ipv4s")).await?,
            subnet_id: self.get(client, &path("subnet-id")).await?,
            subnet_ipv4_cidr_block: self.get(client, &path("subnet-ipv4-cidr-block")).await?,
            vpc_id: self.get(client, &path("vpc-id")).await?,
            security_groups: self.get(client, &path("security-groups")).await?,
            ipv4_prefix: self.get(client, &path("ipv4-prefix")).await?,
        })
    }

    /// What `path` holds; `None` if there is no such thing.
    async fn get(&mut self, client: &mut Client, path: &str) -> Result<Option<Bytes>, FetchError> {
        let mut answer = self.ask(client, path).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.token = None;
            answer = self.ask(client, path).await?;
        }
        let path = path.to_owned();
        match answer.status {
            StatusCode::OK => Ok(Some(answer.body)),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED => Err(FetchError::TokenRefused { path }),
            status => Err(refused(path, status)),
        }
    }

    async fn ask(&mut self, client: &mut Client, path: &str) -> Result<Answer, FetchError> {
        let token = self.token(client).await?;
        let question = Question {
            method: Method::GET,
            path,
            varying: "",
            headers: &[("x-aws-ec2-metadata-token", &token)],
            within: READ_WITHIN,
            limit: MAX_LEAF,
        };
        client.ask(question).await
    }

    async fn token(&mut self, client: &mut Client) -> Result<String, FetchError> {
        let now = Instant::now();
        if let Some(token) = self.token.as_ref().filter(|token| now < token.until) {
            return Ok(token.text.clone());
        }
        let question = Question {
            method: Method::PUT,
            path: TOKEN,
            varying: "",
            headers: &[("x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS)],
            within: READ_WITHIN,
            limit: MAX_LEAF,
        };
        let answer = client.ask(question).await?;
        if answer.status != StatusCode::OK {
            return Err(refused(TOKEN.to_owned(), answer.status));
        }
        let text = token(&answer.body)?;
        self.token = Some(Token {
            text: text.clone(),
            until: now + TOKEN_FOR,
        });
        Ok(text)
    }
}

fn refused(path: String, status: StatusCode) -> FetchError {
    if status == StatusCode::FORBIDDEN {
        FetchError::Denied { path, status }
    } else {
        FetchError::Status { path, status }
    }
}

fn unreadable(path: &str) -> impl FnOnce(ParseError) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Parse { path, source }
}

/// A token that can be sent as a header.
fn token(body: &[u8]) -> Result<String, FetchError> {
    const LONGEST: usize = 1024;
    let text = str::from_utf8(body).map_or("", str::trim);
    let is_sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if text.is_empty() || text.len() > LONGEST || !is_sendable {
        return Err(FetchError::Token);
    }
    Ok(text.to_owned())
}

//! A plain HTTP/1.1 client over a unix socket: one request, one connection, one `Reply`.
//!
//! It is our own so that requests can be odd, and answers be seen as they came.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use super::outcome::{Failure, Outcome, PATIENCE, fail};

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The value of a header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body, put together again if it came in chunks.
    pub(crate) fn body_whole(&self) -> Outcome<Vec<u8>> {
        if self.header("transfer-encoding") != Some("chunked") {
            return Ok(self.body.clone());
        }
        let mut whole = Vec::new();
        let mut rest = self.body.as_slice();
        loop {
            let end = rest.windows(2).position(|two| two == b"\r\n");
            let end = end.ok_or_else(|| Failure("a chunk without a size".into()))?;
            let size = usize::from_str_radix(str::from_utf8(&rest[..end])?, 16)?;
            if size == 0 {
                return Ok(whole);
            }
            let chunk = rest.get(end + 2..end + 2 + size);
            whole.extend(chunk.ok_or_else(|| Failure("half a chunk".into()))?);
            rest = rest.get(end + 4 + size..).unwrap_or_default();
        }
    }

    /// The body as JSON; its type must say so too.
    pub(crate) fn json(&self) -> Outcome<Value> {
        let content_type = self.header("content-type");
        if content_type.is_none_or(|value| !value.starts_with("application/json")) {
            return fail(format!(
                "content-type {content_type:?} with status {}",
                self.status
            ));
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// Sends one request with extra header lines (each ending in CRLF) and reads the reply to its end.
pub(crate) fn request(socket: &Path, method: &str, target: &str, extra: &str) -> Outcome<Reply> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{extra}\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).map_err(|Failure(why)| Failure(format!("{method} {target}: {why}")))
}

fn parse(bytes: &[u8]) -> Outcome<Reply> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        return fail(format!(
            "no HTTP head in {:?}",
            String::from_utf8_lossy(bytes)
        ));
    };
    let head = str::from_utf8(&bytes[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Reply {
        status: status.parse()?,
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}

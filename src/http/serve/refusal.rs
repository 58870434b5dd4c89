//! What is answered to bytes that are no request.
//!
//! hyper refuses them by itself, before any handler, with a status and an empty
//! body: always the last thing it writes on a connection, and the only answer
//! here that has no body. In its place goes the error that every other answer of
//! that status has.

use crate::http::error::ApiError;
use axum::http::StatusCode;

/// A refusal at the end of what is to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Where it begins.
    pub(super) start: usize,
    status: StatusCode,
}

impl Refusal {
    /// hyper's own refusal at the end of `bytes`, if there is one.
    pub(super) fn find(bytes: &[u8]) -> Option<Self> {
        // Its head is short; documents need not be searched.
        const LONGEST: usize = 256;
        let head_end = bytes.strip_suffix(b"\r\n\r\n")?;
        let tail = head_end.len().saturating_sub(LONGEST);
        let window = head_end.get(tail..)?;
        let start = window.windows(7).rposition(|seven| seven == b"HTTP/1.")?;
        let head = str::from_utf8(window.get(start..)?).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let is_empty = lines.any(|line| line.eq_ignore_ascii_case("content-length: 0"));
        ApiError::of_refusal(status)
            .filter(|_| is_empty)
            .map(|_| Self {
                start: tail + start,
                status,
            })
    }

    /// The whole answer that takes its place.
    pub(super) fn answer(&self) -> Vec<u8> {
        let body = ApiError::of_refusal(self.status)
            .map(|error| error.body())
            .unwrap_or_default();
        let head = format!(
            "HTTP/1.1 {}\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n",
            self.status,
            body.len()
        );
        [head.into_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<(usize, u16)> {
        Refusal::find(text.as_bytes()).map(|refusal| (refusal.start, refusal.status.as_u16()))
    }

    #[test]
    fn only_an_empty_refusal_at_the_end_is_one() {
        const REFUSAL: &str =
            "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let large = REFUSAL.replace("400 Bad Request", "431 Request Header Fields Too Large");
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let table = [
            (REFUSAL.to_owned(), Some((0, 400))),
            (large, Some((0, 431))),
            (format!("{answer}{REFUSAL}"), Some((answer.len(), 400))),
            (format!("{REFUSAL}{answer}"), None),
            (answer.to_owned(), None),
            (REFUSAL.replace(": 0", ": 10"), None),
            (REFUSAL.replace("400", "404"), None),
            (String::new(), None),
        ];
        for (text, expected) in table {
            assert_eq!(found(&text), expected, "{text}");
        }
    }
}

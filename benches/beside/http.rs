//! A client that costs little: one connection, one GET after the other.
//!
//! It speaks over a unix socket or TCP, and reads each answer whole.

use crate::Outcome;
use std::error::Error;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// No answer takes longer, or the bench fails.
const DEADLINE: Duration = Duration::from_mins(1);

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A connection that is kept.
pub(crate) struct Client {
    stream: BufReader<Box<dyn Stream>>,
    body: Vec<u8>,
}

impl Client {
    pub(crate) fn unix(path: &Path) -> Outcome<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        Ok(Self::new(Box::new(stream)))
    }

    pub(crate) fn tcp(port: u16) -> Outcome<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_nodelay(true)?;
        Ok(Self::new(Box::new(stream)))
    }

    fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: BufReader::with_capacity(64 * 1024, stream),
            body: Vec::new(),
        }
    }

    /// One GET that must be answered with 200: its body, and how long it took.
    pub(crate) fn get(&mut self, path: &str) -> Outcome<(&[u8], Duration)> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let began = Instant::now();
        match self.answer(&request) {
            Ok(()) => Ok((&self.body, began.elapsed())),
            Err(error) => Err(format!("GET {path}: {}", in_words(&*error)).into()),
        }
    }

    fn answer(&mut self, request: &str) -> Outcome {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.line()?;
        if status.split(' ').nth(1) != Some("200") {
            return Err(status.into());
        }
        let (mut length, mut is_chunked) = (0, false);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                Some(("transfer-encoding", _)) => is_chunked = true,
                Some(_) => {}
                None => break,
            }
        }
        self.body.clear();
        if is_chunked {
            self.chunks()?;
        } else {
            self.take(length)?;
        }
        Ok(())
    }

    fn chunks(&mut self) -> Outcome {
        loop {
            let size = usize::from_str_radix(&self.line()?, 16)?;
            self.take(size)?;
            self.line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    fn take(&mut self, bytes: usize) -> Outcome {
        let start = self.body.len();
        self.body.resize(start + bytes, 0);
        let rest = self.body.get_mut(start..).unwrap_or_default();
        Ok(self.stream.read_exact(rest)?)
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("the connection was closed".into());
        }
        Ok(line.trim_end().to_owned())
    }
}

/// That the deadline is over is no error of the system's to read about.
fn in_words(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(ErrorKind::WouldBlock) => format!(
            "no answer within {} s; is something else at work on this machine?",
            DEADLINE.as_secs()
        ),
        _ => error.to_string(),
    }
}

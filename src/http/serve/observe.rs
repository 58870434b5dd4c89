//! Reports to `progress`: bytes that come and go, and answers that end.
//!
//! Its other duties are that a refusal says why, and to end well: a socket that is closed with bytes unread is
//! reset, and the client may lose the answer (a 431) that is on its way. So what
//! still comes is read and thrown away, for a while.

use super::progress::{Answering, Progress};
use super::refusal::Refusal;
use crate::http::listen::Stream;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of a client that are thrown away once our side is closed.
const LINGER_BYTES: usize = 1 << 20;

/// A client whose bytes are reported.
pub(super) struct Observed {
    client: Box<dyn Stream>,
    progress: Progress,
    /// What has been thrown away since our side was closed, if it was.
    discarded: Option<usize>,
    /// What is left to write in place of hyper's refusal, once that is next.
    refusal: Option<Bytes>,
}

impl Observed {
    pub(super) fn new(client: Box<dyn Stream>, progress: Progress) -> Self {
        Self {
            client,
            progress,
            discarded: None,
            refusal: None,
        }
    }

    fn write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.client).poll_write(context, bytes);
        match written {
            Poll::Ready(_) => self.progress.written(),
            Poll::Pending => self.progress.stalled(),
        }
        written
    }
}

impl AsyncRead for Observed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.client).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.progress.read();
        }
        read
    }
}

impl AsyncWrite for Observed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let refusal = Refusal::find(bytes);
        match refusal {
            // What is before it goes first.
            Some(Refusal { start: 1.., .. }) | None => {
                let end = refusal.map_or(bytes.len(), |refusal| refusal.start);
                self.write(context, bytes.get(..end).unwrap_or_default())
            }
            Some(refusal) => {
                let mut rest = self
                    .refusal
                    .take()
                    .unwrap_or_else(|| refusal.answer().into());
                while !rest.is_empty() {
                    match self.write(context, &rest) {
                        Poll::Ready(Ok(0)) => break,
                        Poll::Ready(Ok(written)) => drop(rest.split_to(written)),
                        other => {
                            self.refusal = Some(rest);
                            return other;
                        }
                    }
                }
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.client).poll_flush(context)
    }

    /// Closes our side and throws away what comes until the client closes its own.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.discarded.is_none() {
            ready!(Pin::new(&mut self.client).poll_shutdown(context))?;
            self.progress.closing();
        }
        let mut discarded = self.discarded.unwrap_or(0);
        while discarded < LINGER_BYTES {
            self.discarded = Some(discarded);
            let mut bytes = [MaybeUninit::uninit(); 4096];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            match ready!(Pin::new(&mut self.client).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => discarded += buffer.filled().len(),
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The body of an answer; hyper drops it when it has handed all of it over.
pub(super) struct AnswerBody {
    body: Body,
    _answering: Answering,
}

impl AnswerBody {
    pub(super) fn new(body: Body, answering: Answering) -> Self {
        Self {
            body,
            _answering: answering,
        }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

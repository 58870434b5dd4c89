//! Link speeds, read by the driver thread.
//!
//! Reading `speed` calls the driver under the kernel's RTNL lock and may wait
//! for whoever holds it, so nothing waits for this thread.

use super::sysfs::{CLASS_NET, LinkFolder};
use crate::facts::{IfIndex, IfName, LinkFacts, MacAddr, Reading};
use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc;
use std::{io, thread};
use tokio::sync::mpsc as replies;

/// A link whose speed is wanted.
#[derive(Clone, Copy, Debug)]
pub struct SpeedRequest {
    index: IfIndex,
    incarnation: u64,
    name: IfName,
    mac: MacAddr,
}

impl From<&LinkFacts> for SpeedRequest {
    fn from(facts: &LinkFacts) -> Self {
        Self {
            index: facts.link.index,
            incarnation: facts.incarnation,
            name: facts.link.name,
            mac: facts.link.mac,
        }
    }
}

/// What the driver says.
#[derive(Debug)]
pub struct SpeedReply {
    /// The link asked for.
    pub index: IfIndex,
    /// The incarnation asked for.
    pub incarnation: u64,
    /// Its speed in Mb/s.
    pub speed: Reading<u32>,
}

/// The driver thread, seen from the kernel thread.
#[derive(Debug)]
pub struct SpeedReader {
    requests: mpsc::Sender<SpeedRequest>,
    replies: replies::UnboundedReceiver<SpeedReply>,
    /// Links asked for that have not answered: each waits in the queue once.
    in_flight: HashSet<IfIndex>,
}

impl SpeedReader {
    /// Starts the thread; it ends when this is dropped.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start() -> io::Result<Self> {
        let (requests, wanted) = mpsc::channel::<SpeedRequest>();
        let (answers, replies) = replies::unbounded_channel();
        thread::Builder::new()
            .name("driver".to_owned())
            .stack_size(128 << 10)
            .spawn(move || {
                for request in wanted {
                    if answers.send(read(Path::new(CLASS_NET), request)).is_err() {
                        break;
                    }
                }
            })?;
        Ok(Self {
            requests,
            replies,
            in_flight: HashSet::new(),
        })
    }

    /// Asks for a speed, unless that link's is awaited already; the answer comes
    /// through [`next`](Self::next).
    pub fn ask(&mut self, request: SpeedRequest) {
        if self.in_flight.insert(request.index) {
            // The thread ends only when this sender does.
            let _ = self.requests.send(request);
        }
    }

    /// Whether an answer is awaited.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// The next answer. Cancelling loses nothing.
    pub async fn next(&mut self) -> SpeedReply {
        match self.replies.recv().await {
            Some(reply) => {
                self.in_flight.remove(&reply.index);
                reply
            }
            // The thread lives as long as `requests`.
            None => std::future::pending().await,
        }
    }
}

fn read(class_net: &Path, request: SpeedRequest) -> SpeedReply {
    let text = LinkFolder::open(class_net, request.name, request.index, request.mac)
        .and_then(|folder| folder.read("speed"));
    let speed = match text {
        Ok(text) => parse(&text),
        Err(error) => Reading::Absent {
            reason: chain(&error),
        },
    };
    SpeedReply {
        index: request.index,
        incarnation: request.incarnation,
        speed,
    }
}

/// The speed in the sysfs attribute `speed`, in Mb/s. Drivers have many words
/// for unknown: -1, 0, 65535 and 4294967295.
#[must_use]
pub fn parse(text: &str) -> Reading<u32> {
    match text.parse::<u32>() {
        Ok(speed) if ![0, 0xffff, u32::MAX].contains(&speed) => Reading::Current(speed),
        _ => Reading::Absent {
            reason: format!("the driver says `{text}`"),
        },
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;

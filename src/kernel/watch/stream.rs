//! What the loop does with the stream: each message is folded, a loss noted, the
//! next dump of a cycle asked for, a lost socket opened anew.

use super::{Watch, now};
use crate::kernel::channel::{ChannelError, Content, Events, Incoming};
use crate::kernel::decode::Decoded;
use crate::kernel::fold::DumpObject;
use crate::kernel::request;
use std::time::Duration;
use tokio::time::sleep_until;

/// Messages taken in one go before anything else gets its turn.
const BATCH: usize = 4096;
/// A lost socket is opened anew no more often than this.
const REOPEN: Duration = Duration::from_secs(1);

impl<E: Events, O: FnMut() -> Result<E, ChannelError>> Watch<E, O> {
    /// Takes `next` and what follows, a batch at most.
    pub(super) async fn take_events(&mut self, mut next: Result<Option<Incoming>, ChannelError>) {
        let mut dump_goes_on = false;
        self.is_drained = false;
        for _ in 0..BATCH {
            match next {
                Ok(Some(incoming)) => dump_goes_on |= self.take(incoming),
                Ok(None) => {
                    self.is_drained = true;
                    break;
                }
                Err(_) => {
                    self.lost("the netlink socket was lost");
                    return self.reconnect().await;
                }
            }
            if self.must_publish_first() {
                break;
            }
            next = self.events.try_next();
        }
        if dump_goes_on {
            // The time now: reading may have waited for RTNL.
            self.resync.goes_on(now());
        }
    }

    /// Takes a message; whether it is of the running dump.
    fn take(&mut self, incoming: Incoming) -> bool {
        let of_dump = incoming
            .reply_to
            .is_some_and(|sequence| self.resync.is_running(sequence));
        if of_dump && incoming.is_interrupted {
            self.resync.interrupted();
        }
        match incoming.content {
            Content::Message(outcome) => {
                outcome.count(&mut self.tally);
                self.take_message(outcome.decoded, of_dump, incoming.reply_to.is_some());
            }
            Content::End(code) if of_dump => self.end_dump(code),
            Content::Overrun => {
                self.tally.overruns += 1;
                self.lost("events of the kernel were lost");
            }
            Content::End(_) | Content::Nothing => {}
        }
        of_dump
    }

    fn take_message(&mut self, decoded: Decoded, of_dump: bool, is_reply: bool) {
        if matches!(decoded, Decoded::Bad { .. }) {
            self.publications.owe(true);
            if is_reply {
                self.resync.spoiled();
            } else {
                self.lost("an event of the kernel could not be read");
            }
            return;
        }
        let link = match &decoded {
            Decoded::NewLink(link) => Some(link.index),
            _ => None,
        };
        let is_news = match (is_reply, of_dump) {
            (true, true) => self.fold.dumped(decoded),
            // A reply to a dump that was given up says nothing any more.
            (true, false) => false,
            (false, _) => {
                self.fold.event(decoded);
                true
            }
        };
        if let Some(link) = link.filter(|_| is_news) {
            self.speeds.stir(link, &self.fold);
        }
    }

    pub(super) async fn begin_dump(&mut self, object: DumpObject) {
        self.fold.begin_dump(object, self.resync.is_audit());
        if let Ok(sequence) = self.events.request_dump(request::all(object)).await {
            self.resync.began(object, sequence, now());
        } else {
            self.lost("a netlink request could not be sent");
            self.reconnect().await;
        }
    }

    fn end_dump(&mut self, code: i32) {
        let ended = self.resync.ended(code == 0, now());
        self.fold.end_dump(ended.is_clean);
        self.tally.interrupted_dumps += u64::from(ended.is_interrupted);
        self.publications.owe(true);
        self.next_dump = ended.next;
    }

    pub(super) fn lost(&mut self, what: &str) {
        let now = now();
        self.outages.lost(what, now);
        self.publications.owe(true);
        self.fold.lost();
        self.resync.lost(now);
    }

    /// Opens the event socket anew, at most once a second.
    pub(super) async fn reconnect(&mut self) {
        self.fold.end_dump(false);
        self.next_dump = None;
        self.resync.disconnected(now());
        self.publications.owe(true);
        sleep_until((self.connected + REOPEN).into()).await;
        self.connected = now();
        match (self.open)() {
            Ok(events) => {
                self.events = events;
                self.is_drained = true;
                self.outages.opened(Ok(()), self.connected);
            }
            Err(error) => self.outages.opened(Err(&error), self.connected),
        }
    }
}

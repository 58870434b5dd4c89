//! A kernel of the test's own, for questions about routes: what it has, and how often it was
//! asked.

use super::{Answered, Answers, AskError, Request};
use crate::facts::{IfIndex, RTM_NEWNEXTHOP};
use crate::kernel::request::Family;
use crate::kernel::sample;
use netlink_packet_core::NetlinkBuffer;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

/// The payloads that it answers with. What it has nothing for is unreachable, or not there.
#[derive(Debug, Default)]
pub(in crate::kernel) struct Tables {
    /// By what was asked for, family and link, the best route.
    pub(in crate::kernel) best: BTreeMap<(Family, IfIndex), Vec<u8>>,
    /// What a list of a family has.
    pub(in crate::kernel) routes: BTreeMap<Family, Vec<Vec<u8>>>,
    /// Next hop objects by number.
    pub(in crate::kernel) next_hops: BTreeMap<u32, Vec<u8>>,
    /// Lists that were asked for.
    pub(in crate::kernel) lists: usize,
    /// So many more of them change while they are taken, and are empty.
    pub(in crate::kernel) interruptions: usize,
}

impl Tables {
    /// Whether the list at hand is one of those that are.
    fn is_interrupted(&mut self) -> bool {
        let left = self.interruptions.checked_sub(1);
        self.interruptions = left.unwrap_or_default();
        left.is_some()
    }
}

/// Shares them with the test.
#[derive(Clone, Debug, Default)]
pub(in crate::kernel) struct Script(Rc<RefCell<Tables>>);

impl Script {
    /// Changes them, or looks at them.
    pub(in crate::kernel) fn with<T>(&self, act: impl FnOnce(&mut Tables) -> T) -> T {
        act(&mut self.0.borrow_mut())
    }
}

impl Answers for Script {
    fn ask(
        &mut self,
        request: &Request,
        each: &mut dyn FnMut(NetlinkBuffer<&[u8]>) -> ControlFlow<()>,
    ) -> Result<Answered, AskError> {
        let (kind, payloads) = self.with(|tables| answer(tables, request));
        if request.is_dump() && self.with(Tables::is_interrupted) {
            return Ok(Answered {
                is_interrupted: true,
                ..Answered::default()
            });
        }
        let mut answered = Answered::default();
        if payloads.is_empty() && !request.is_dump() {
            answered.errno = match kind {
                RTM_NEWNEXTHOP => libc::ENOENT,
                _ => libc::ENETUNREACH,
            };
        }
        for payload in payloads {
            let bytes = sample::message(kind.into(), 0, (1, 1), &payload);
            if each(NetlinkBuffer::new(&bytes[..])).is_break() {
                break;
            }
        }
        Ok(answered)
    }
}

/// Type and payloads of the messages that answer `request`.
fn answer(tables: &mut Tables, request: &Request) -> (u16, Vec<Vec<u8>>) {
    let bytes = request.bytes(1);
    let number = |at: usize| u32::from_ne_bytes(*bytes[at..].first_chunk().unwrap());
    let message_type = u16::from_ne_bytes([bytes[4], bytes[5]]);
    if message_type != libc::RTM_GETROUTE {
        // struct nhmsg, then NHA_ID alone.
        let found = tables.next_hops.get(&number(16 + 8 + 4));
        return (RTM_NEWNEXTHOP, found.cloned().into_iter().collect());
    }
    let families = Family::ALL.into_iter();
    let family = families
        .clone()
        .find(|it| it.number() == bytes[16])
        .unwrap();
    let payloads = if request.is_dump() {
        tables.lists += 1;
        tables.routes.get(&family).cloned().unwrap_or_default()
    } else {
        // RTA_OIF is the last attribute.
        let link = IfIndex(number(bytes.len() - 4));
        let best = tables.best.get(&(family, link));
        best.cloned().into_iter().collect()
    };
    (libc::RTM_NEWROUTE, payloads)
}

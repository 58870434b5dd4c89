//! What waits for the driver thread, in the order in which it was asked for.
//!
//! A driver that hangs must not make it grow. [`Driver`](super::Driver) bounds the
//! speeds; counters are let wait while there is room, and asked for again when they
//! are wanted again. What is of a link that has gone is taken out.

use super::{Asked, lock};
use crate::facts::IfIndex;
use crate::kernel::speed::SpeedRequest;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// While so much waits, no more counters are taken: more than all that are kept, and
/// all speeds that may be awaited.
const ROOM: usize = 512;

/// What the thread is given to do.
pub(super) enum Work {
    Speed(SpeedRequest),
    Counters(Asked, Box<dyn FnMut() -> bool + Send>),
}

/// The queue, as the thread has it.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    is_closed: bool,
}

/// The queue, as all have it who may ask; it closes with the last of them.
pub(super) struct Entrance(Arc<Queue>);

impl Queue {
    /// The first in the queue, when there is one; `None` once nobody can ask any more.
    pub(super) fn next(&self) -> Option<Work> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.is_closed {
                return None;
            }
            if let Some(work) = waiting.work.pop_front() {
                return Some(work);
            }
            let woken = self.came.wait(waiting);
            waiting = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts in what was begun and is not done, as the last.
    pub(super) fn put_back(&self, work: Work) {
        lock(&self.waiting).work.push_back(work);
    }
}

impl Entrance {
    pub(super) fn of(queue: Arc<Queue>) -> Self {
        Self(queue)
    }

    pub(super) fn put_speed(&self, request: SpeedRequest) {
        lock(&self.0.waiting).work.push_back(Work::Speed(request));
        self.0.came.notify_one();
    }

    /// Puts in counters, unless there is no room.
    pub(super) fn put_counters(&self, asked: Asked, read: Box<dyn FnMut() -> bool + Send>) {
        let mut waiting = lock(&self.0.waiting);
        if waiting.work.len() < ROOM {
            waiting.work.push_back(Work::Counters(asked, read));
            self.0.came.notify_one();
        }
    }

    /// Takes out what is of the link `index`.
    pub(super) fn forget(&self, index: IfIndex) {
        let is_of_it = |work: &Work| match work {
            Work::Speed(request) => request.index() == index,
            Work::Counters(asked, _) => asked.index() == Some(index),
        };
        lock(&self.0.waiting).work.retain(|work| !is_of_it(work));
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        lock(&self.0.waiting).is_closed = true;
        self.0.came.notify_one();
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = lock(&self.0.waiting).work.len();
        f.debug_struct("Entrance")
            .field("waiting", &waiting)
            .finish_non_exhaustive()
    }
}

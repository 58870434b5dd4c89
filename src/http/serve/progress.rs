//! What a connection is waiting for, and since when: its deadlines, and who has
//! to make room, follow from that.
//!
//! ```text
//! Head ─request is complete─► Answer ─all of it handed over─► Idle ─first byte─► Head
//! any of them ─our side is closed─► Closing
//! ```
//! It may be stalled, too: bytes of an answer wait until the client takes some.

use super::Deadlines;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use tokio::time::{Instant, sleep_until};

/// Progress of one connection, shared between all that make and look at it.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<State>>);

struct State {
    phase: Phase,
    is_stalled: bool,
    /// When the present phase or stall began, or the last byte was written.
    since: Instant,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Head,
    Answer,
    Idle,
    Closing,
}

/// How long a client has kept us waiting: lesser is longer. Those in the middle
/// of an answer come last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    is_stalled: bool,
    since: Instant,
}

/// While it exists the request is being answered.
pub(super) struct Answering(Progress);

impl Progress {
    /// Of a client that has just connected.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            phase: Phase::Head,
            is_stalled: false,
            since: Instant::now(),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Never held across anything that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have been read.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if state.phase == Phase::Idle {
            state.enter(Phase::Head);
        }
    }

    /// The client takes no more bytes for now.
    pub(super) fn stalled(&self) {
        let mut state = self.state();
        if !state.is_stalled {
            state.is_stalled = true;
            state.since = Instant::now();
        }
    }

    /// Bytes have been written.
    pub(super) fn written(&self) {
        let mut state = self.state();
        state.is_stalled = false;
        state.since = Instant::now();
    }

    /// A request is complete; it is being answered until the result is dropped.
    pub(super) fn answering(&self) -> Answering {
        self.state().enter(Phase::Answer);
        Answering(self.clone())
    }

    /// Our side is closed.
    pub(super) fn closing(&self) {
        self.state().enter(Phase::Closing);
    }

    /// Whether a request is being answered, or its answer still being taken.
    pub(super) fn has_request(&self) -> bool {
        let state = self.state();
        state.is_stalled || state.phase == Phase::Answer
    }

    /// How long the client has kept us waiting, unless we keep it waiting.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let state = self.state();
        let is_ours = state.phase == Phase::Answer && !state.is_stalled;
        (!is_ours).then_some(Waiting {
            is_stalled: state.is_stalled,
            since: state.since,
        })
    }

    fn deadline(&self, deadlines: &Deadlines) -> Option<Instant> {
        let state = self.state();
        let allowed = match state.phase {
            _ if state.is_stalled => deadlines.write,
            Phase::Head => deadlines.head,
            Phase::Idle => deadlines.idle,
            Phase::Closing => deadlines.linger,
            Phase::Answer => return None,
        };
        Some(state.since + allowed)
    }

    /// Becomes ready when the client has kept us waiting for too long. Must be
    /// polled whenever there may have been progress.
    pub(super) async fn overdue(&self, deadlines: &Deadlines) {
        let mut timer = pin!(sleep_until(Instant::now()));
        poll_fn(|context| {
            while let Some(deadline) = self.deadline(deadlines) {
                // One that rings too early is set again then: requests that follow
                // each other need not touch it.
                if timer.is_elapsed() || deadline < timer.deadline() {
                    timer.as_mut().reset(deadline);
                }
                ready!(timer.as_mut().poll(context));
                if timer.deadline() >= deadline {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.state().enter(Phase::Idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const DEADLINES: Deadlines = Deadlines {
        head: Duration::from_secs(1),
        idle: Duration::from_secs(2),
        write: Duration::from_secs(3),
        linger: Duration::from_secs(4),
        drain: Duration::from_secs(5),
    };

    /// What is allowed from now on, which is later than all before.
    fn allowed(progress: &Progress) -> Option<Duration> {
        let since = progress.state().since;
        while Instant::now() == since {}
        Some(progress.deadline(&DEADLINES)? - since)
    }

    #[test]
    fn each_phase_has_its_deadline() {
        let progress = Progress::new();
        assert_eq!(allowed(&progress), Some(DEADLINES.head));
        progress.read();
        assert_eq!(allowed(&progress), Some(DEADLINES.head));
        let answering = progress.answering();
        assert_eq!(allowed(&progress), None);
        progress.stalled();
        assert_eq!(allowed(&progress), Some(DEADLINES.write));
        progress.written();
        assert_eq!(allowed(&progress), None);
        progress.stalled();
        drop(answering);
        assert_eq!(allowed(&progress), Some(DEADLINES.write));
        progress.written();
        assert_eq!(allowed(&progress), Some(DEADLINES.idle));
        progress.read();
        assert_eq!(allowed(&progress), Some(DEADLINES.head));
        progress.closing();
        progress.read();
        assert_eq!(allowed(&progress), Some(DEADLINES.linger));
    }

    #[test]
    fn only_progress_extends_a_deadline() {
        let progress = Progress::new();
        let extends = |step: &dyn Fn(&Progress)| {
            let before = progress.state().since;
            allowed(&progress);
            step(&progress);
            progress.state().since > before
        };
        assert!(!extends(&Progress::read), "more of a head");
        let answering = progress.answering();
        assert!(extends(&Progress::stalled));
        assert!(!extends(&Progress::stalled), "still stalled");
        assert!(extends(&Progress::written), "some was taken");
        drop(answering);
        assert!(extends(&Progress::written), "idle from the last byte on");
        assert!(extends(&Progress::read), "the first byte of a head");
        assert!(!extends(&Progress::read));
    }

    #[test]
    fn a_client_in_the_middle_of_its_answer_goes_last() {
        let [stalled, answering, idle, head] = std::array::from_fn(|_| {
            let progress = Progress::new();
            allowed(&progress);
            progress
        });
        let _stalled = stalled.answering();
        stalled.stalled();
        let _answering = answering.answering();
        drop(idle.answering());
        let mut all = [
            stalled.waiting(),
            answering.waiting(),
            idle.waiting(),
            head.waiting(),
        ];
        assert!(all[1].is_none());
        all.sort();
        assert!(all == [None, head.waiting(), idle.waiting(), stalled.waiting()]);
    }
}

//! The one thread that asks drivers, and what happens when one does not answer.
//!
//! A driver that hangs takes this thread along and nothing else: there is never
//! a second one. Past the deadline the link it hangs on, and those that wait
//! behind it, are told apart from those that have answered; when it comes back
//! the queue goes on by itself. Each link waits in the queue once.

use super::speed::{Answer, SpeedRequest, SpeedSource};
use crate::facts::IfIndex;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};
use tokio::sync::Notify;
use tokio::time::sleep_until;

/// What the driver said to a request.
#[derive(Debug)]
pub struct SpeedReply {
    /// The request.
    pub request: SpeedRequest,
    /// The answer.
    pub answer: Answer,
    /// The deadline was over when it came.
    pub is_late: bool,
}

/// The driver thread, seen from the kernel thread.
pub struct Driver {
    requests: mpsc::Sender<SpeedRequest>,
    answers: Arc<Answers>,
    /// Links asked for that have not answered.
    in_flight: HashSet<IfIndex>,
    at_work: AtWork,
    deadline: Duration,
    /// The link whose driver let the deadline pass.
    stuck_on: Option<IfIndex>,
    /// Nothing is taken before.
    rested: tokio::time::Instant,
}

/// More answers than this are not taken as they come: thousands of them must not
/// wake their reader thousands of times.
const FEW: usize = 32;
/// So long those that follow an answer are waited for, to be taken together.
const REST: Duration = Duration::from_millis(2);

/// What drivers have said and nobody has taken yet.
#[derive(Debug, Default)]
struct Answers {
    untaken: Mutex<VecDeque<(SpeedRequest, Answer)>>,
    came: Notify,
}

/// The link that is read right now, and since when.
type AtWork = Arc<Mutex<Option<(IfIndex, Instant)>>>;

impl Driver {
    /// Starts the thread, which reads from `source`; it ends when this is
    /// dropped. One read may take `deadline`.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start(source: impl SpeedSource, deadline: Duration) -> io::Result<Self> {
        let (requests, wanted) = mpsc::channel();
        let answers = Arc::new(Answers::default());
        let at_work = AtWork::default();
        let (work, told) = (Arc::clone(&at_work), Arc::clone(&answers));
        thread::Builder::new()
            .name("driver".to_owned())
            .stack_size(128 << 10)
            .spawn(move || answer_all(&wanted, source, &told, &work))?;
        Ok(Self {
            requests,
            answers,
            in_flight: HashSet::new(),
            at_work,
            deadline,
            stuck_on: None,
            rested: tokio::time::Instant::now(),
        })
    }

    /// Asks for a speed, unless that link's is awaited already; the answer comes
    /// through [`next`](Self::next).
    pub fn ask(&mut self, request: SpeedRequest) {
        if self.in_flight.insert(request.index()) {
            // The thread ends only when this sender does.
            let _ = self.requests.send(request);
        }
    }

    /// Links whose answer is awaited.
    #[must_use]
    pub fn awaited(&self) -> &HashSet<IfIndex> {
        &self.in_flight
    }

    /// The link whose driver hangs.
    #[must_use]
    pub fn stuck_on(&self) -> Option<IfIndex> {
        self.stuck_on
    }

    /// When to look whether a driver hangs.
    #[must_use]
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        if self.in_flight.is_empty() || self.stuck_on.is_some() {
            return None;
        }
        let since = self.at_work().map_or(now, |(_, since)| since);
        Some(since + self.deadline)
    }

    /// The link whose driver has just let the deadline pass; told once.
    pub fn take_missed(&mut self, now: Instant) -> Option<IfIndex> {
        if self.stuck_on.is_some() {
            return None;
        }
        let (index, since) = self.at_work()?;
        if now < since + self.deadline || !self.in_flight.contains(&index) {
            return None;
        }
        self.stuck_on = Some(index);
        Some(index)
    }

    /// The next answer. Cancelling loses nothing.
    pub async fn next(&mut self) -> SpeedReply {
        if self.in_flight.len() > FEW {
            sleep_until(self.rested).await;
        }
        loop {
            if let Some(reply) = self.try_next() {
                self.rested = tokio::time::Instant::now() + REST;
                return reply;
            }
            self.answers.came.notified().await;
        }
    }

    /// An answer that is there already.
    pub fn try_next(&mut self) -> Option<SpeedReply> {
        let (request, answer) = lock(&self.answers.untaken).pop_front()?;
        Some(self.reply(request, answer))
    }

    fn reply(&mut self, request: SpeedRequest, answer: Answer) -> SpeedReply {
        self.in_flight.remove(&request.index());
        let is_late = self.stuck_on.take_if(|on| *on == request.index()).is_some();
        SpeedReply {
            request,
            answer,
            is_late,
        }
    }

    fn at_work(&self) -> Option<(IfIndex, Instant)> {
        *lock(&self.at_work)
    }
}

/// Answers each of `wanted`, until nobody can ask any more.
fn answer_all(
    wanted: &mpsc::Receiver<SpeedRequest>,
    mut source: impl SpeedSource,
    answers: &Answers,
    at_work: &AtWork,
) {
    for request in wanted {
        *lock(at_work) = Some((request.index(), Instant::now()));
        let answer = source.speed(&request);
        *lock(at_work) = None;
        lock(&answers.untaken).push_back((request, answer));
        answers.came.notify_one();
    }
}

/// Held for an assignment only: nobody waits here for a driver.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("in_flight", &self.in_flight)
            .field("stuck_on", &self.stuck_on)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

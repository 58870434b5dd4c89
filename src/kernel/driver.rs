//! The one thread that asks drivers, and what happens when one does not answer.
//!
//! It reads speeds, and counters that are slow to be told. A driver
//! that hangs takes this thread along and nothing else: there is never a second
//! one. Past the deadline the link it hangs on, and those that wait behind it, are
//! told apart from those that have answered; when it comes back the queue goes on
//! by itself. Each link waits in the queue for its speed once, and no more of them
//! than a fixed number; those that have gone are forgotten.

mod queue;

use super::speed::{Answer, SpeedRequest, SpeedSource, Sysfs};
use crate::facts::{Duplex, IfIndex};
use queue::{Entrance, Queue, Work};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};
use tokio::sync::Notify;
use tokio::time::sleep_until;

/// How long a driver may take.
pub(super) const DEADLINE: Duration = Duration::from_secs(2);

/// What drivers are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The speed of the link.
    Speed(SpeedRequest),
    /// Its counters.
    Counters(IfIndex),
    /// The counters of a few dozen links, a page of the table of all.
    Table,
}

impl Asked {
    /// The link, if it is a single one.
    #[must_use]
    pub fn index(self) -> Option<IfIndex> {
        match self {
            Self::Speed(request) => Some(request.index()),
            Self::Counters(index) => Some(index),
            Self::Table => None,
        }
    }
}

/// What the driver said to a request.
#[derive(Debug)]
pub struct SpeedReply {
    /// The request.
    pub request: SpeedRequest,
    /// The answer.
    pub answer: Answer,
    /// The duplex mode, if it was wanted and is known.
    pub duplex: Option<Duplex>,
    /// The deadline was over when it came.
    pub is_late: bool,
}

/// A word from the driver thread.
#[derive(Debug)]
pub enum Word {
    /// A speed.
    Speed(SpeedReply),
    /// Counters were read, after the deadline. Those in time are between the thread
    /// and who asked for them.
    LateCounters(Asked),
}

/// The driver thread, seen from the kernel thread.
pub struct Driver {
    queue: Arc<Entrance>,
    words: Arc<Words>,
    /// Links whose speed was asked for and has not been answered, each with the
    /// incarnation that was meant.
    in_flight: HashMap<IfIndex, u64>,
    at_work: AtWork,
    deadline: Duration,
    /// Nothing is taken before.
    rested: tokio::time::Instant,
}

/// The way to the driver thread for those who want counters.
#[derive(Clone, Debug)]
pub struct CounterQueue(Arc<Entrance>);

/// The speeds of no more links are awaited at a time.
pub(super) const MOST_AWAITED: usize = 256;

/// More answers than this are not taken as they come: thousands of them must not
/// wake their reader thousands of times.
const FEW: usize = 32;
/// So long those that follow an answer are waited for, to be taken together.
const REST: Duration = Duration::from_millis(2);

/// What the thread has said and nobody has taken yet.
#[derive(Debug, Default)]
struct Words {
    untaken: Mutex<VecDeque<Word>>,
    came: Notify,
}

/// What is read right now.
type AtWork = Arc<Mutex<Option<Read>>>;

/// A read that goes on.
#[derive(Clone, Copy, Debug)]
struct Read {
    asked: Asked,
    since: Instant,
    /// It was told that the deadline is over.
    is_missed: bool,
}

impl Driver {
    /// Starts the thread, which reads sysfs; it ends when this and every queue of
    /// it are dropped.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start() -> io::Result<Self> {
        Self::read_from(Sysfs::default(), DEADLINE)
    }

    /// Starts the thread, which reads speeds from `source`. One read may take
    /// `deadline`.
    pub(super) fn read_from(source: impl SpeedSource, deadline: Duration) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let words = Arc::new(Words::default());
        let at_work = AtWork::default();
        let (reading, told) = (Arc::clone(&at_work), Arc::clone(&words));
        let entrance = Arc::new(Entrance::of(Arc::clone(&queue)));
        thread::Builder::new()
            .name("driver".to_owned())
            .stack_size(128 << 10)
            .spawn(move || do_all(&queue, source, &told, &reading))?;
        Ok(Self {
            queue: entrance,
            words,
            in_flight: HashMap::new(),
            at_work,
            deadline,
            rested: tokio::time::Instant::now(),
        })
    }

    /// Asks for a speed, unless that link's is awaited already; the answer comes
    /// through [`next`](Self::next). Whether there was room for it.
    pub fn ask(&mut self, request: SpeedRequest) -> bool {
        let (index, incarnation) = (request.index(), request.incarnation);
        match self.in_flight.get(&index) {
            Some(meant) if *meant == incarnation => return true,
            Some(_) => self.forget(index),
            None => {}
        }
        let has_room = self.has_room();
        if has_room {
            self.in_flight.insert(index, incarnation);
            self.queue.put_speed(request);
        }
        has_room
    }

    /// Whether one more link may be asked for.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.in_flight.len() < MOST_AWAITED
    }

    /// Awaits nothing more of the link `index`, which has gone.
    pub fn forget(&mut self, index: IfIndex) {
        self.in_flight.remove(&index);
        self.queue.forget(index);
    }

    /// A way to have counters read on the same thread.
    #[must_use]
    pub fn counter_queue(&self) -> CounterQueue {
        CounterQueue(Arc::clone(&self.queue))
    }

    /// Links whose speed is awaited.
    #[must_use]
    pub fn awaited(&self) -> impl ExactSizeIterator<Item = IfIndex> {
        self.in_flight.keys().copied()
    }

    /// What a driver that hangs was asked for.
    #[must_use]
    pub fn stuck_on(&self) -> Option<Asked> {
        let read = self.at_work().filter(|read| read.is_missed)?;
        Some(read.asked)
    }

    /// When to look whether a driver hangs.
    #[must_use]
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        match self.at_work() {
            Some(read) if read.is_missed => None,
            Some(read) => Some(read.since + self.deadline),
            None if self.in_flight.is_empty() => None,
            None => Some(now + self.deadline),
        }
    }

    /// What a driver has just let the deadline pass for; told once.
    pub fn take_missed(&mut self, now: Instant) -> Option<Asked> {
        let mut at_work = lock(&self.at_work);
        let read = at_work.as_mut().filter(|read| !read.is_missed)?;
        read.is_missed = now >= read.since + self.deadline;
        read.is_missed.then_some(read.asked)
    }

    /// The next word; `None` when counters are being read, so that there is a
    /// [`deadline`](Self::deadline) to look at. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Word> {
        if self.in_flight.len() > FEW {
            sleep_until(self.rested).await;
        }
        loop {
            if let Some(word) = self.try_next() {
                self.rested = tokio::time::Instant::now() + REST;
                return Some(word);
            }
            self.words.came.notified().await;
            if self.reads_counters() {
                return self.try_next();
            }
        }
    }

    /// A word that is there already.
    pub fn try_next(&mut self) -> Option<Word> {
        let word = lock(&self.words.untaken).pop_front()?;
        if let Word::Speed(SpeedReply { request, .. }) = &word
            && self.in_flight.get(&request.index()) == Some(&request.incarnation)
        {
            self.in_flight.remove(&request.index());
        }
        Some(word)
    }

    fn reads_counters(&self) -> bool {
        self.at_work()
            .is_some_and(|read| !matches!(read.asked, Asked::Speed(_)))
    }

    fn at_work(&self) -> Option<Read> {
        *lock(&self.at_work)
    }
}

impl CounterQueue {
    /// Has the thread call `read`, which reads the counters `asked` for, until it
    /// says that there are no more. Each call may take as long as it likes, and has a
    /// deadline of its own. Where too much waits already, `read` is dropped.
    pub(super) fn ask(&self, asked: Asked, read: impl FnMut() -> bool + Send + 'static) {
        self.0.put_counters(asked, Box::new(read));
    }
}

/// Does all that waits in `queue`, until nobody can ask any more.
fn do_all(queue: &Queue, mut source: impl SpeedSource, words: &Words, at_work: &AtWork) {
    while let Some(work) = queue.next() {
        match work {
            Work::Speed(request) => {
                begin(Asked::Speed(request), at_work);
                let answer = source.speed(&request);
                let is_wanted = request.wants_duplex && !matches!(answer, Answer::Failed(_));
                let duplex = is_wanted.then(|| source.duplex(&request)).flatten();
                let is_late = end(at_work);
                words.say(Word::Speed(SpeedReply {
                    request,
                    answer,
                    duplex,
                    is_late,
                }));
            }
            Work::Counters(asked, mut read) => {
                begin(asked, at_work);
                words.came.notify_one();
                let has_more = read();
                if end(at_work) {
                    words.say(Word::LateCounters(asked));
                }
                if has_more {
                    // What came meanwhile has its turn first.
                    queue.put_back(Work::Counters(asked, read));
                }
            }
        }
    }
}

fn begin(asked: Asked, at_work: &AtWork) {
    *lock(at_work) = Some(Read {
        asked,
        since: Instant::now(),
        is_missed: false,
    });
}

/// Whether it was told that the read took too long.
fn end(at_work: &AtWork) -> bool {
    lock(at_work).take().is_some_and(|read| read.is_missed)
}

impl Words {
    fn say(&self, word: Word) {
        lock(&self.untaken).push_back(word);
        self.came.notify_one();
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
            .field("at_work", &self.at_work)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

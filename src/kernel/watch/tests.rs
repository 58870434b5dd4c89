//! The loop against a kernel of the test's own, which can lose its socket, its
//! events and its patience, in a time of the test's own.
//!
//! That time is tokio's paused clock.

mod endless;
mod gone;
mod held;
mod interrupted;
mod undecodable;

use super::*;
use crate::facts::{GRACE, IfIndex, LinkFlags, sample};
use crate::kernel::channel::Content;
use crate::kernel::decode::{Decoded, Outcome};
use netlink_packet_route::RouteNetlinkMessage;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// What becomes of dumps.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Dumps {
    #[default]
    Clean,
    Interrupted,
    /// Events are lost meanwhile.
    Lossy,
    /// Their ends are lost, or come when the test says.
    Endless,
    /// Somebody holds RTNL: no request for one returns.
    Waiting,
}

/// What the test makes the kernel do.
#[derive(Default)]
struct Kernel {
    queue: VecDeque<Result<Incoming, ChannelError>>,
    links: Vec<u32>,
    is_gone: bool,
    /// How often it has lost its sockets.
    losses: u32,
    dumps: Dumps,
    sequence: u32,
    /// When a dump of the links was asked for.
    cycles: Vec<Instant>,
    /// What was asked for and read, and judged, in this order.
    steps: Vec<&'static str>,
}

impl Kernel {
    /// The links that a dump lists: of one that is interrupted, one in turn.
    fn listed(&self) -> Vec<u32> {
        let links = self.links.iter().copied();
        if self.dumps == Dumps::Interrupted {
            links.cycle().skip(self.cycles.len()).take(1).collect()
        } else {
            links.collect()
        }
    }

    /// Goes on with the dump that was asked for last.
    fn replies(&mut self, content: Content) {
        let reply = message(content, Some(self.sequence), false);
        self.queue.push_back(Ok(reply));
    }
}

/// A socket to it, of no more use once the kernel has lost its sockets.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Kernel>>, Arc<Notify>, u32);

impl Socket {
    fn with<T>(&self, act: impl FnOnce(&mut Kernel) -> T) -> T {
        let result = act(&mut self.0.lock().unwrap());
        self.1.notify_one();
        result
    }

    fn says(&self, content: Content) {
        let event = message(content, None, false);
        self.with(|kernel| kernel.queue.push_back(Ok(event)));
    }
}

fn message(content: Content, reply_to: Option<u32>, is_interrupted: bool) -> Incoming {
    Incoming {
        reply_to,
        is_interrupted,
        content,
    }
}

fn link(index: u32, mtu: u32) -> Content {
    let mut link = sample::link(index, &format!("l{index}")).link;
    link.mtu = mtu;
    // Down: neither the real driver nor the real tables are asked for it.
    link.flags = LinkFlags(0);
    decoded(Decoded::NewLink(Box::new(link)))
}

/// The address of a link.
fn address(index: u32) -> Content {
    let address = sample::address(IfIndex(index), &format!("10.0.0.{index}/24"));
    decoded(Decoded::NewAddress(address))
}

fn decoded(decoded: Decoded) -> Content {
    Content::Message(Outcome {
        decoded,
        bad_attributes: 0,
    })
}

impl Events for Socket {
    async fn next(&mut self) -> Result<Incoming, ChannelError> {
        loop {
            if let Some(incoming) = self.try_next()? {
                return Ok(incoming);
            }
            self.1.notified().await;
        }
    }

    fn try_next(&mut self) -> Result<Option<Incoming>, ChannelError> {
        let mut kernel = self.0.lock().unwrap();
        if kernel.losses != self.2 {
            return Err(ChannelError::Lost);
        }
        let incoming = kernel.queue.pop_front().transpose();
        if let Ok(Some(_)) = incoming {
            kernel.steps.push("read");
        }
        incoming
    }

    async fn request_dump(&mut self, request: RouteNetlinkMessage) -> Result<u32, ChannelError> {
        if self.with(|kernel| kernel.dumps == Dumps::Waiting) {
            std::future::pending::<()>().await;
        }
        let generation = self.2;
        self.with(|kernel| {
            if kernel.losses != generation {
                return Err(ChannelError::Lost);
            }
            kernel.sequence += 1;
            let sequence = Some(kernel.sequence);
            let is_of_links = matches!(request, RouteNetlinkMessage::GetLink(_));
            kernel
                .steps
                .push(if is_of_links { "links" } else { "addresses" });
            if is_of_links {
                kernel.cycles.push(now());
            }
            for index in kernel.listed() {
                let content = if is_of_links {
                    link(index, 1500)
                } else {
                    address(index)
                };
                let is_interrupted = kernel.dumps == Dumps::Interrupted;
                let reply = message(content, sequence, is_interrupted);
                kernel.queue.push_back(Ok(reply));
            }
            if is_of_links && kernel.dumps == Dumps::Lossy {
                let overrun = message(Content::Overrun, None, false);
                kernel.queue.push_back(Ok(overrun));
            }
            if kernel.dumps != Dumps::Endless {
                let end = message(Content::End(0), sequence, false);
                kernel.queue.push_back(Ok(end));
            }
            Ok(kernel.sequence)
        })
    }
}

/// A watch of it, and what it published last.
struct Bench<O> {
    kernel: Socket,
    watch: Watch<Socket, O>,
    published: Vec<KernelFacts>,
}

fn bench(links: &[u32]) -> Bench<impl FnMut() -> Result<Socket, ChannelError> + use<>> {
    let kernel = Socket::default();
    kernel.with(|kernel| kernel.links = links.to_vec());
    let opened = kernel.clone();
    let open = move || {
        let (is_gone, losses) = opened.with(|kernel| (kernel.is_gone, kernel.losses));
        let Socket(kernel, notify, _) = opened.clone();
        if is_gone {
            Err(ChannelError::Lost)
        } else {
            Ok(Socket(kernel, notify, losses))
        }
    };
    Bench {
        watch: Watch::open(open, Driver::start().unwrap()).unwrap(),
        kernel,
        published: Vec::new(),
    }
}

impl<O: FnMut() -> Result<Socket, ChannelError>> Bench<O> {
    /// Lets it run for `duration`.
    async fn run(&mut self, duration: Duration) {
        let published = &mut self.published;
        let mut publish = |facts| published.push(facts);
        let running = async {
            for turn in 0.. {
                // Its time would stand still.
                assert!(turn < 100_000, "it spins");
                self.watch.turn(&mut publish).await;
            }
        };
        let _ = timeout(duration, running).await;
    }

    fn last(&self) -> &KernelFacts {
        self.published.last().unwrap()
    }

    fn is_stale(&self) -> bool {
        let missing = self.last().missing_since;
        missing.is_some_and(|since| now() >= since + GRACE)
    }

    fn mtu(&self, index: u32) -> Option<u32> {
        Some(self.last().link(IfIndex(index))?.link.mtu)
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_socket_that_stays_lost_turns_the_facts_stale_until_it_is_back() {
    let mut bench = bench(&[1, 2]);
    bench.run(SECOND).await;
    assert_eq!((bench.last().links.len(), bench.is_stale()), (2, false));

    bench.kernel.with(|kernel| {
        kernel.is_gone = true;
        kernel.losses += 1;
    });
    bench.run(9 * SECOND).await;
    assert!(bench.last().missing_since.is_some());
    assert!(!bench.is_stale(), "the grace is not over");
    bench.run(2 * SECOND).await;
    assert!(bench.is_stale());
    assert_eq!(bench.last().links.len(), 2, "the last known ones");
    bench.run(600 * SECOND).await;
    assert!(bench.is_stale());

    bench.kernel.with(|kernel| {
        kernel.is_gone = false;
        kernel.links = vec![2, 3];
    });
    bench.run(2 * SECOND).await;
    assert_eq!(bench.last().missing_since, None);
    assert_eq!((bench.mtu(1), bench.mtu(3)), (None, Some(1500)));
    assert!(bench.last().tally.resyncs >= 1);
}

#[tokio::test(start_paused = true)]
async fn events_that_go_on_being_lost_turn_the_facts_stale() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Lossy);
    bench.kernel.says(Content::Overrun);
    bench.run(11 * SECOND).await;
    assert!(bench.is_stale());
    assert_eq!(
        bench.last().tally.interrupted_dumps,
        0,
        "lost is not changed"
    );
    let cycles = bench.kernel.with(|kernel| kernel.cycles.len());
    assert!(cycles <= 13, "dumped at most once a second, not {cycles}");
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Clean);
    bench.run(2 * SECOND).await;
    assert!(!bench.is_stale() && bench.last().missing_since.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_published_a_hundred_times_a_second_and_its_end_always() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.published.clear();
    for mtu in 1000..2000 {
        bench.kernel.says(link(1, mtu));
        bench.run(SECOND / 1000).await;
    }
    bench.run(SECOND / 10).await;
    assert_eq!(bench.mtu(1), Some(1999));
    let count = bench.published.len();
    assert!((50..=102).contains(&count), "{count} publications");
}

#[tokio::test(start_paused = true)]
async fn unchanged_links_are_shared_between_publications() {
    let mut bench = bench(&[1, 2]);
    bench.run(SECOND).await;
    bench.kernel.says(link(1, 9000));
    bench.run(SECOND).await;
    let [.., before, after] = &bench.published[..] else {
        panic!("two publications");
    };
    let is_shared = |index| {
        let links = [before, after].map(|facts| facts.link(IfIndex(index)).unwrap());
        Arc::ptr_eq(links[0], links[1])
    };
    assert!(is_shared(2) && !is_shared(1));
}

#[tokio::test]
async fn speeds_follow_the_first_picture_though_nothing_happens() {
    let mut bench = bench(&[]);
    let up = sample::link(1, "no-such-link").link;
    bench.kernel.says(decoded(Decoded::NewLink(Box::new(up))));
    let pending = crate::facts::Reading::Pending;
    let mut is_read = false;
    let reading = async {
        while !is_read {
            let mut publish = |facts: KernelFacts| {
                is_read |= facts.links.iter().any(|link| link.speed != pending);
            };
            bench.watch.turn(&mut publish).await;
        }
    };
    let result = timeout(10 * SECOND, reading).await;
    result.expect("nobody asked the driver");
}

#[tokio::test(start_paused = true)]
async fn an_audit_counts_what_no_event_told() {
    let mut bench = bench(&[1, 2]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.links = vec![2, 3]);
    bench.run(61 * SECOND).await;
    assert_eq!((bench.mtu(1), bench.mtu(3)), (None, Some(1500)));
    assert_eq!(
        bench.last().tally.audit_corrections,
        0,
        "an event may come yet"
    );
    bench.kernel.says(link(3, 1500));
    bench.kernel.says(address(3));
    bench.run(61 * SECOND).await;
    assert_eq!(bench.last().tally.audit_corrections, 1, "link 1 only");
    assert_eq!(
        bench.last().tally.resyncs,
        0,
        "an audit makes up for nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn an_audit_asks_for_routes_though_nothing_hinted_at_them() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    // The link is down: the kernel has none.
    let route = sample::route("10.0.0.254");
    bench.watch.fold.set_default_routes(IfIndex(1), &[route]);
    bench.run(61 * SECOND).await;
    let facts = bench.last().link(IfIndex(1)).unwrap();
    assert_eq!(facts.default_routes, []);
}

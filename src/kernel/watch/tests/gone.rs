//! Links that come and go while a driver hangs: nobody is asked for them later.
//!
//! The driver is the test's own, and hangs on the first link.

use super::*;
use crate::facts::Reading;
use crate::kernel::speed::{Answer, SpeedRequest, SpeedSource};
use std::sync::mpsc::{self, Receiver, Sender};

/// Tells what it is asked for, and waits at the first until its wire is cut.
struct Hanging {
    asked: Sender<IfIndex>,
    wire: Receiver<()>,
}

impl SpeedSource for Hanging {
    fn speed(&mut self, request: &SpeedRequest) -> Answer {
        let _ = self.asked.send(request.index());
        let _ = self.wire.recv();
        Answer::Speed(1000)
    }
}

#[tokio::test]
async fn links_that_come_and_go_are_not_asked_for_when_a_driver_is_back() {
    let mut bench = bench(&[]);
    let (asked, heard) = mpsc::channel();
    let (cut, wire) = mpsc::channel();
    let hanging = Hanging { asked, wire };
    let driver = Driver::read_from(hanging, Duration::from_mins(1)).unwrap();
    bench.watch.speeds = Speeds::new(driver);
    let appears = |index| {
        let link = sample::link(index, "no-such-link").link;
        decoded(Decoded::NewLink(Box::new(link)))
    };
    bench.kernel.says(appears(1));
    until(&mut bench, |_| heard.try_recv().is_ok()).await;
    let count = |bench: &Bench<_>| bench.last().links.len();
    for index in 2..20 {
        bench.kernel.says(appears(index));
        until(&mut bench, |bench| count(bench) == 2).await;
        let gone = Decoded::DelLink(IfIndex(index));
        bench.kernel.says(decoded(gone));
        until(&mut bench, |bench| count(bench) == 1).await;
    }
    bench.kernel.says(appears(99));
    until(&mut bench, |bench| count(bench) == 2).await;
    drop(cut);
    until(&mut bench, |bench| {
        let mut links = bench.last().links.iter();
        links.all(|link| link.speed == Reading::Current(1000))
    })
    .await;
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [IfIndex(99)]);
}

/// Lets it run until that `is_so`.
async fn until<O: FnMut() -> Result<Socket, ChannelError>>(
    bench: &mut Bench<O>,
    mut is_so: impl FnMut(&Bench<O>) -> bool,
) {
    let running = async {
        while !is_so(bench) {
            bench.run(SECOND / 1000).await;
        }
    };
    timeout(10 * SECOND, running).await.unwrap();
}

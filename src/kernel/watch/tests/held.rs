//! RTNL is held for long: what is known must be told before the request for a dump
//! that does not return.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_loss_turns_the_facts_stale_while_the_dump_waits() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Waiting);
    bench.kernel.says(Content::Overrun);
    bench.run(SECOND).await;
    assert!(bench.last().missing_since.is_some());
    assert!(!bench.is_stale(), "the grace is not over");
    bench.run(10 * SECOND).await;
    assert!(bench.is_stale());
    assert_eq!(bench.last().tally.overruns, 1);

    bench.kernel.with(|kernel| kernel.dumps = Dumps::Clean);
    bench.run(SECOND).await;
    assert_eq!(bench.last().missing_since, None);
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_told_before_anything_else_is_read() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.published.clear();
    // At once, however short a time ago something was published.
    bench.kernel.says(link(1, 9000));
    bench.run(SECOND / 1000).await;
    bench.kernel.says(Content::Overrun);
    bench.kernel.says(link(1, 1400));
    bench.run(SECOND).await;
    let told: Vec<_> = bench
        .published
        .iter()
        .map(|facts| {
            let mtu = facts.link(IfIndex(1)).unwrap().link.mtu;
            (facts.missing_since.is_some(), mtu)
        })
        .collect();
    assert_eq!(told[..2], [(false, 9000), (true, 9000)]);
    assert_eq!(told.last(), Some(&(false, 1500)), "as the dump lists it");
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_before_an_audit() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.kernel.says(link(1, 9000));
    bench.watch.wait().await;
    tokio::time::advance(60 * SECOND).await;
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Waiting);
    bench.run(SECOND).await;
    assert_eq!(bench.mtu(1), Some(9000));
    bench.run(600 * SECOND).await;
    assert!(!bench.is_stale(), "nothing is known to be missing");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_told_as_down_has_no_gateway() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    let route = sample::route("10.0.0.254");
    bench.watch.fold.set_default_routes(IfIndex(1), &[route]);
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Waiting);
    bench.kernel.says(link(1, 9000));
    bench.kernel.says(Content::Overrun);
    bench.run(SECOND).await;
    let mut told = bench.published.iter();
    let first = told.find(|facts| facts.missing_since.is_some()).unwrap();
    let facts = first.link(IfIndex(1)).unwrap();
    assert_eq!((facts.link.mtu, &facts.default_routes[..]), (9000, &[][..]));
}

/// What the kernel was asked for and what was read, and where in between a judge beside
/// the watch had its turn.
async fn steps<O>(bench: &mut Bench<O>) -> Vec<&'static str>
where
    O: FnMut() -> Result<Socket, ChannelError>,
{
    bench.kernel.with(|kernel| kernel.steps.clear());
    let (publish, mut published) = tokio::sync::watch::channel(());
    let kernel = bench.kernel.clone();
    let judging = async move {
        while published.changed().await.is_ok() {
            kernel.with(|kernel| kernel.steps.push("judged"));
        }
    };
    let watching = async {
        loop {
            bench.watch.turn(&mut |_| publish.send_replace(())).await;
        }
    };
    let both = async {
        tokio::select! {
            biased;
            () = judging => {}
            () = watching => {}
        }
    };
    let _ = timeout(SECOND, both).await;
    bench
        .kernel
        .with(|kernel| std::mem::take(&mut kernel.steps))
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_judged_before_anything_else_is_read() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.kernel.says(Content::Overrun);
    bench.kernel.says(link(1, 1400));
    assert_eq!(steps(&mut bench).await[..3], ["read", "judged", "read"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_judged_before_a_dump_goes_on() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Endless);
    tokio::time::advance(60 * SECOND).await;
    bench.watch.dump_if_due().await;
    bench.kernel.says(link(1, 9000));
    bench.kernel.with(|kernel| kernel.replies(Content::End(0)));
    let expected = [
        "read",
        "read",
        "judged",
        "read",
        "judged",
        "addresses",
        "read",
    ];
    assert_eq!(steps(&mut bench).await[..], expected);
}

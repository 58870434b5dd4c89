//! Dumps that the kernel does not bring to an end: its last message was lost.

use super::*;

fn cycles<O>(bench: &Bench<O>) -> usize {
    bench.kernel.with(|kernel| kernel.cycles.len())
}

#[tokio::test(start_paused = true)]
async fn they_are_begun_anew_though_events_go_on() {
    let mut bench = bench(&[1]);
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Endless);
    for mtu in 1000..1029 {
        bench.kernel.says(link(1, mtu));
        bench.run(SECOND).await;
    }
    assert_eq!((cycles(&bench), bench.published.len()), (1, 0));
    bench.run(2 * SECOND).await;
    assert_eq!(cycles(&bench), 2);

    bench.kernel.with(|kernel| kernel.dumps = Dumps::Clean);
    bench.run(31 * SECOND).await;
    assert_eq!((cycles(&bench), bench.mtu(1)), (3, Some(1500)));
    assert_eq!(bench.last().missing_since, None);
}

#[tokio::test(start_paused = true)]
async fn an_audit_that_hangs_is_made_up_for() {
    let mut bench = bench(&[1, 2]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Endless);
    bench.run(60 * SECOND).await;
    bench.kernel.with(|kernel| {
        kernel.dumps = Dumps::Clean;
        kernel.links = vec![2];
    });
    bench.run(31 * SECOND).await;
    assert_eq!((cycles(&bench), bench.mtu(1)), (3, None));
    let told = bench
        .published
        .iter()
        .filter_map(|facts| facts.missing_since);
    assert!(told.count() > 0, "that something is missing");
    assert_eq!(bench.last().missing_since, None);
    assert_eq!(bench.last().tally.resyncs, 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_slow_is_none_of_them() {
    let mut bench = bench(&[1]);
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Endless);
    for index in 2..6 {
        bench.run(29 * SECOND).await;
        bench
            .kernel
            .with(|kernel| kernel.replies(link(index, 1500)));
    }
    bench.kernel.with(|kernel| {
        kernel.replies(Content::End(0));
        kernel.dumps = Dumps::Clean;
    });
    bench.run(SECOND).await;
    assert_eq!((cycles(&bench), bench.last().links.len()), (1, 5));
}

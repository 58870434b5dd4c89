//! Dumps that never hold still: each lists one link and its address, another one
//! every time.

use super::*;

/// Every link that was published, with how many addresses it has.
fn told(facts: &KernelFacts) -> Vec<(u32, usize)> {
    let links = facts.links.iter();
    links
        .map(|facts| (facts.link.index.0, facts.addresses.len()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn five_are_published_as_their_union_and_a_clean_one_sweeps() {
    let mut bench = bench(&[1, 2, 3, 4, 5]);
    bench
        .kernel
        .with(|kernel| kernel.dumps = Dumps::Interrupted);
    bench.run(3 * SECOND).await;
    assert_eq!(bench.kernel.with(|kernel| kernel.cycles.len()), 4);
    assert!(bench.published.is_empty(), "four are no picture");
    bench.run(SECOND).await;
    assert_eq!(bench.kernel.with(|kernel| kernel.cycles.len()), 5);
    assert!(!bench.published.is_empty(), "five are one");

    bench.run(200 * SECOND).await;
    let union = [1, 2, 3, 4, 5].map(|index| (index, 1));
    for facts in &bench.published {
        assert_eq!(told(facts), union);
        assert_eq!(facts.missing_since, None, "churn is no loss");
    }
    let cycles = bench.kernel.with(|kernel| kernel.cycles.clone());
    let pauses: Vec<u128> = cycles
        .array_windows()
        .map(|[before, after]| (*after - *before).as_millis())
        .collect();
    assert_eq!(
        pauses,
        [
            0, 100, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
        ]
    );

    bench.kernel.with(|kernel| {
        kernel.dumps = Dumps::Clean;
        kernel.links = vec![2];
    });
    bench.run(60 * SECOND).await;
    assert_eq!(told(bench.last()), [(2, 1)]);
}

#[tokio::test(start_paused = true)]
async fn churn_that_interrupts_every_dump_is_never_stale() {
    let mut bench = bench(&[1, 2]);
    bench
        .kernel
        .with(|kernel| kernel.dumps = Dumps::Interrupted);
    bench.run(5 * SECOND).await;
    for mtu in 1000..1300 {
        // Not in the lists: an interrupted one must not sweep it.
        bench.kernel.says(link(9, mtu));
        bench.run(SECOND / 10).await;
        assert_eq!(bench.last().missing_since, None);
        assert_eq!(bench.mtu(9), Some(mtu));
    }
    assert!(bench.last().tally.interrupted_dumps > 5);
}

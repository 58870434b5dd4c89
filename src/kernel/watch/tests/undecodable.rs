//! Messages and attributes that cannot be read: counted, and made up for.

use super::*;
use crate::facts::MessageTally;

fn unreadable(message_type: u16) -> Content {
    decoded(Decoded::Bad { message_type })
}

#[tokio::test(start_paused = true)]
async fn what_an_event_did_not_tell_is_asked_for() {
    let mut bench = bench(&[1]);
    bench.run(SECOND).await;
    for (index, message_type) in [
        (2, libc::RTM_NEWLINK),
        (3, libc::RTM_DELLINK),
        (4, libc::RTM_NEWADDR),
        (5, libc::RTM_DELADDR),
    ] {
        bench.kernel.with(|kernel| kernel.links.push(index));
        bench.kernel.says(unreadable(message_type));
        bench.run(2 * SECOND).await;
        assert_eq!(bench.mtu(index), Some(1500), "after {message_type}");
    }
    let facts = bench.last();
    assert_eq!((facts.missing_since, facts.tally.resyncs), (None, 4));
    let one_each = MessageTally {
        new_link: 1,
        del_link: 1,
        new_address: 1,
        del_address: 1,
        ..MessageTally::default()
    };
    assert_eq!(facts.tally.undecodable_messages, one_each);
}

#[tokio::test(start_paused = true)]
async fn what_a_dump_listed_unreadably_is_not_swept() {
    let mut bench = bench(&[1, 2]);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| {
        kernel.links = vec![1];
        kernel.dumps = Dumps::Endless;
    });
    bench.run(60 * SECOND).await;
    bench.kernel.with(|kernel| {
        kernel.replies(unreadable(libc::RTM_NEWLINK));
        kernel.replies(Content::End(0));
    });
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| {
        kernel.replies(Content::End(0));
        kernel.dumps = Dumps::Waiting;
    });
    bench.run(SECOND).await;
    assert_eq!(bench.mtu(2), Some(1500), "it may be what could not be read");
    let facts = bench.last();
    assert_eq!(facts.tally.undecodable_messages.new_link, 1);
    assert_eq!(facts.missing_since, None, "no event is");

    bench.kernel.with(|kernel| kernel.dumps = Dumps::Clean);
    bench.run(SECOND).await;
    assert_eq!(bench.mtu(2), None);
}

#[tokio::test(start_paused = true)]
async fn attributes_are_counted_wherever_they_are() {
    let mut bench = bench(&[1]);
    let with_bad = |index, bad_attributes| {
        let Content::Message(outcome) = link(index, 9000) else {
            unreachable!();
        };
        Content::Message(Outcome {
            bad_attributes,
            ..outcome
        })
    };
    bench.kernel.with(|kernel| kernel.dumps = Dumps::Endless);
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| {
        kernel.replies(with_bad(2, 1));
        kernel.replies(Content::End(0));
    });
    bench.run(SECOND).await;
    bench.kernel.with(|kernel| kernel.replies(Content::End(0)));
    bench.kernel.says(with_bad(3, 2));
    bench.run(SECOND).await;
    assert_eq!((bench.mtu(2), bench.mtu(3)), (Some(9000), Some(9000)));
    assert_eq!(bench.last().tally.undecodable_attributes, 3);
    assert_eq!(bench.last().missing_since, None, "the rest was read");
}

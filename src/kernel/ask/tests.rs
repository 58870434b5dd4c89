//! From the bytes of a datagram to what the question's answer is.
//!
//! The payload of a message is a number by which it can be told, or the errno that
//! ends an answer.

use super::*;
use crate::kernel::sample::{self, DUMP_INTR, MULTI};

const ROUTE: i32 = 24;

fn message(kind: i32, flags: u16, payload: i32) -> Vec<u8> {
    sample::message(kind, flags, (0, 0), &payload.to_ne_bytes())
}

/// Reads a datagram; the payloads that were told, the answer so far, and how it goes on.
fn told(datagram: &[Vec<u8>], is_dump: bool) -> (Vec<i32>, Answered, Option<ControlFlow<()>>) {
    let (mut told, mut answered) = (Vec::new(), Answered::default());
    let flow = read(
        messages(&datagram.concat()),
        is_dump,
        &mut answered,
        &mut |message| {
            assert_eq!(i32::from(message.message_type()), ROUTE);
            told.push(i32::from_ne_bytes(
                *message.payload().first_chunk().unwrap(),
            ));
            ControlFlow::Continue(())
        },
    );
    (told, answered, flow)
}

#[test]
fn a_dump_that_was_interrupted_says_so_on_any_of_its_messages() {
    for (first, last, expected) in [
        (MULTI, MULTI, false),
        (MULTI | DUMP_INTR, MULTI, true),
        (MULTI, MULTI | DUMP_INTR, true),
        (!DUMP_INTR, 0, false),
    ] {
        let datagram = [message(ROUTE, first, 1), message(libc::NLMSG_DONE, last, 0)];
        let (told, answered, flow) = told(&datagram, true);
        assert_eq!(told, [1]);
        assert_eq!(answered.is_interrupted, expected, "{first:#x}, {last:#x}");
        assert_eq!(flow, Some(ControlFlow::Continue(())));
    }
}

#[test]
fn an_answer_goes_on_until_it_ends() {
    let (one, two) = (message(ROUTE, MULTI, 1), message(ROUTE, MULTI, 2));
    let end = |kind, code| message(kind, MULTI, code);
    for (datagram, is_dump, payloads, errno, is_over) in [
        (vec![one.clone(), two.clone()], true, vec![1, 2], 0, false),
        (vec![one.clone(), two], false, vec![1], 0, true),
        (vec![one, end(libc::NLMSG_DONE, 0)], true, vec![1], 0, true),
        (vec![end(libc::NLMSG_DONE, -4)], true, vec![], 4, true),
        (vec![end(libc::NLMSG_ERROR, -16)], false, vec![], 16, true),
    ] {
        let (told, answered, flow) = told(&datagram, is_dump);
        assert_eq!((told, answered.errno), (payloads, errno), "{datagram:?}");
        assert_eq!(flow.is_some(), is_over, "{datagram:?}");
    }
}

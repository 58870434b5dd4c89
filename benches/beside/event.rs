//! From a change in the kernel to the document that says so, against a process
//! that listens for the kernel's event and does nothing with it.
//!
//! The change is made by a netlink request of this process, so that its moment is known.

use crate::daemon::{DOCUMENT, Daemon};
use crate::row::{Figure, Row, median};
use crate::{Outcome, Setting};
use netlink_packet_core::{NLM_F_ACK, NLM_F_REQUEST, NetlinkMessage};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{LinkAttribute, LinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// Group of link events. `RTNLGRP_LINK`.
const LINK_EVENTS: u32 = 1;
/// Between two changes.
const PAUSE: Duration = Duration::from_millis(20);
/// No change takes longer to be seen.
const DEADLINE: Duration = Duration::from_secs(5);

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    daemon.settle()?;
    let mut client = daemon.client()?;
    let index: u32 = fs::read_to_string("/sys/class/net/v0/ifindex")?
        .trim()
        .parse()?;
    let seen = listen(index)?;
    let kernel = Kernel::connect(index)?;
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    for round in 0..setting.rounds(300) {
        // Two changes, one for each.
        for (mtu, is_own) in [(1_400, round % 2 == 0), (1_500, round % 2 == 1)] {
            sleep(PAUSE);
            while seen.try_recv().is_ok() {}
            let began = Instant::now();
            kernel.set_mtu(mtu)?;
            if is_own {
                let expected = format!("\"mtu\":{mtu}");
                while !String::from_utf8_lossy(client.get(DOCUMENT)?.0).contains(&expected) {
                    if began.elapsed() > DEADLINE {
                        return Err("a change was not seen".into());
                    }
                }
                own.push(began.elapsed().as_secs_f64());
            } else {
                let seen = seen.recv_timeout(DEADLINE)?;
                bare.push(seen.duration_since(began).as_secs_f64());
            }
            kernel.acknowledged()?;
        }
    }
    let limit = 1.3 * median(&bare) + 0.0003;
    let is_met = median(&own) <= limit;
    let what = "event to visible, time";
    let row = Row::beside(
        what,
        setting.links,
        Figure::Seconds,
        &own,
        ("bare listener", &bare),
    );
    Ok(vec![if setting.links == 1_000 {
        row.target("at most 1.3, plus 0.3 ms", is_met)
    } else {
        row
    }])
}

/// Tells when events of the link `index` arrive.
fn listen(index: u32) -> Outcome<Receiver<Instant>> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.add_membership(LINK_EVENTS)?;
    let (tell, seen) = channel();
    spawn(move || {
        let mut buffer = Vec::with_capacity(64 * 1024);
        loop {
            buffer.clear();
            // It ends with the process.
            if socket.recv(&mut buffer, 0).is_err() {
                continue;
            }
            let now = Instant::now();
            // `ifi_index`, behind a header of 16 bytes and 4 more.
            let own = buffer.get(20..24) == Some(index.to_ne_bytes().as_slice());
            if own && tell.send(now).is_err() {
                return;
            }
        }
    });
    Ok(seen)
}

struct Kernel {
    socket: Socket,
    index: u32,
}

impl Kernel {
    fn connect(index: u32) -> Outcome<Self> {
        let mut socket = Socket::new(NETLINK_ROUTE)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Self { socket, index })
    }

    fn set_mtu(&self, mtu: u32) -> Outcome {
        let mut link = LinkMessage::default();
        link.header.index = self.index;
        link.attributes.push(LinkAttribute::Mtu(mtu));
        let set = RouteNetlinkMessage::SetLink(link);
        let mut request = NetlinkMessage::from(set);
        request.header.flags = NLM_F_REQUEST | NLM_F_ACK;
        request.finalize();
        let mut bytes = vec![0; request.buffer_len()];
        request.serialize(&mut bytes);
        self.socket.send(&bytes, 0)?;
        Ok(())
    }

    fn acknowledged(&self) -> Outcome {
        let mut buffer = Vec::with_capacity(4096);
        self.socket.recv(&mut buffer, 0)?;
        // The error code, behind a header of 16 bytes; 0 is none.
        if buffer.get(16..20) == Some(&[0; 4]) {
            Ok(())
        } else {
            Err("the kernel refused the change".into())
        }
    }
}

//! Memory after ten thousand GETs.
//!
//! It is the kernel's word, and beside it that of a bare axum.

use crate::daemon::{DOCUMENT, Daemon};
use crate::http::Client;
use crate::row::{Figure, Row};
use crate::{Outcome, Setting, peers};

const GETS: usize = 10_000;
const MIB: f64 = 1024.0 * 1024.0;

pub(crate) fn bench(setting: &Setting) -> Outcome<Vec<Row>> {
    let daemon = Daemon::start(setting, "own")?;
    let mut client = daemon.client()?;
    let size = client.get(DOCUMENT)?.0.len();
    let socket = setting.folder.join("axum.sock");
    let axum = peers::bare_axum(&socket, size)?;
    let mut other = Client::unix(&socket)?;
    for _ in 0..GETS {
        client.get(DOCUMENT)?;
        other.get(DOCUMENT)?;
    }
    let (own, bare) = (daemon.process.memory()?, axum.memory()?);
    let row = |what, own: f64, bare: f64, limit: f64| {
        let peer = ("bare axum", &[bare][..]);
        let row = Row::beside(what, setting.links, Figure::Bytes, &[own], peer);
        if setting.links == 10 {
            row.target(&format!("at most {limit} MiB"), own <= limit * MIB)
        } else {
            row
        }
    };
    Ok(vec![
        row("RSS after 10,000 GETs", own.resident, bare.resident, 5.0),
        row(
            "RssAnon after 10,000 GETs",
            own.anonymous,
            bare.anonymous,
            1.5,
        ),
    ])
}

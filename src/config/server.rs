//! `[server]`: where the daemon listens, and who may connect.
//!
//! Flags of the command line win.

use super::listen::ListenAddr;
use super::mistake::Mistakes;
use super::node::not_empty;
use super::reader::Table;

/// Where the daemon listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Addresses to listen on; none: the defaults.
    pub listen: Vec<ListenAddr>,
    /// Mode of the files of unix sockets. `chmod(2)`.
    pub socket_mode: u32,
    /// Group of the files of unix sockets, by name or number; none: the daemon's.
    pub socket_group: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            socket_mode: 0o660,
            socket_group: None,
        }
    }
}

pub(super) fn read(table: Option<Table<'_>>, mistakes: &mut Mistakes) -> Server {
    let default = Server::default();
    let Some(mut table) = table else {
        return default;
    };
    let listen = table.texts("listen", str::parse::<ListenAddr>, mistakes);
    let mode = table.text("socket_mode", mode, mistakes);
    let group = table.text("socket_group", not_empty, mistakes);
    // To leave out what was to protect would serve openly what was to be closed.
    for key in ["tls", "token_file"] {
        if let Some(found) = table.take(key) {
            let what = format!(
                "`{key}` is not supported yet; remove it, and listen on loopback or unix sockets only"
            );
            mistakes.at(found.span().start, what);
        }
    }
    let insecure = table.flag("insecure", mistakes);
    if let Some(found) = insecure.filter(|insecure| insecure.value) {
        mistakes.at(
            found.offset,
            "`insecure` is not supported yet; listen on loopback or unix sockets only",
        );
    }
    table.finish(mistakes);
    Server {
        listen: listen.into_iter().map(|address| address.value).collect(),
        socket_mode: mode.map_or(default.socket_mode, |mode| mode.value),
        socket_group: group.map(|group| group.value),
    }
}

fn mode(text: &str) -> Result<u32, String> {
    let is_octal =
        (3..=4).contains(&text.len()) && text.bytes().all(|c| (b'0'..=b'7').contains(&c));
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| is_octal && *mode <= 0o777)
        .ok_or_else(|| format!("`{text}` is no mode of a file; write it as \"0660\""))
}

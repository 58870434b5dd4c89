//! What systemd gives and wants: sockets that it made for us (`$LISTEN_FDS`,
//! `sd_listen_fds(3)`), and word of when we are ready and when we stop
//! (`$NOTIFY_SOCKET`, `sd_notify(3)`). Without systemd all of it does nothing.

use crate::http::listen::{ListenError, Listener, refuse_exposed};
use listenfd::ListenFd;
use sd_notify::NotifyState;
use socket2::SockRef;
use std::io;

/// Sockets that systemd has passed to this process.
pub struct Inherited(ListenFd);

/// Takes the sockets that systemd has passed, once. It changes the environment,
/// so it must be called before any thread is started.
#[must_use]
pub fn inherited() -> Inherited {
    Inherited(ListenFd::from_env())
}

impl Inherited {
    /// Makes listeners of them, TCP and unix, in the order of the unit. Must be
    /// called within a tokio runtime.
    ///
    /// # Errors
    /// If any is not a listening stream socket, or is TCP beyond loopback.
    pub fn into_listeners(mut self) -> Result<Vec<Listener>, ListenError> {
        (0..self.0.len())
            .filter_map(|index| self.listener(index).transpose())
            .collect()
    }

    fn listener(&mut self, index: usize) -> Result<Option<Listener>, ListenError> {
        let failed = |source| ListenError::Inherited {
            number: index + 1,
            source,
        };
        // What is not TCP stays in its place.
        if let Ok(Some(socket)) = self.0.take_tcp_listener(index) {
            refuse_exposed(socket.local_addr().map_err(failed)?)?;
            return must_listen(&SockRef::from(&socket))
                .and_then(|()| Listener::tcp(socket))
                .map(Some)
                .map_err(failed);
        }
        let socket = self.0.take_unix_listener(index).map_err(failed)?;
        socket
            .map(|socket| {
                must_listen(&SockRef::from(&socket))?;
                Listener::unix(socket, None)
            })
            .transpose()
            .map_err(failed)
    }
}

/// With `Accept=yes` the socket is one client, not a listener.
fn must_listen(socket: &SockRef<'_>) -> io::Result<()> {
    if socket.is_listener()? {
        Ok(())
    } else {
        Err(io::Error::other("it does not listen"))
    }
}

/// Tells systemd that requests are answered from now on.
pub fn notify_ready() {
    notify(&[NotifyState::Ready]);
}

/// Tells systemd that the configuration is being read again; [`notify_ready`]
/// ends it.
pub fn notify_reloading() {
    // systemd takes the word only with the time that goes with it.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::warn!(%error, "systemd cannot be told the time"),
    }
}

/// Tells systemd that requests under way are still answered, but no new ones.
pub fn notify_stopping() {
    notify(&[NotifyState::Stopping]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be notified");
    }
}

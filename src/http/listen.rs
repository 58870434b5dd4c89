//! Listening: what becomes of an address is in [`bind`], what there is to know
//! about unix sockets in `unix`.
//!
//! Why it fails is in `error`.

mod bind;
mod error;
mod unix;

pub(super) use bind::Stream;
pub(crate) use bind::refuse_exposed;
pub use bind::{Listener, bind};
pub use error::ListenError;
pub use unix::SocketAccess;

//! The HTTP server on real sockets: what it answers, when it hangs up, how it ends.
//!
//! A deadline that a test is about is short, all others are an hour; asserted is
//! only that the connection closed.

mod bodies;
mod deadlines;
mod ending;
mod requests;
mod server;
mod stale;
mod unready;

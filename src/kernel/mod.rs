//! The kernel's word, from rtnetlink and sysfs, as [`facts`](crate::facts).
//!
//! No opinions here: what is served, primary or floating is said in the
//! [`view`](crate::view).

mod anonymous;
mod ask;
mod audit;
mod back_off;
mod channel;
mod class_net;
pub mod counters;
pub mod decode;
mod driver;
pub mod fold;
mod gateway;
mod hints;
mod message;
mod names;
pub mod net_dev;
mod outage;
mod pseudonyms;
mod publication;
mod record;
mod recording;
mod request;
mod resync;
mod routes;
#[cfg(test)]
mod sample;
mod schedule;
mod speed;
mod speeds;
mod stats;
mod sysfs;
mod watch;

pub use channel::ChannelError;
pub use driver::{CounterQueue, Driver};
pub use pseudonyms::{Crowded, Pseudonyms, Word};
pub use record::RecordError;
pub use recording::{Recording, damage};
pub use stats::stats;
pub use watch::{WatchError, read_once, watch};

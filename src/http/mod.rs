//! The documents over HTTP: routes, errors, listeners.
//!
//! Handlers borrow the newest view, project and reply. Nothing here waits for
//! the kernel thread, holds a lock across an await or touches a driver.

mod error;
pub mod listen;
mod router;
mod scrape;
pub mod serve;
mod service;
mod templates;

pub use router::router;
pub use service::{Service, Views};

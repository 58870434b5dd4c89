//! The documents: how the [`view`](crate::view) is said in the words of each
//! version of the vendor's API, in metrics, and in a configuration file. Field mapping only, pure.
//!
//! Judgement is in the view; nothing here knows a clock or a file.

mod cloud;
pub mod config_file;
pub mod metrics;
pub mod v1;
pub mod v2;
pub mod v3;
mod words;

//! The documents: how the [`view`](crate::view) is said in the words of each
//! version of the vendor's API, and in metrics. Field mapping only, pure.

mod cloud;
pub mod metrics;
pub mod v2;

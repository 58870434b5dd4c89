//! The documents: how the [`view`](crate::view) is said in the words of each
//! version of the vendor's API. Field mapping only, pure.

pub mod v2;

//! What the namespace tests stand on: private network namespaces, the real daemon inside
//! them, a plain HTTP client, and an oracle that knows the kernel only through `ip -j`.
//! Nothing here imports the crate under test.

pub(crate) mod agree;
pub(crate) mod captured;
pub(crate) mod configured;
pub(crate) mod daemon;
pub(crate) mod http;
pub(crate) mod ip;
pub(crate) mod losses;
pub(crate) mod namespace;
pub(crate) mod once;
pub(crate) mod oracle;
pub(crate) mod outcome;
pub(crate) mod reading;
pub(crate) mod recorded;
pub(crate) mod shell;
pub(crate) mod tap;
pub(crate) mod unpacked;

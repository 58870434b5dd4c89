//! A real keepalived that speaks VRRP on a device of a namespace.
//!
//! Its files are beside a path that the test gives, and it is stopped by its own pid file.

use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually};

/// Starts keepalived with one VRRP instance on `device`, its files beside this path.
pub(crate) fn keepalived(at: &Namespace, files: &str, device: &str, instance: &str) -> Outcome {
    at.sh(&format!(
        "cat >{files}.conf <<'END'\n\
         global_defs {{ router_id r1 }}\n\
         vrrp_instance V {{\n interface {device}\n virtual_router_id 51\n version 3\n\
         advert_int 0.1\n{instance}\n}}\nEND\n\
         keepalived --vrrp --use-file={files}.conf --pid={files}.pid --vrrp_pid={files}.vrrp"
    ))
    .map(drop)
}

/// Ends it, and waits until it has given up its addresses and files.
pub(crate) fn stop(at: &Namespace, files: &str) -> Outcome {
    at.sh(&format!("kill \"$(cat {files}.pid)\""))?;
    eventually("keepalived ends", || {
        at.sh(&format!("test ! -e {files}.pid")).map(drop)
    })
}

//! Whatever bytes somebody at a metadata service's address could send, through every
//! parser of its documents.
//!
//! None may panic, nor tell of a NIC twice.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netstatusd::facts::MacAddr;
use netstatusd::probe::cloud::aws::{self, Leaves};
use netstatusd::probe::cloud::{azure, gcp};

fuzz_target!(|document: &[u8]| {
    for nics in [azure::nics(document, None), gcp::nics(document)] {
        let Ok(mut nics) = nics else { continue };
        let all = nics.len();
        nics.dedup_by_key(|nic| nic.mac);
        assert_eq!(nics.len(), all, "each once");
    }
    let leaf = || Some(document.to_vec().into());
    let leaves = Leaves {
        interface_id: leaf(),
        device_number: leaf(),
        local_ipv4s: leaf(),
        subnet_id: leaf(),
        subnet_ipv4_cidr_block: leaf(),
        vpc_id: leaf(),
        security_groups: leaf(),
        ipv4_prefix: leaf(),
    };
    let _ = aws::nic(MacAddr::NONE, &leaves);
    for lone in [
        Leaves {
            local_ipv4s: leaf(),
            ..Leaves::default()
        },
        Leaves {
            subnet_ipv4_cidr_block: leaf(),
            ..Leaves::default()
        },
        Leaves {
            device_number: leaf(),
            ..Leaves::default()
        },
        Leaves {
            ipv4_prefix: leaf(),
            ..Leaves::default()
        },
    ] {
        let _ = aws::nic(MacAddr::NONE, &lone);
    }
});

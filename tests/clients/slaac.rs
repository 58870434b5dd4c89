//! Addresses made from a real router's prefix (radvd), by the kernel and by dhcpcd.
//!
//! What each leaves at the address comes from `ip`; the document is to follow from it.

use std::time::Duration;

use serde_json::json;

use crate::network::{Network, on_network};
use crate::support::outcome::{Outcome, eventually, fail, within};

/// Starts radvd at the server, announcing one prefix with these lifetimes in seconds.
fn announce(network: &Network, valid: &str, preferred: &str) -> Outcome {
    let config = format!(
        "interface s0 {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;\n\
         prefix 2001:db8:5::/64 {{ AdvOnLink on; AdvAutonomous on;\n\
         AdvValidLifetime {valid}; AdvPreferredLifetime {preferred}; }}; }};"
    );
    network.server.sh(&format!(
        "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n\
         echo '{config}' >/run/srv/radvd.conf\n\
         radvd --config /run/srv/radvd.conf --pidfile /run/srv/radvd --logmethod none"
    ))?;
    Ok(())
}

/// The kernel's own, with temporary addresses: those are never the node's address.
#[test]
fn the_kernel() -> Outcome {
    for (valid, preferred) in [("3600", "1800"), ("infinity", "infinity")] {
        on_network("slaac::the_kernel", |network| {
            network
                .node
                .sh("echo 2 >/proc/sys/net/ipv6/conf/c0/use_tempaddr")?;
            announce(&network, valid, preferred)?;
            let address = "2001:db8:5::ff:fe00:1";
            // The router may take its time, the daemon not.
            within(Duration::from_mins(1), "the router is heard", || {
                network.marks(address).map(drop)
            })?;
            network.networks(&json!([["DHCP", address, [], "2001:db8:5::/64"]]))?;
            assert_eq!(network.is_finite(address)?, valid != "infinity");
            // `dynamic` is `ip`'s word for what is not permanent: so the kernel's never is.
            assert_eq!(network.marks(address)?, ["dynamic", "mngtmpaddr"]);
            assert!(network.may_be_of(address, "kernel_ra")?);
            eventually("there is a temporary address", || {
                let said = network.node.ip_json("addr show dev c0")?.to_string();
                if said.contains("temporary") {
                    Ok(())
                } else {
                    fail(said)
                }
            })?;
            network.networks(&json!([["DHCP", address, [], "2001:db8:5::/64"]]))
        })?;
    }
    Ok(())
}

/// dhcpcd listens to routers itself and tells the kernel to keep out.
#[test]
fn dhcpcd() -> Outcome {
    for (valid, preferred) in [("3600", "1800"), ("infinity", "infinity")] {
        on_network("slaac::dhcpcd", |network| {
            announce(&network, valid, preferred)?;
            network.node.sh("dhcpcd -6 -A -b c0")?;
            let patience = Duration::from_mins(1);
            let address = within(patience, "it makes itself an address", || {
                let said = network.node.ip_json("addr show dev c0 scope global")?;
                match said[0]["addr_info"][0]["local"].as_str() {
                    Some(address) => Ok(address.to_owned()),
                    None => fail(said.to_string()),
                }
            })?;
            let address = address.as_str();
            let finite = valid != "infinity";
            assert_eq!(network.is_finite(address)?, finite);
            let dynamic = finite.then_some("dynamic");
            let marks: Vec<&str> = dynamic
                .into_iter()
                .chain(["mngtmpaddr", "noprefixroute"])
                .collect();
            assert_eq!(network.marks(address)?, marks);
            network.networks(&json!([["DHCP", address, [], "2001:db8:5::/64"]]))
        })?;
    }
    Ok(())
}

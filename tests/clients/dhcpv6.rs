//! DHCPv6: short, long and infinite leases, as two clients take them.
//!
//! They are /128 addresses, in the subnet only by the router's word. Of an infinite one the
//! kernel knows nothing, as with DHCPv4; dhclient never has one.

use serde_json::json;

use crate::dhcp::TIMES;
use crate::network::{Network, on_network};
use crate::support::outcome::Outcome;

fn serve(network: &Network, time: &str) -> Outcome {
    let range = format!("--dhcp-range=2001:db8:1::1000,2001:db8:1::1fff,64,{time}");
    network.serve(&["--enable-ra", &range])
}

/// The lease that `take` gets; whether it has an end, its flags, and the file it leaves.
fn case(network: &Network, take: &str, finite: bool, flags: &[&str], file: &str) -> Outcome {
    network.node.sh(take)?;
    let address = network.given(true)?;
    let netmask = format!("{address}/128");
    network.networks(&json!([["DHCP", address, [], netmask]]))?;
    assert_eq!(network.is_finite(&address)?, finite);
    let dynamic = finite.then_some("dynamic");
    let marks: Vec<&str> = dynamic.into_iter().chain(flags.to_vec()).collect();
    assert_eq!(network.marks(&address)?, marks);
    network.node.run(&["test", "-s", file]).map(drop)
}

#[test]
fn dhclient() -> Outcome {
    for time in TIMES {
        on_network("dhcpv6::dhclient", |network| {
            let file = "/var/lib/dhcp/dhclient6.leases";
            serve(&network, time)?;
            // It asks for 7500 s, and is given no more.
            case(&network, "dhclient -6 -1 c0", true, &[], file)?;
            network.node.sh("dhclient -6 -r c0")?;
            network.is_bare()
        })?;
    }
    Ok(())
}

#[test]
fn dhcpcd() -> Outcome {
    for time in TIMES {
        on_network("dhcpv6::dhcpcd", |network| {
            let file = "/var/lib/dhcpcd/c0.lease6";
            serve(&network, time)?;
            let (take, finite) = ("dhcpcd -6 -A -w c0", time != "infinite");
            case(&network, take, finite, &["noprefixroute"], file)
        })?;
    }
    Ok(())
}

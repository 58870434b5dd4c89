//! DHCPv6: leases are /128 addresses, in the subnet only by the router's word.

use serde_json::json;

use crate::network::{Network, on_network};
use crate::support::outcome::Outcome;

fn serve(network: &Network, time: &str) -> Outcome {
    let range = format!("--dhcp-range=2001:db8:1::1000,2001:db8:1::1fff,64,{time}");
    network.serve(&["--enable-ra", &range])
}

#[test]
fn dhclient() -> Outcome {
    on_network("dhcpv6::dhclient", |network| {
        serve(&network, "24h")?;
        network.node.sh("dhclient -6 -1 c0")?;
        let address = network.given(true)?;
        assert!(network.is_finite(&address)?);
        let netmask = format!("{address}/128");
        network.networks(&json!([["DHCP", address, [], netmask]]))?;
        network
            .node
            .run(&["test", "-s", "/var/lib/dhcp/dhclient6.leases"])?;
        network.node.sh("dhclient -6 -r c0")?;
        network.is_bare()
    })
}

#[test]
fn dhcpcd() -> Outcome {
    for time in ["24h", "infinite"] {
        on_network("dhcpv6::dhcpcd", |network| {
            serve(&network, time)?;
            network.node.sh("dhcpcd -6 -A -w c0")?;
            let address = network.given(true)?;
            assert_eq!(network.is_finite(&address)?, time != "infinite");
            let netmask = format!("{address}/128");
            network.networks(&json!([["DHCP", address, [], netmask]]))
        })?;
    }
    Ok(())
}

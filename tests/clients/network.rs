//! A node with a cable to a server: `c0` here, `s0` there, with the daemon watching here and
//! dnsmasq answering there. All programs are those that `tests/clients/fetch` unpacked.
//!
//! What a client writes stays in mounts of the node's own, and goes with it.

use serde_json::{Value, json};

use crate::support::daemon::Daemon;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Failure, Outcome, eventually, fail};
use crate::support::unpacked::{lay_over_usr, with_programs};

/// Everything a client writes to is this node's own, and gone with it.
const OWN_MOUNTS: &str = r#"
mkdir -p /run/own/etc /run/own/etc-work /run/own/lib /run/own/lib-work /run/srv
overlay() { mount -t overlay overlay -o "$@"; }
overlay "lowerdir=$clients/etc:/etc,upperdir=/run/own/etc,workdir=/run/own/etc-work" /etc
overlay "lowerdir=/var/lib,upperdir=/run/own/lib,workdir=/run/own/lib-work" /var/lib
for folder in dhcp dhcpcd misc; do
    mkdir -p "/var/lib/$folder"
    mount -t tmpfs tmpfs "/var/lib/$folder"
done
rm -f /etc/resolv.conf
echo 'nameserver 192.0.2.53' >/etc/resolv.conf
"#;

/// Both ends, and what answers at the far one.
pub(crate) struct Network {
    pub(crate) daemon: Daemon,
    pub(crate) server: Namespace,
    pub(crate) node: Namespace,
}

/// Runs `test` on a new network; without the clients it is skipped, by its name.
pub(crate) fn on_network(name: &str, test: impl FnOnce(Network) -> Outcome) -> Outcome {
    with_programs(name, |folder| test(Network::new(folder)?))
}

impl Network {
    fn new(clients: &str) -> Outcome<Self> {
        let node = Namespace::new()?;
        lay_over_usr(&node, clients)?;
        node.sh(&format!("clients='{clients}'\n{OWN_MOUNTS}"))?;
        let server = node.peer()?;
        node.ip(&format!(
            "link add c0 address 02:00:00:00:00:01 type veth peer name s0 netns {}",
            server.path()
        ))?;
        // Without duplicate detection DHCPv6 clients need not wait for it.
        node.sh("echo 0 >/proc/sys/net/ipv6/conf/c0/accept_dad")?;
        server.ip(
            "link set s0 address 02:00:00:00:00:02\naddr add 192.0.2.1/24 dev s0\n\
             addr add 2001:db8:1::1/64 dev s0 nodad\nlink set s0 up",
        )?;
        node.ip("link set c0 up")?;
        let daemon = Daemon::start(&node, &[])?;
        let network = Self {
            daemon,
            server,
            node,
        };
        // A client that finds no link-local address gives up at once.
        network.is_bare()?;
        Ok(network)
    }

    /// Starts dnsmasq with these further options, and waits until it answers.
    pub(crate) fn serve(&self, options: &[&str]) -> Outcome {
        let always = [
            "dnsmasq",
            "--conf-file=/dev/null",
            "--user=",
            "--group=",
            "--pid-file=/run/srv/pid",
            "--log-facility=/run/srv/log",
            "--dhcp-leasefile=/run/srv/given",
            "--no-resolv",
            "--no-hosts",
            "--interface=s0",
            "--bind-interfaces",
            "--dhcp-authoritative",
            // It would ping an address for seconds before it gives it.
            "--no-ping",
            "--dhcp-option=option:domain-name,lan.example",
            "--dhcp-option=option:domain-search,lan.example,lab.example",
        ];
        // It goes to the background when it listens.
        self.server.run(&[&always[..], options].concat()).map(drop)
    }

    /// The address that dnsmasq says it gave, of one family.
    pub(crate) fn given(&self, ipv6: bool) -> Outcome<String> {
        eventually("the server gives an address", || {
            let leases = String::from_utf8(self.node.sh("cat /run/srv/given")?)
                .map_err(|error| Failure(error.to_string()))?;
            // "expiry MAC address name client-id", after a line "duid …" those of DHCPv6.
            let mut given = leases
                .lines()
                .filter_map(|line| line.split(' ').nth(2))
                .filter(|word| word.contains(':') == ipv6);
            match given.next() {
                Some(address) => Ok(address.to_owned()),
                None => fail(leases.clone()),
            }
        })
    }

    /// What `ip` shows of this address on `c0`.
    fn own(&self, address: &str) -> Outcome<Value> {
        let said = self.node.ip_json("addr show dev c0")?;
        let own = said[0]["addr_info"].as_array().into_iter().flatten();
        let mut own = own.filter(|own| own["local"] == address);
        match own.next() {
            Some(own) => Ok(own.clone()),
            None => fail(format!("{address} is not among {said}")),
        }
    }

    /// Whether `ip` shows this address on `c0` with an end of its life.
    pub(crate) fn is_finite(&self, address: &str) -> Outcome<bool> {
        Ok(self.own(address)?["valid_life_time"] != u32::MAX)
    }

    /// What whoever put this address on `c0` left there, by `ip`'s words: the flags that it
    /// shows for it, in the order of the alphabet.
    pub(crate) fn marks(&self, address: &str) -> Outcome<Vec<String>> {
        let own = self.own(address)?;
        let keys = own.as_object().into_iter().flatten();
        let flags = keys.filter(|(_, value)| **value == true);
        let mut marks: Vec<String> = flags.map(|(key, _)| key.clone()).collect();
        marks.sort_unstable();
        Ok(marks)
    }

    /// Whether this address has that protocol (`IFA_PROTO`), or `ip` is too old to tell.
    pub(crate) fn may_be_of(&self, address: &str, protocol: &str) -> Outcome<bool> {
        let own = self.own(address)?;
        Ok(own["protocol"].as_str().is_none_or(|said| said == protocol))
    }

    /// Waits until the default route of `c0` is by way of `gateway`, in the kernel with this
    /// protocol (none: `boot`) and source, and in the document.
    pub(crate) fn default_route(&self, gateway: &str, protocol: &Value, source: &Value) -> Outcome {
        eventually("there is a default route", || {
            let routes = self.node.ip_json("route show default dev c0")?;
            let route = &routes[0];
            let said = json!([route["gateway"], route["protocol"], route["prefsrc"]]);
            let document = self.daemon.document("c0")?;
            let reported = &document["interface_status"]["default_gateway"];
            if said == json!([gateway, protocol, source]) && reported == gateway {
                Ok(())
            } else {
                fail(format!("{routes} and {reported}"))
            }
        })
    }

    /// Waits until the networks of `c0` are these, each as
    /// `[assigned_by, address, floating_addresses, netmask]`.
    pub(crate) fn networks(&self, expected: &Value) -> Outcome {
        let keys = ["assigned_by", "address", "floating_addresses", "netmask"];
        self.entries("c0", &keys, expected)
    }

    /// Waits until an interface's networks say this for these keys.
    pub(crate) fn entries(&self, interface: &str, keys: &[&str], expected: &Value) -> Outcome {
        eventually(&format!("the networks of {interface}"), || {
            let document = self.daemon.document(interface)?;
            let entries = document["network_statuses"].as_array();
            let entry = |entry: &Value| keys.iter().map(|key| entry[*key].clone()).collect();
            let said: Vec<Value> = entries.into_iter().flatten().map(entry).collect();
            if json!(said) == *expected {
                Ok(())
            } else {
                fail(format!("  said {}\nwanted {expected}", json!(said)))
            }
        })?;
        self.daemon.was_told_all()
    }

    /// Waits until `c0` has no address but the link's own.
    pub(crate) fn is_bare(&self) -> Outcome {
        self.networks(&json!([["LINK_LOCAL", "fe80::ff:fe00:1", [], "fe80::/64"]]))
    }
}

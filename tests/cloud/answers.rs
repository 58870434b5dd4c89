//! What the daemon serves beside a metadata service that answers.
//!
//! Each case is a recorded document, a machine made to fit it, and the status beside it that is
//! expected.

use serde_json::{Value, json};

use crate::metadata::{Cloud, Expected, shows, status, status_in_version_3};
use crate::support::daemon::Daemon;
use crate::support::once::netstatusd;
use crate::support::outcome::{Outcome, eventually, fail};

/// A daemon on a machine with the NICs of this document shows what is expected of them;
/// so does `show`.
fn shown(provider: &str, case: &str) -> Outcome {
    let cloud = Cloud::new(provider, case, "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    // The host has none of the addresses that the cloud tells of: nobody asked for them.
    eventually(
        "nothing is pending",
        || match daemon.document("nic0")?["update_status"].as_str() {
            Some("CHANGES_APPLIED") => Ok(()),
            other => fail(format!("{other:?}")),
        },
    )?;
    for interface in ["far0", "lo"] {
        let reply = daemon.get(&format!("/v2/network/interfaces/{interface}/status/1"))?;
        assert_eq!(
            status(&reply.json()?),
            json!({}),
            "{interface} is not the cloud's"
        );
    }
    let first = cloud.expected.values().next().cloned().unwrap_or_default();
    let v3 = &daemon.json("/v3/network/status/1")?["api_cloud_provider_status"];
    assert_eq!(*v3, status_in_version_3(provider, &first));
    let v1 = daemon.json("/v1/network/status/1")?;
    assert_eq!(status(&v1), json!({}), "version 1 has no word for it");
    let once = netstatusd(&cloud.namespace, &["show", "nic0", "--format", "json"])?;
    let once: Value = serde_json::from_slice(&once.stdout)?;
    assert_eq!(status(&once), first);
    Ok(())
}

#[test]
fn aws_with_a_secondary_address() -> Outcome {
    shown("aws", "secondary-address")
}

#[test]
fn aws_with_two_nics() -> Outcome {
    shown("aws", "two-nics")
}

#[test]
fn aws_with_delegated_prefixes() -> Outcome {
    shown("aws", "delegated-prefixes")
}

/// What is said of the prefixes is seen by no client: the fake has a list of its requests.
#[test]
fn delegated_prefixes_are_asked_for() -> Outcome {
    let cloud = Cloud::new("aws", "delegated-prefixes", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let requests = cloud.requests()?;
    for (mac, answer) in [("0a:07:84:3d:6e:38", 404), ("0a:75:69:92:e2:16", 200)] {
        let asked = format!("/macs/{mac}/ipv4-prefix {answer}");
        assert!(
            requests.iter().any(|line| line.ends_with(&asked)),
            "{requests:?}"
        );
    }
    Ok(())
}

#[test]
fn aws_without_ipv4() -> Outcome {
    shown("aws", "ipv6-only")
}

#[test]
fn azure_with_two_nics() -> Outcome {
    shown("azure", "two-nics")
}

#[test]
fn azure_without_ipv4() -> Outcome {
    shown("azure", "ipv6-only")
}

#[test]
fn gcp_with_an_alias() -> Outcome {
    shown("gcp", "alias")
}

#[test]
fn gcp_with_many_nics() -> Outcome {
    shown("gcp", "many-nics")
}

#[test]
fn gcp_that_cannot_be_asked_for_changes() -> Outcome {
    let cloud = Cloud::new("gcp", "alias", "no-etag")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)
}

#[test]
fn a_nic_that_was_detached_has_no_key() -> Outcome {
    let cloud = Cloud::new("aws", "detached", "ok")?;
    let add = "link add late address 0a:75:69:92:e2:16 type veth peer name far\nlink set late up";
    cloud.namespace.ip(add)?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    assert_eq!(status(&daemon.document("late")?), json!({}));
    Ok(())
}

#[test]
fn a_leaf_that_is_missing_is_empty() -> Outcome {
    let cloud = Cloud::new("aws", "secondary-address", "404-subnet-id")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    let mut expected = cloud.expected["0a:07:84:3d:6e:38"].clone();
    expected["aws_status"]["subnet_id"] = json!("");
    shows(&daemon, "nic0", &expected)
}

#[test]
fn a_service_that_hangs_up_after_each_answer() -> Outcome {
    for (provider, case) in [("aws", "two-nics"), ("azure", "two-nics")] {
        let cloud = Cloud::new(provider, case, "hanging-up")?;
        let daemon = Daemon::start(&cloud.namespace, &[])?;
        cloud.is_shown_by(&daemon)?;
    }
    Ok(())
}

#[test]
fn a_token_that_expired_is_renewed() -> Outcome {
    let cloud = Cloud::new("aws", "secondary-address", "expired")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let requests = cloud.requests()?;
    let with = |word: &str| requests.iter().filter(|line| line.contains(word)).count();
    assert_eq!(with("PUT"), 2, "{requests:?}");
    assert_eq!(with(" 401"), 1, "{requests:?}");
    Ok(())
}

#[test]
fn an_older_azure_is_asked_in_its_version() -> Outcome {
    let cloud = Cloud::new("azure", "documented", "old-versions")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)
}

#[test]
fn a_nic_that_is_plugged_in_later_appears() -> Outcome {
    let mut cloud = Cloud::new("aws", "secondary-address", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let (mac, second) = crate::metadata::expected("aws", "two-nics")?
        .remove_entry("0a:75:69:92:e2:16")
        .unwrap();
    let both = std::fs::read(crate::metadata::documents().join("aws/two-nics.json"))?;
    // The link is there before the service knows of it.
    let add = format!("link add late address {mac} type veth peer name far\nlink set late up");
    cloud.namespace.ip(&add)?;
    let asked = cloud.requests()?.len();
    eventually("the service is asked again", || {
        if cloud.requests()?.len() > asked {
            Ok(())
        } else {
            fail("not yet")
        }
    })?;
    assert_eq!(status(&daemon.document("late")?), json!({}));
    cloud.say(&serde_json::from_slice(&both)?)?;
    shows(&daemon, "late", &second)?;
    // And is gone with the link.
    cloud.namespace.ip("link del late")?;
    cloud.expected = Expected::from([(
        "0a:07:84:3d:6e:38".into(),
        cloud.expected["0a:07:84:3d:6e:38"].clone(),
    )]);
    cloud.is_shown_by(&daemon)
}

#[test]
fn gcp_tells_of_a_change_at_once() -> Outcome {
    let cloud = Cloud::new("gcp", "alias", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let mut document = cloud.document()?;
    let mut expected = cloud.expected["42:01:0a:80:00:13"].clone();
    for aliases in [json!(["10.128.5.0/24", "10.128.6.0/24"]), json!([])] {
        document[0]["ipAliases"] = aliases.clone();
        expected["gcp_status"]["ip_aliases"] = aliases;
        cloud.say(&document)?;
        shows(&daemon, "nic0", &expected)?;
    }
    let requests = cloud.requests()?;
    let held = requests
        .iter()
        .filter(|line| line.contains("wait_for_change=true"));
    assert!(held.count() >= 2 && requests.len() < 10, "{requests:?}");
    Ok(())
}

#[test]
fn an_enslaved_function_with_the_same_address_changes_nothing() -> Outcome {
    let cloud = Cloud::new("azure", "documented", "ok")?;
    // As Azure does it: two links with one address, one a port of the other's bridge here.
    cloud
        .namespace
        .ip("link add upper type bridge\nlink set upper up\n\
         link add function0 address 00:0d:3a:f8:06:ec type veth peer name far\n\
         link set function0 master upper\nlink set function0 up")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    assert_eq!(
        status(&daemon.document("upper")?),
        json!({}),
        "it took the address of its port"
    );
    Ok(())
}

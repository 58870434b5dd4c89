//! `[cloud]` of the configuration file, which wins over the firmware.
//!
//! Each starts the daemon with a file of its own beside a fake service.

use serde_json::{Value, json};

use crate::manners::{connected, sent};
use crate::metadata::{Cloud, asks_no_more, counts, shows, status};
use crate::support::agree::agree;
use crate::support::daemon::{Daemon, Scratch};
use crate::support::namespace::Namespace;
use crate::support::once::netstatusd;
use crate::support::outcome::{Outcome, eventually, fail};

/// The command line that names a configuration file with this text, and the file's folder.
fn config(text: &str) -> Outcome<(Scratch, String)> {
    let folder = Scratch::new()?;
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text)?;
    Ok((folder, format!("--config={}", file.display())))
}

/// A daemon with this configuration.
fn start(namespace: &Namespace, text: &str) -> Outcome<Daemon> {
    let (_folder, config) = config(text)?;
    Daemon::start(namespace, &[&config])
}

#[test]
fn a_provider_that_the_firmware_does_not_tell_of() -> Outcome {
    let cloud = Cloud::new("azure", "documented", "ok")?;
    let forget = "rm /sys/class/dmi/id/chassis_asset_tag";
    cloud.namespace.sh(forget)?;
    let text = "[cloud]\nprovider = \"azure\"\nnetwork_name = \"storage-vnet\"";
    let daemon = start(&cloud.namespace, text)?;
    let mut expected = cloud.expected["00:0d:3a:f8:06:ec"].clone();
    expected["azure_status"]["network"] = json!("storage-vnet");
    shows(&daemon, "nic0", &expected)?;
    let (_folder, config) = config(text)?;
    let once = netstatusd(
        &cloud.namespace,
        &["show", "nic0", "--format", "json", &config],
    )?;
    assert_eq!(
        status(&serde_json::from_slice::<Value>(&once.stdout)?),
        expected
    );
    Ok(())
}

#[test]
fn a_service_at_another_address() -> Outcome {
    for (address, endpoint) in [
        ("fd00:ec2::254/128", "[fd00:ec2::254]:80"),
        ("192.0.2.80/32", "192.0.2.80:80"),
    ] {
        let cloud = Cloud::new("aws", "two-nics", "ok")?;
        cloud.namespace.ip(&format!(
            "addr del 169.254.169.254/32 dev lo\naddr add {address} dev lo"
        ))?;
        let text = format!("[cloud]\nendpoint = \"{endpoint}\"");
        cloud.is_shown_by(&start(&cloud.namespace, &text)?)?;
    }
    Ok(())
}

#[test]
fn another_configuration_counts_once_it_is_read() -> Outcome {
    let cloud = Cloud::new("azure", "documented", "ok")?;
    let (folder, config) = config("[cloud]\nprovider = \"none\"")?;
    let daemon = Daemon::start(&cloud.namespace, &[&config])?;
    asks_no_more(&daemon)?;
    assert_eq!(cloud.requests()?, [""; 0]);
    let reload = |text: &str| -> Outcome {
        std::fs::write(folder.path().join("config.toml"), text)?;
        daemon.signal("HUP")
    };
    let mut expected = cloud.expected["00:0d:3a:f8:06:ec"].clone();
    for name in ["one-vnet", "another-vnet"] {
        reload(&format!("[cloud]\nnetwork_name = \"{name}\""))?;
        expected["azure_status"]["network"] = json!(name);
        shows(&daemon, "nic0", &expected)?;
    }
    // What has not changed is not asked for again.
    reload("[node]\nname = \"renamed\"\n[cloud]\nnetwork_name = \"another-vnet\"")?;
    eventually("it is read", || {
        let name = &daemon.document("nic0")?["node_name"];
        if name == "renamed" {
            Ok(())
        } else {
            fail(name.to_string())
        }
    })?;
    shows(&daemon, "nic0", &expected)?;
    let said = daemon.said()?;
    assert_eq!(said.matches("this node is in Azure").count(), 2, "{said}");
    assert_ne!(cloud.requests()?, [""; 0]);
    reload("[cloud]\nprovider = \"none\"")?;
    shows(&daemon, "nic0", &json!({}))?;
    // Counted is what the present service was asked.
    counts(&daemon, "netstatusd_cloud_requests_total 0")?;
    asks_no_more(&daemon)
}

#[test]
fn no_cloud_whatever_the_firmware_says() -> Outcome {
    let namespace = connected("aws")?;
    let daemon = start(&namespace, "[cloud]\nprovider = \"none\"")?;
    asks_no_more(&daemon)?;
    counts(
        &daemon,
        r#"{state="absent",reason="turned off by configuration"}"#,
    )?;
    agree(&daemon, &namespace, false)?;
    assert_eq!(sent(&namespace)?, 0);
    Ok(())
}

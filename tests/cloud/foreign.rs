//! The clouds' own clients, unmodified, read the same fake service: they must say what the
//! daemon says.
//!
//! `tests/run` fetches them; where they are missing the tests are skipped.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::metadata::{Cloud, status};
use crate::support::daemon::{Daemon, Scratch};
use crate::support::outcome::{Outcome, skipped};

/// Asks `ec2-metadata` for what the status has.
const EC2: &str = r"
import ipaddress, json, sys
from ec2_metadata import EC2Metadata, NetworkInterface
nic = NetworkInterface(sys.argv[1], EC2Metadata())
cidr = nic.subnet_ipv4_cidr_block
print(json.dumps({'aws_status': {
    'eni_id': nic.interface_id,
    'device_number': nic.device_number,
    'private_ipv4_addresses': nic.private_ipv4s,
    'subnet_id': nic.subnet_id,
    'subnet_mask': str(ipaddress.ip_network(cidr).netmask) if cidr else '',
    'vpc_id': nic.vpc_id,
    'security_groups': nic.security_groups,
}}))
";

/// Asks `gcp-metadata` for all NICs.
const GCP: &str = r"
const metadata = require('gcp-metadata');
metadata.instance({property: 'network-interfaces/', params: {recursive: 'true'}})
  .then(nics => console.log(JSON.stringify(nics)));
";

/// Where `tests/run` installs what `tests/requirements.txt` names.
fn python() -> PathBuf {
    let venv = std::env::var_os("NETSTATUSD_VENV").map_or_else(|| target("venv"), PathBuf::from);
    venv.join("bin/python3")
}

fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target")
        .join(name)
}

#[test]
fn ec2_metadata_reads_the_same() -> Outcome {
    let python = python();
    let finds = |module| {
        let import = format!("import {module}");
        let mut command = std::process::Command::new(&python);
        command
            .args(["-c", &import])
            .status()
            .is_ok_and(|status| status.success())
    };
    if !finds("ec2_metadata") {
        return skipped("ec2_metadata_reads_the_same: no ec2-metadata (tests/run installs it)");
    }
    for case in ["two-nics", "many-groups"] {
        let cloud = Cloud::new("aws", case, "ok")?;
        let daemon = Daemon::start(&cloud.namespace, &[])?;
        cloud.is_shown_by(&daemon)?;
        for (number, mac) in cloud.expected.keys().enumerate() {
            let python = python.to_string_lossy();
            let said = cloud.namespace.run(&[python.as_ref(), "-c", EC2, mac])?;
            let said: Value = serde_json::from_slice(&said)?;
            assert_eq!(status(&daemon.document(&format!("nic{number}"))?), said);
        }
    }
    Ok(())
}

/// Judged by the vendor's schemas, in which these keys have their place.
#[test]
fn documents_are_of_the_vendors_schemas() -> Outcome {
    let python = python();
    if !python.exists() {
        return skipped("documents_are_of_the_vendors_schemas: no Python (tests/run installs it)");
    }
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas");
    for (provider, case) in [("aws", "two-nics"), ("azure", "two-nics"), ("gcp", "alias")] {
        let cloud = Cloud::new(provider, case, "ok")?;
        let daemon = Daemon::start(&cloud.namespace, &[])?;
        cloud.is_shown_by(&daemon)?;
        for (path, schema) in [
            ("/v1/network/status/1", "v1-node-network-status"),
            (
                "/v2/network/interfaces/nic0/status/1",
                "v2-interface-status",
            ),
            ("/v3/network/status/1", "v3-node-network-status"),
        ] {
            let folder = Scratch::new()?;
            let file = folder.path().join("document.json");
            // The validator reads lists of documents, and single ones.
            std::fs::write(&file, daemon.get(path)?.body)?;
            let output = std::process::Command::new(&python)
                .arg(schemas.join("validate.py"))
                .arg(schemas.join(format!("{schema}.schema.json")))
                .arg(&file)
                .output()?;
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{provider} {path}: {said}");
        }
    }
    Ok(())
}

#[test]
fn gcp_metadata_reads_the_same() -> Outcome {
    let modules = std::env::var_os("NETSTATUSD_NODE_MODULES")
        .map_or_else(|| target("npm/node_modules"), PathBuf::from);
    if !modules.join("gcp-metadata").exists() {
        return skipped("gcp_metadata_reads_the_same: no gcp-metadata (tests/run installs it)");
    }
    let cloud = Cloud::new("gcp", "many-nics", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let path = format!("NODE_PATH={}", modules.display());
    let host = "GCE_METADATA_HOST=169.254.169.254";
    let said = cloud
        .namespace
        .run(&["env", &path, host, "node", "-e", GCP])?;
    let said: Value = serde_json::from_slice(&said)?;
    assert_eq!(said.as_array().map(Vec::len), Some(cloud.expected.len()));
    for nic in said.as_array().into_iter().flatten() {
        let number = cloud.expected.keys().position(|mac| nic["mac"] == **mac);
        let document = daemon.document(&format!("nic{}", number.unwrap_or_default()))?;
        let expected = json!({"gcp_status": {
            "private_ipv4_address": nic["ip"],
            "ip_aliases": nic["ipAliases"],
            "network": nic["network"],
            "subnet_mask": nic["subnetmask"],
        }});
        assert_eq!(status(&document), expected);
    }
    Ok(())
}

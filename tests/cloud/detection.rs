//! In which cloud a machine is: the trees of many machines, judged by Debian's `ds-identify`,
//! which cloud-init asks the same question.
//!
//! A tree is what `/sys` shows of a machine's firmware, as far as either looks at it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use netstatusd::facts::Provider;
use netstatusd::probe::cloud::detect;

use crate::support::daemon::Scratch;
use crate::support::outcome::{Outcome, fail, skipped};

/// A machine's files as seen from `/sys/class/dmi/id`, and in which cloud it is.
type Machine = (
    &'static str,
    &'static [(&'static str, &'static str)],
    Option<Provider>,
);

const UUID: (&str, &str) = ("product_uuid", "ec2a1b2c-1234-5678-9abc-def012345678");
const SERIAL: (&str, &str) = ("product_serial", "ec2a1b2c-1234-5678-9abc-def012345678");

const MACHINES: [Machine; 10] = [
    (
        "Nitro",
        &[
            ("sys_vendor", "Amazon EC2"),
            ("bios_vendor", "Amazon EC2"),
            ("board_vendor", "Amazon EC2"),
            ("product_name", "t3.micro"),
            UUID,
            SERIAL,
        ],
        Some(Provider::Aws),
    ),
    (
        "EC2 on bare metal",
        &[
            ("sys_vendor", "Amazon EC2"),
            ("product_name", "m5.metal"),
            UUID,
            SERIAL,
        ],
        Some(Provider::Aws),
    ),
    (
        "Azure",
        &[
            ("sys_vendor", "Microsoft Corporation"),
            ("product_name", "Virtual Machine"),
            ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"),
        ],
        Some(Provider::Azure),
    ),
    (
        "Hyper-V",
        &[
            ("sys_vendor", "Microsoft Corporation"),
            ("product_name", "Virtual Machine"),
        ],
        None,
    ),
    (
        "Compute Engine",
        &[
            ("sys_vendor", "Google"),
            ("product_name", "Google Compute Engine"),
            ("product_serial", "GoogleCloud-0123456789ABCDEF"),
        ],
        Some(Provider::Gcp),
    ),
    (
        "a server",
        &[
            ("sys_vendor", "Dell Inc."),
            ("product_name", "PowerEdge R740"),
        ],
        None,
    ),
    (
        "QEMU",
        &[
            ("sys_vendor", "QEMU"),
            ("product_name", "Standard PC (Q35 + ICH9, 2009)"),
        ],
        None,
    ),
    (
        "a guest of the older EC2",
        &[
            ("sys_vendor", "Xen"),
            ("product_name", "HVM domU"),
            (
                "../../../hypervisor/uuid",
                "ec2e1916-9099-7caf-fd21-012345abcdef",
            ),
        ],
        Some(Provider::Aws),
    ),
    (
        "a guest of another Xen",
        &[
            ("sys_vendor", "Xen"),
            ("product_name", "HVM domU"),
            (
                "../../../hypervisor/uuid",
                "45ec2aec-dcd1-b213-94ed-012345abcdef",
            ),
        ],
        None,
    ),
    ("no firmware", &[], None),
];

fn tree(root: &Path, files: &[(&str, &str)]) -> Outcome {
    let folder = root.join("sys/class/dmi/id");
    fs::create_dir_all(&folder)?;
    fs::create_dir_all(root.join("sys/hypervisor"))?;
    for (file, text) in files {
        fs::write(folder.join(file), format!("{text}\n"))?;
    }
    Ok(())
}

#[test]
fn machines_are_told_apart() -> Outcome {
    for (name, files, provider) in MACHINES {
        let scratch = Scratch::new()?;
        tree(scratch.path(), files)?;
        assert_eq!(detect(scratch.path()), provider, "{name}");
    }
    Ok(())
}

/// Where `tests/run` unpacks it.
fn ds_identify() -> PathBuf {
    let unpacked = std::env::var_os("NETSTATUSD_CLOUD_INIT").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cloud-init"),
        PathBuf::from,
    );
    unpacked.join("usr/lib/cloud-init/ds-identify")
}

/// Its judgement, without a look at the machine it runs on.
const JUDGE: &str = r#"
DI_MAIN=noop
DI_EC2_STRICT_ID_DEFAULT=true
. "$DS_IDENTIFY"
detect_virt() { _RET=kvm; }
is_container() { return 1; }
read_virt
collect_info
for name in Ec2 Azure GCE; do
    if "dscheck_$name"; then echo "$name"; fi
done
"#;

#[test]
fn ds_identify_judges_the_same() -> Outcome {
    let program = ds_identify();
    if !program.exists() {
        return skipped("ds_identify_judges_the_same: no ds-identify (tests/run unpacks it)");
    }
    for (name, files, provider) in MACHINES {
        let scratch = Scratch::new()?;
        tree(scratch.path(), files)?;
        for folder in [
            "run/cloud-init",
            "etc/cloud",
            "var/lib/cloud",
            "proc/1",
            "sys/firmware",
        ] {
            fs::create_dir_all(scratch.path().join(folder))?;
        }
        let mut judge = Command::new("sh");
        judge.args(["-c", JUDGE]).env("DS_IDENTIFY", &program);
        judge.env("PATH_ROOT", scratch.path());
        let output = judge.output()?;
        let said = String::from_utf8(output.stdout)?;
        let expected = match provider {
            Some(Provider::Aws) => "Ec2\n",
            Some(Provider::Azure) => "Azure\n",
            Some(Provider::Gcp) => "GCE\n",
            None => "",
        };
        if said != expected {
            let more = String::from_utf8_lossy(&output.stderr).into_owned();
            return fail(format!(
                "{name}: ds-identify says {said:?}, not {expected:?}\n{more}"
            ));
        }
    }
    Ok(())
}

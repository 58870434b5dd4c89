//! In which cloud this machine is, by what its firmware says: not one packet is
//! sent to find out.
//!
//! Only files that everybody may read count; the unit runs without privileges.

use crate::facts::Provider;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Strings of the firmware, as the kernel shows them. `dmi-sysfs`, SMBIOS types 0 to 3.
const DMI: &str = "sys/class/dmi/id";
/// Names the host of a Xen guest.
const XEN_UUID: &str = "sys/hypervisor/uuid";
/// What Azure calls every chassis; plain Hyper-V has the same vendor.
const AZURE_CHASSIS: &str = "7783-7084-3265-9085-8269-3286-77";
/// No string of the firmware is longer.
const LONGEST: u64 = 256;

/// The cloud whose firmware shows itself under `root`, which is `/` but for tests.
#[must_use]
pub fn detect(root: &Path) -> Option<Provider> {
    let dmi = |name| text(&root.join(DMI).join(name));
    let is_ec2 = |name| dmi(name) == "Amazon EC2";
    let is_old_ec2 = || {
        let uuid = text(&root.join(XEN_UUID));
        uuid.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("ec2"))
    };
    if ["sys_vendor", "bios_vendor", "board_vendor"]
        .into_iter()
        .any(is_ec2)
        || is_old_ec2()
    {
        Some(Provider::Aws)
    } else if dmi("chassis_asset_tag") == AZURE_CHASSIS {
        Some(Provider::Azure)
    } else if dmi("product_name") == "Google Compute Engine" {
        Some(Provider::Gcp)
    } else {
        None
    }
}

/// The file's text without its line's end; empty if there is none.
fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(_) => String::new(),
    }
}

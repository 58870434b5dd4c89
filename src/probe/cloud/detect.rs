//! In which cloud this machine is, by what its firmware says: not one packet is
//! sent to find out.
//!
//! Only files that everybody may read count; the unit runs without privileges.

use super::super::file::{FileSystem, Local};
use crate::facts::Provider;
use std::path::Path;

/// Strings of the firmware, as the kernel shows them. `dmi-sysfs`, SMBIOS types 0 to 3.
pub(in crate::probe) const DMI: &str = "/sys/class/dmi/id";
/// Names the host of a Xen guest.
pub(in crate::probe) const XEN_UUID: &str = "/sys/hypervisor/uuid";
/// What Azure calls every chassis; plain Hyper-V has the same vendor.
const AZURE_CHASSIS: &str = "7783-7084-3265-9085-8269-3286-77";
/// What Amazon calls its own.
const AMAZON: &str = "Amazon EC2";
/// What Google calls every machine.
const GOOGLE: &str = "Google Compute Engine";
/// How the name of a machine of Amazon's begins, on Xen.
const AMAZON_ON_XEN: &str = "ec2";

/// The cloud whose firmware shows itself under `root`, which is `/` but for tests.
#[must_use]
pub fn detect(root: &Path) -> Option<Provider> {
    detect_by(&Local { root })
}

/// The same, by the files of `files`.
pub(crate) fn detect_by(files: &impl FileSystem) -> Option<Provider> {
    let dmi = |name| text(files, &Path::new(DMI).join(name));
    let is_ec2 = |name| dmi(name) == AMAZON;
    let is_old_ec2 = || is_amazon_on_xen(&text(files, Path::new(XEN_UUID)));
    if ["sys_vendor", "bios_vendor", "board_vendor"]
        .into_iter()
        .any(is_ec2)
        || is_old_ec2()
    {
        Some(Provider::Aws)
    } else if dmi("chassis_asset_tag") == AZURE_CHASSIS {
        Some(Provider::Azure)
    } else if dmi("product_name") == GOOGLE {
        Some(Provider::Gcp)
    } else {
        None
    }
}

/// What of a string of the firmware tells a cloud: nothing of the machine's own.
pub(crate) fn telling(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let mut names = [AMAZON, AZURE_CHASSIS, GOOGLE].into_iter();
    let name = names.find(|name| *name == text);
    name.or_else(|| is_amazon_on_xen(text).then_some(AMAZON_ON_XEN))
}

fn is_amazon_on_xen(uuid: &str) -> bool {
    let start = uuid.get(..AMAZON_ON_XEN.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(AMAZON_ON_XEN))
}

/// The file's text without its line's end; empty if there is none.
fn text(files: &impl FileSystem, path: &Path) -> String {
    let read = files.read(path).ok();
    read.map_or_else(String::new, |read| read.text().trim().to_owned())
}

//! The texts below `network/interfaces/macs/`, pure: a value a leaf, a line each
//! where there can be several.
//!
//! A leaf that is missing is a value that is not told.

use super::super::parse::{self, ParseError};
use super::MACS;
use crate::facts::{CloudDetail, CloudNic, MacAddr};
use hyper::body::Bytes;

/// What is said under a NIC's address; `None` where nothing is.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    /// `interface-id`.
    pub interface_id: Option<Bytes>,
    /// `device-number`.
    pub device_number: Option<Bytes>,
    /// `local-ipv4s`: a line each, the primary one first.
    pub local_ipv4s: Option<Bytes>,
    /// `subnet-id`.
    pub subnet_id: Option<Bytes>,
    /// `subnet-ipv4-cidr-block`.
    pub subnet_ipv4_cidr_block: Option<Bytes>,
    /// `vpc-id`.
    pub vpc_id: Option<Bytes>,
    /// `security-groups`: a name a line.
    pub security_groups: Option<Bytes>,
    /// `ipv4-prefix`: a delegated prefix a line; not there without one.
    pub ipv4_prefix: Option<Bytes>,
}

/// The NICs in the list, each with the path of its leaves.
pub(super) fn macs(list: &[u8]) -> Result<Vec<(MacAddr, String)>, ParseError> {
    let mut macs: Vec<(MacAddr, String)> = Vec::new();
    for line in lines(Some(list))? {
        let name = line.strip_suffix('/').unwrap_or(line);
        let mac = parse::mac(name)?;
        if !macs.iter().any(|(known, _)| *known == mac) {
            macs.push((mac, format!("{MACS}{name}/")));
        }
    }
    Ok(macs)
}

/// The NIC `mac` with these leaves; `None` if there are none: it is gone, or not
/// there yet.
///
/// # Errors
/// If a leaf is not what it is called.
pub fn nic(mac: MacAddr, leaves: &Leaves) -> Result<Option<CloudNic>, ParseError> {
    let Leaves {
        interface_id,
        device_number,
        local_ipv4s,
        subnet_id,
        subnet_ipv4_cidr_block,
        vpc_id,
        security_groups,
        ipv4_prefix,
    } = leaves;
    let all = [
        interface_id,
        device_number,
        local_ipv4s,
        subnet_id,
        subnet_ipv4_cidr_block,
        vpc_id,
        security_groups,
        ipv4_prefix,
    ];
    if all.iter().all(|leaf| leaf.is_none()) {
        return Ok(None);
    }
    let device_number = word(device_number.as_ref())?;
    let cidr = word(subnet_ipv4_cidr_block.as_ref())?;
    let groups = lines(security_groups.as_deref())?;
    let prefixes = lines(ipv4_prefix.as_deref())?;
    let detail = CloudDetail::Aws {
        eni_id: word(interface_id.as_ref())?,
        device_number: match device_number.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| parse::not("a number", text))?),
        },
        subnet_id: word(subnet_id.as_ref())?,
        vpc_id: word(vpc_id.as_ref())?,
        security_groups: groups
            .into_iter()
            .map(parse::word)
            .collect::<Result<_, _>>()?,
        prefixes: prefixes
            .into_iter()
            .map(parse::subnet)
            .collect::<Result<_, _>>()?,
    };
    Ok(Some(CloudNic {
        mac,
        private_ipv4: parse::addresses(lines(local_ipv4s.as_deref())?)?,
        subnet_mask: match cidr.as_str() {
            "" => None,
            cidr => Some(parse::mask(parse::subnet(cidr)?.prefix_len())),
        },
        detail,
    }))
}

fn lines(leaf: Option<&[u8]>) -> Result<Vec<&str>, ParseError> {
    let bytes = leaf.unwrap_or_default();
    let text =
        str::from_utf8(bytes).map_err(|_| parse::not("text", &String::from_utf8_lossy(bytes)))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect())
}

fn word(leaf: Option<&Bytes>) -> Result<String, ParseError> {
    match lines(leaf.map(AsRef::as_ref))?[..] {
        [] => Ok(String::new()),
        [line] => parse::word(line),
        [first, ..] => Err(parse::not("the only line", first)),
    }
}

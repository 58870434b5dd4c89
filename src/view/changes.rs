//! What has changed of the listed interfaces from one view to another, as lines for
//! people: the old state and the new one of whatever a probe would look at.
//!
//! Views follow each other a hundred times a second under a storm, of thousands of
//! interfaces: only those are looked at whose links have changed in what counts.

mod touched;

use super::interfaces::Pairs;
use super::node::NodeView;
use super::status::Status;
use std::fmt::Display;
use std::net::IpAddr;

/// What has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// One for each change, by interface.
    pub lines: Vec<String>,
    /// How many interfaces have changed beyond those.
    pub more: usize,
}

impl Changes {
    /// From `last` to `new`; at most so many lines.
    #[must_use]
    pub fn between(last: &NodeView, new: &NodeView, most: usize) -> Self {
        let mut changes = Self::default();
        for (old_position, new_position) in pairs(last, new) {
            let old = old_position.and_then(|position| last.status(position));
            let new = new_position.and_then(|position| new.status(position));
            let lines = lines(old.as_ref(), new.as_ref());
            // In order: what is left out is what comes last.
            if changes.more > 0 || changes.lines.len() + lines.len() > most {
                changes.more += usize::from(!lines.is_empty());
            } else {
                changes.lines.extend(lines);
            }
        }
        changes
    }
}

/// The interfaces that may have changed.
fn pairs(last: &NodeView, new: &NodeView) -> Pairs {
    if last.is_configured() || new.is_configured() {
        let is_other = touched::has_other_grounds(last.snapshot(), new.snapshot());
        let touched = touched::with_related(last.snapshot(), new.snapshot());
        return last.pairs_with(new, |index| is_other || touched.contains(&index));
    }
    let touched = touched::at_a_glance(last.snapshot(), new.snapshot());
    last.pairs_with(new, |index| touched.binary_search(&index).is_ok())
}

/// A line for each difference of one interface.
fn lines(old: Option<&Status>, new: Option<&Status>) -> Vec<String> {
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (Some(old), None) => return vec![line(&old.name, "no interface", old.state)],
        (None, Some(new)) => return vec![line(&new.name, new.state, "no interface")],
        (None, None) => return Vec::new(),
    };
    let name = &new.name;
    let mut lines = Vec::new();
    if old.state != new.state {
        lines.push(line(name, new.state, old.state));
    }
    if old.cable != new.cable {
        let cable = format!("the cable of {name}");
        lines.push(line(&cable, new.cable, old.cable));
    }
    let gateways = (old.gateways, new.gateways);
    for (family, old, new) in [
        ("", gateways.0.ipv4, gateways.1.ipv4),
        ("IPv6 ", gateways.0.ipv6, gateways.1.ipv6),
    ] {
        if old != new {
            let gateway = format!("the {family}default gateway of {name}");
            lines.push(line(&gateway, or_none(new), or_none(old)));
        }
    }
    if old.pending.is_some() != new.pending.is_some() {
        let update = line(name, update_status(new), update_status(old));
        let why = new.pending.iter().map(|sentence| format!(": {sentence}"));
        lines.push(update + &why.collect::<String>());
    }
    lines
}

fn line(what: &str, new: impl Display, old: impl Display) -> String {
    format!("{what} is {new}, was {old}")
}

fn or_none(gateway: Option<IpAddr>) -> String {
    gateway.map_or_else(|| "none".to_owned(), |gateway| gateway.to_string())
}

/// As the documents say it.
fn update_status(status: &Status) -> &'static str {
    match status.pending {
        Some(_) => "CHANGES_PENDING",
        None => "CHANGES_APPLIED",
    }
}

#[cfg(test)]
mod tests;

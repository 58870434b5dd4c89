//! Rows of the table, and the figures in them.
//!
//! A figure stands beside a peer's or the bare limit, as a ratio, and may have a target.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};

/// One line: ours beside a peer's, measured in the same run.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    /// The bench it is of.
    pub(crate) bench: String,
    pub(crate) what: String,
    /// Links in the namespace.
    pub(crate) links: u32,
    pub(crate) own: Figure,
    /// The peer and its figure.
    pub(crate) peer: Option<(String, Figure)>,
    /// Ours by the peer's: the median of all rounds.
    pub(crate) ratio: Option<f64>,
    /// What must be reached, and whether it is.
    pub(crate) target: Option<(String, bool)>,
}

/// A figure with its unit.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) enum Figure {
    Seconds(f64),
    Bytes(f64),
    Count(f64),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: f64 = 1024.0 * 1024.0;
        match *self {
            Self::Bytes(bytes) => write!(f, "{:.1} MiB", bytes / MIB),
            Self::Count(count) => write!(f, "{count}"),
            Self::Seconds(s) if s >= 1.0 => write!(f, "{s:.2} s"),
            Self::Seconds(s) if s >= 1e-3 => write!(f, "{:.2} ms", s * 1e3),
            Self::Seconds(s) => write!(f, "{:.1} µs", s * 1e6),
        }
    }
}

impl Row {
    /// Ours beside that of `peer`, one figure of each for every round.
    pub(crate) fn beside(
        what: &str,
        links: u32,
        unit: fn(f64) -> Figure,
        own: &[f64],
        (peer, others): (&str, &[f64]),
    ) -> Self {
        let ratios: Vec<f64> = own.iter().zip(others).map(|(a, b)| a / b).collect();
        Self {
            bench: String::new(),
            what: what.to_owned(),
            links,
            own: unit(median(own)),
            peer: Some((peer.to_owned(), unit(median(others)))),
            ratio: Some(median(&ratios)),
            target: None,
        }
    }

    /// Ours alone, beside nothing but the target.
    pub(crate) fn alone(what: &str, links: u32, own: Figure) -> Self {
        Self {
            bench: String::new(),
            what: what.to_owned(),
            links,
            own,
            peer: None,
            ratio: None,
            target: None,
        }
    }

    /// Of this bench.
    pub(crate) fn of(self, bench: &str) -> Self {
        Self {
            bench: bench.to_owned(),
            ..self
        }
    }

    /// With what must be reached.
    pub(crate) fn target(self, text: &str, is_met: bool) -> Self {
        Self {
            target: Some((text.to_owned(), is_met)),
            ..self
        }
    }

    /// With the greatest ratio that is good enough.
    pub(crate) fn at_most(self, ratio: f64) -> Self {
        let is_met = self.ratio.is_some_and(|own| own <= ratio);
        self.target(&format!("at most {ratio}"), is_met)
    }
}

pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The rows as a table.
pub(crate) fn table(rows: &[Row]) -> String {
    let head = ["what", "links", "netstatusd", "beside", "ratio", "target"];
    let mut lines = vec![head.map(str::to_owned)];
    lines.push(["---"; 6].map(str::to_owned));
    lines.extend(rows.iter().map(Row::cells));
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for line in &lines {
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
    }
    text
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let peer = self.peer.as_ref();
        let target = self.target.as_ref();
        [
            self.what.clone(),
            self.links.to_string(),
            self.own.to_string(),
            peer.map_or_else(String::new, |(name, figure)| format!("{name}: {figure}")),
            self.ratio
                .map_or_else(String::new, |ratio| format!("{ratio:.3}")),
            target.map_or_else(String::new, |(text, is_met)| {
                format!("{text}: {}", if *is_met { "met" } else { "not met" })
            }),
        ]
    }
}

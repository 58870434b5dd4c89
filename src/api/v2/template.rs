//! A status document that is said already, but for the counters and their time.
//!
//! All else in it changes with the view only, and to say it is most of what an answer
//! would cost. Gaps are found by a byte that JSON never has: control characters are
//! escaped in it (RFC 8259, 7).

use super::Document;
use crate::api::words::{Counted, Decimal};
use crate::kernel::counters::Sample;
use crate::view::{InterfaceView, NodeView};
use serde::Serialize;
use serde_json::ser::Formatter;
use std::io;

/// Stands where a number goes.
const GAP: u8 = 0;

/// A document with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: Vec<u8>,
    /// Where numbers go, in the order of the document.
    gaps: Vec<usize>,
}

impl Template {
    /// The status of `interface` of `node`; `is_stale` if all of it is older than
    /// it should be.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn new(
        node: &NodeView,
        interface: &InterfaceView,
        is_stale: bool,
    ) -> Result<Self, serde_json::Error> {
        let document = Document::new(node, interface, Counted::gaps(), is_stale);
        let mut marked = Vec::new();
        document.serialize(&mut serde_json::Serializer::with_formatter(
            &mut marked,
            Gaps,
        ))?;
        let mut text = Vec::with_capacity(marked.len());
        let mut gaps = Vec::new();
        for piece in marked.split(|byte| *byte == GAP) {
            text.extend_from_slice(piece);
            gaps.push(text.len());
        }
        // After the last piece there is nothing left out.
        gaps.pop();
        Ok(Self { text, gaps })
    }

    /// The document with the byte counters `sample`.
    #[must_use]
    pub fn fill(&self, sample: Sample) -> Vec<u8> {
        const LONGEST: usize = "18446744073709551615".len();
        let Counted {
            sent,
            received,
            taken,
        } = Counted::from(sample);
        let numbers: [Decimal; 3] = [sent, received, taken];
        let mut bytes = Vec::with_capacity(self.text.len() + numbers.len() * LONGEST);
        let mut done = 0;
        for (gap, number) in self.gaps.iter().zip(numbers) {
            bytes.extend_from_slice(self.text.get(done..*gap).unwrap_or_default());
            number.append_to(&mut bytes);
            done = *gap;
        }
        bytes.extend_from_slice(self.text.get(done..).unwrap_or_default());
        bytes
    }

    /// Length of its text in bytes, without the numbers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }
}

/// JSON without spaces, where `null`, which no document has, is a gap for a number
/// in quotation marks.
struct Gaps;

impl Formatter for Gaps {
    fn write_null<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[b'"', GAP, b'"'])
    }
}

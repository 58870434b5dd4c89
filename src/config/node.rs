//! `[node]`: who the node is.
//!
//! Its number and its name; flags of the command line win.

use super::mistake::Mistakes;
use super::reader::Table;
use crate::facts::NodeId;

/// Who the node is, as far as the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its number in the cluster.
    pub id: Option<NodeId>,
    /// Its name.
    pub name: Option<String>,
}

pub(super) fn read(table: Option<Table<'_>>, mistakes: &mut Mistakes) -> Node {
    let Some(mut table) = table else {
        return Node::default();
    };
    let id = table.number("id", &(1..=u32::MAX), mistakes);
    let name = table.text("name", not_empty, mistakes);
    table.finish(mistakes);
    Node {
        id: id.and_then(|id| NodeId::new(id.value)),
        name: name.map(|name| name.value),
    }
}

/// A name of something.
pub(super) fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("a name is not empty; write one, or leave the key out")
    } else {
        Ok(text.to_owned())
    }
}

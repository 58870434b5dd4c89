//! Documents that are said already, of the newest view.
//!
//! A node is asked for the same few interfaces again and again. Of a view that
//! has gone nothing is kept.

use crate::api::v2::Template;
use crate::facts::{IfIndex, InterfaceId};
use crate::view::{InterfaceView, NodeView};
use std::collections::HashMap;
use std::sync::{Arc, Weak};

/// Longer documents are said anew for each request.
const LONGEST_BYTES: usize = 4096;
/// As many as that are kept.
const MOST: usize = 64;

/// Which document: of an interface by number and link, stale or not.
type Key = (Option<InterfaceId>, Option<IfIndex>, bool);

/// Templates of documents by interface.
#[derive(Debug, Default)]
pub(super) struct Templates {
    /// The view they are of. Its address is not used again while this is here.
    view: Weak<NodeView>,
    kept: HashMap<Key, Arc<Template>>,
}

impl Templates {
    /// The template of `interface` of `node`.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub(super) fn of(
        &mut self,
        node: &Arc<NodeView>,
        interface: &InterfaceView,
        is_stale: bool,
    ) -> Result<Arc<Template>, serde_json::Error> {
        if !std::ptr::eq(self.view.as_ptr(), Arc::as_ptr(node)) {
            self.view = Arc::downgrade(node);
            self.kept.clear();
        }
        let key = (interface.id, interface.index, is_stale);
        if let Some(template) = self.kept.get(&key) {
            return Ok(Arc::clone(template));
        }
        let template = Arc::new(Template::new(node, interface, is_stale)?);
        if self.kept.len() < MOST && template.bytes() <= LONGEST_BYTES {
            self.kept.insert(key, Arc::clone(&template));
        }
        Ok(template)
    }
}

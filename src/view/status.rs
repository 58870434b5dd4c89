//! What of an interface its watchers are told when it changes: whether packets pass,
//! where to, and whether all is as wanted.
//!
//! Of most it is had without judging the whole interface.

use super::drift::{self, Difference};
use super::gateways::GatewayView;
use super::interface::{self, Cable, InterfaceState, InterfaceView};
use crate::facts::LinkFacts;

/// The status of one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// As [`InterfaceView::name`].
    pub(super) name: String,
    pub(super) state: InterfaceState,
    pub(super) cable: Cable,
    pub(super) gateways: GatewayView,
    /// What differs from what is wanted, the first of it; `None` if nothing does.
    pub(super) pending: Option<String>,
}

impl Status {
    /// That of `interface`.
    pub(super) fn of(interface: &InterfaceView) -> Self {
        let mut differences = interface.differences.iter();
        let wanted = differences.find(|difference| difference.is_of_wanted());
        Self {
            name: interface.name.clone(),
            state: interface.state,
            cable: interface.cable,
            gateways: interface.gateways,
            pending: wanted.map(Difference::to_string),
        }
    }

    /// That of the interface of `devices`, its own link first, which nobody has
    /// configured; `None` if it takes a judgement, or that link is not here.
    pub(super) fn at_a_glance(devices: &[&LinkFacts]) -> Option<Self> {
        let own = devices.first()?;
        let is_simple = !devices.iter().any(|facts| drift::has_doubtful(facts));
        is_simple.then(|| Self {
            name: own.link.name.to_string(),
            state: interface::state(&own.link),
            cable: interface::cable(&own.link),
            gateways: GatewayView::choose(devices),
            pending: None,
        })
    }
}

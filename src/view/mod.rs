//! What the facts mean, pure: which links are served and under which id, which
//! address is a network's own and which floats, who assigned it, whether all is
//! as it should be.
//!
//! Every judgement is made here, once; the documents only say it in their words.
//! An interface is judged when it is first asked for, once per snapshot.

mod changes;
mod cloud;
mod config;
mod devices;
mod drift;
mod gateways;
mod ids;
mod interface;
mod interfaces;
mod inventory;
mod networks;
mod node;
mod origin;
mod ranges;
mod resolver;
mod selected;
mod served;
mod status;

pub use crate::facts::{InterfaceId, Subnet};
pub use changes::Changes;
pub use cloud::CloudDifference;
pub use config::{InterfaceConfig, NetworkConfig};
pub use drift::{Difference, Progress, What, sentences};
pub use gateways::GatewayView;
pub use ids::Ids;
pub use interface::{Cable, InterfaceState, InterfaceView};
pub use inventory::{DeviceView, NumberedNetwork, Role};
pub use networks::NetworkView;
pub use node::{Node, NodeView};
pub use origin::{Evidence, Origin};

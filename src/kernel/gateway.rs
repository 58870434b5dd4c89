//! Default routes through one link, asked of the kernel by link and table on an
//! ordinary socket. Listing routes takes no RTNL.

use super::channel::{Channel, ChannelError, Content};
use super::decode::Decoded;
use super::request;
use crate::facts::{DefaultRoute, IfIndex};
use netlink_packet_route::AddressFamily;
use std::io;
use std::time::Duration;

/// The kernel answers within the system call; more means that something is
/// wrong with the socket.
const DEADLINE: Duration = Duration::from_secs(5);
/// How often a dump is taken anew when the table changed meanwhile.
const ATTEMPTS: u32 = 5;

/// Why the default routes of a link are not known.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The socket failed.
    #[error("cannot ask for the default routes of link {link}")]
    Channel {
        /// The link asked for.
        link: IfIndex,
        /// What failed.
        source: ChannelError,
    },
    /// The kernel refused.
    #[error("the kernel refused to list the routes of link {link}")]
    Refused {
        /// The link asked for.
        link: IfIndex,
        /// The kernel's error.
        source: io::Error,
    },
    /// No answer within the deadline.
    #[error("the kernel did not list the routes of link {0}")]
    NoAnswer(IfIndex),
}

/// A socket to ask for default routes.
pub struct Gateways {
    channel: Channel,
}

impl Gateways {
    /// Opens the socket.
    ///
    /// # Errors
    /// As [`Channel::open`].
    pub fn open() -> Result<Self, ChannelError> {
        let channel = Channel::open(&[])?;
        Ok(Self { channel })
    }

    /// Next hops through `link` of the default routes in `table`, both families.
    ///
    /// # Errors
    /// If the kernel does not list them; the socket should then be opened anew.
    pub async fn default_routes(
        &mut self,
        link: IfIndex,
        table: u32,
    ) -> Result<Vec<DefaultRoute>, GatewayError> {
        let mut routes = Vec::new();
        for family in [AddressFamily::Inet, AddressFamily::Inet6] {
            let dumps = self.dump_until_whole(link, table, family);
            let found = tokio::time::timeout(DEADLINE, dumps)
                .await
                .map_err(|_| GatewayError::NoAnswer(link))??;
            routes.extend(found);
        }
        Ok(routes)
    }

    async fn dump_until_whole(
        &mut self,
        link: IfIndex,
        table: u32,
        family: AddressFamily,
    ) -> Result<Vec<DefaultRoute>, GatewayError> {
        let mut routes = Vec::new();
        for _ in 0..ATTEMPTS {
            routes.clear();
            if self.dump(link, table, family, &mut routes).await? {
                break;
            }
        }
        Ok(routes)
    }

    /// One dump into `routes`; whether the table stood still meanwhile.
    async fn dump(
        &mut self,
        link: IfIndex,
        table: u32,
        family: AddressFamily,
        routes: &mut Vec<DefaultRoute>,
    ) -> Result<bool, GatewayError> {
        let failed = |source| GatewayError::Channel { link, source };
        let sequence = self
            .channel
            .request_dump(request::routes_through(link, table, family))
            .await
            .map_err(failed)?;
        let mut is_whole = true;
        loop {
            let incoming = self.channel.next().await.map_err(failed)?;
            if incoming.reply_to != Some(sequence) {
                continue;
            }
            is_whole &= !incoming.is_interrupted;
            match incoming.content {
                Content::Message(outcome) => {
                    routes.extend(through(outcome.decoded, link, table));
                }
                Content::End(code) if is_nothing_there(code) => return Ok(is_whole),
                Content::End(code) => {
                    let source = io::Error::from_raw_os_error(-code);
                    return Err(GatewayError::Refused { link, source });
                }
                Content::Overrun | Content::Nothing => {}
            }
        }
    }
}

/// The next hops of a route that are asked for; a kernel without strict checking
/// lists others too.
fn through(decoded: Decoded, link: IfIndex, table: u32) -> Vec<DefaultRoute> {
    let Decoded::DefaultRoute(hops) = decoded else {
        return Vec::new();
    };
    hops.into_iter()
        .filter(|(via, route)| *via == link && route.table == table)
        .map(|(_, route)| route)
        .collect()
}

/// A dump that ended well, or one of a table or link that does not exist.
fn is_nothing_there(code: i32) -> bool {
    [0, -libc::ENOENT, -libc::ENODEV].contains(&code)
}

//! The commands and their flags; `--help` is the manual.
//!
//! A command is read here and done in a module of its own.

mod capture;
mod config;
mod error;
mod logging;
mod show;
mod table;

use crate::config::ListenAddr;
use crate::daemon;
use crate::facts::NodeId;
use crate::setup::Setup;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::runtime::{Builder, Runtime};

pub use error::CliError;

/// Serves this node's network status document, live from the kernel.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "NETSTATUSD_LOG sets what is logged: off, error, warn, info (the default), debug or trace.\n\
                  Exit codes: 0 ok, 1 runtime failure, 2 bad usage or configuration."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watches the kernel and serves the documents over HTTP, until SIGTERM or SIGINT.
    /// SIGHUP reads the configuration file again.
    Serve(Serve),
    /// Prints what a daemon started now would say, straight from the kernel.
    Show(Show),
    /// Makes and checks configuration files.
    Config(ConfigArgs),
    /// Records what the daemon reads on this node, for a bug report or a test.
    Capture(CaptureArgs),
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen: `host:port`, `unix:/path` or `unix:@abstract`; can be repeated.
    /// Without it as the configuration says, else on 127.0.0.1:7780, and on rest.sock
    /// in systemd's runtime directory.
    #[arg(long, value_name = "ADDR")]
    listen: Vec<ListenAddr>,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
struct Show {
    /// Id, name or altname of the interface; without it every served one, by id. Version
    /// 1 has it instead of interface 1, version 3 is of the node and has none.
    interface: Option<String>,
    /// Version of the document.
    #[arg(long, value_enum, default_value_t = Api::V2)]
    api: Api,
    /// `table` is the default on a terminal, `json` otherwise.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    node: NodeArgs,
}

#[derive(Debug, Args)]
struct CaptureArgs {
    /// Replaces MAC and IP addresses, the names of links, host and domains by others,
    /// the same by the same, and leaves out what the daemon does not read.
    #[arg(long)]
    anonymous: bool,
    /// The folder to make.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Debug, Args)]
struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Prints a configuration file made from what the node has now.
    Init(NodeArgs),
    /// Says everything that is wrong with a configuration file, as `file:line:column: what`.
    Check {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct NodeArgs {
    /// The configuration file; without it /etc/netstatusd/config.toml, if that is there.
    /// Flags win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Number of this node in its cluster; without it as the configuration says, else 1.
    #[arg(long, value_name = "N")]
    node_id: Option<NodeId>,
    /// Name of this node; without it as the configuration says, else the host's name.
    #[arg(long, value_name = "S")]
    node_name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Api {
    /// The deprecated one, of interface 1.
    V1,
    /// Of each interface.
    V2,
    /// Of the node with every device.
    V3,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl NodeArgs {
    fn setup(self, listen: Vec<ListenAddr>) -> Setup {
        Setup {
            file: self.config,
            listen,
            node_id: self.node_id,
            node_name: self.node_name,
        }
    }
}

/// Runs the command of this process and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    // Sockets from systemd are taken before any thread is started.
    let inherited = crate::systemd::inherited();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return error::print_usage(&usage),
    };
    let done = logging::start().and_then(|()| match cli.command {
        Command::Serve(serve) => {
            daemon::run(serve.node.setup(serve.listen), inherited).map_err(CliError::from)
        }
        Command::Show(show) => show.run(),
        Command::Config(config) => config.run(),
        Command::Capture(capture) => capture.run(),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.print(),
    }
}

/// To ask the kernel once.
fn runtime() -> Result<Runtime, CliError> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)
}

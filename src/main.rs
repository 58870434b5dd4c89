//! The process: arguments in, exit code out.
//!
//! All else is in the library, so that tests and benches can have it.

use std::process::ExitCode;

fn main() -> ExitCode {
    netstatusd::cli::main()
}

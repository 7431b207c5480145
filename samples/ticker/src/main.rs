//! The custom handler: what the Functions host starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    ticker::app().main()
}

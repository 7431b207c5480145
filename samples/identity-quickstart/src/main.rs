//! The custom handler: what the Functions host starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    identity_quickstart::app().main()
}

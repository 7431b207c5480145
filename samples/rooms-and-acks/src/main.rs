//! The custom handler: what the Functions host starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    rooms_and_acks::app().main()
}

//! The custom handler: what the Functions host starts.

use socketio_functions::prelude::*;

fn main() -> Result<(), Error> {
    history::app().main()
}

//! The service's headers under names that need not be read again for each look-up.

use http::HeaderName;
use sio_protocol::cloud_events::header;

macro_rules! names {
    ($($name:ident),*) => {
        $(pub(super) static $name: HeaderName = HeaderName::from_static(header::$name);)*
    };
}

names!(ALLOWED_ORIGIN, CONNECTION_ID, REQUEST_ORIGIN, SIGNATURE);

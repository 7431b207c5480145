//! The door of this host, and what was said of it.

use sio_net::{Abridged, Door, Refused, Reported};

/// The door, and what was said of it.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(super) door: Door,
    /// The rules that a request has broken; the author hears of each once, however many requests there are.
    pub(super) told: Reported<Refused>,
    /// Requests whose head the original's server refuses.
    pub(super) heads: Abridged,
    /// Requests whose key is missing or wrong.
    pub(super) keys: Abridged,
}

impl Entrance {
    /// Lets requests in that name one of these hosts besides this machine, and pages of these origins.
    pub(crate) fn new(hosts: &[String], origins: &[String]) -> Self {
        // An address is never a name that a page has made.
        let mut door = Door::default().any_address();
        for host in hosts {
            door = door.host(host);
        }
        for origin in origins {
            door = door.origin(origin);
        }
        Self {
            door,
            told: Reported::default(),
            heads: Abridged::default(),
            keys: Abridged::default(),
        }
    }
}

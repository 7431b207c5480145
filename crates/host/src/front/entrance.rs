//! The door of this host, and what was said of it.

use std::sync::{Mutex, PoisonError};

use sio_net::{Door, Refused};

/// The door, and what was said of it.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(super) door: Door,
    /// The rules that a request has broken; the author hears of each once, however many requests there are.
    told: Mutex<Vec<Refused>>,
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
            told: Mutex::default(),
        }
    }

    /// Is this the first request that has broken the rule?
    pub(super) fn is_first(&self, refused: Refused) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let first = !told.contains(&refused);
        if first {
            told.push(refused);
        }
        first
    }
}

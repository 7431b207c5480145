//! Events whose client waits for an acknowledgement, which may come through REST after the response.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use sio_trace::TraceId;

use super::{AckId, Name};

/// How long an event waits for an acknowledgement through REST.
const FOR_ACK: Duration = Duration::from_secs(60);

/// How many events of a hub wait for an acknowledgement; the oldest are forgotten first.
pub(super) const MOST_FOR_ACK: usize = 1024;

/// The events of a hub that are not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Unacked {
    /// In the order of their arrival.
    events: BTreeMap<u64, Waiting>,
    numbers: HashMap<TraceId, u64>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    since: Instant,
    trace: TraceId,
    names: Vec<Name>,
    id: AckId,
}

impl Unacked {
    /// An event has arrived.
    pub(super) fn push(&mut self, trace: TraceId, names: Vec<Name>, id: AckId, since: Instant) {
        self.remove(trace);
        let waiting = Waiting {
            since,
            trace,
            names,
            id,
        };
        self.events.insert(self.next, waiting);
        self.numbers.insert(trace, self.next);
        self.next += 1;
    }

    /// An event does not wait any more.
    pub(super) fn remove(&mut self, trace: TraceId) {
        if let Some(number) = self.numbers.remove(&trace) {
            self.events.remove(&number);
        }
    }

    pub(super) fn forget_old(&mut self, now: Instant) {
        while let Some(event) = self.events.first_entry()
            && (self.numbers.len() > MOST_FOR_ACK
                || now.saturating_duration_since(event.get().since) > FOR_ACK)
        {
            self.numbers.remove(&event.remove().trace);
        }
    }

    /// Takes the one event that waits for one of these acknowledgements and has one of these names.
    pub(super) fn take(&mut self, named: &[&Name], acks: &[AckId]) -> Option<TraceId> {
        let acks: HashSet<&AckId> = acks.iter().collect();
        let fits = |event: &&Waiting| {
            acks.contains(&event.id) && event.names.iter().any(|name| named.contains(&name))
        };
        let mut found = self.events.values().filter(fits);
        let (Some(event), None) = (found.next(), found.next()) else {
            return None;
        };
        let trace = event.trace;
        self.remove(trace);
        Some(trace)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        assert_eq!(self.events.len(), self.numbers.len());
        self.events.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_until_it_is_acknowledged_or_forgotten() {
        let begin = Instant::now();
        let mut unacked = Unacked::default();
        let id = || ("/".to_owned(), "7".to_owned());
        let names = |user: &str| vec![Name::User(user.to_owned())];
        let ada = Name::User("ada".to_owned());
        for (number, user) in (1..).zip(["ada", "grace", "ada"]) {
            unacked.push(TraceId::new(number), names(user), id(), begin);
        }
        // The same event again waits once.
        unacked.push(TraceId::new(1), names("ada"), id(), begin);
        assert_eq!(unacked.len(), 3);
        assert_eq!(unacked.take(&[&ada], &[id()]), None);
        unacked.remove(TraceId::new(3));
        assert_eq!(unacked.take(&[&ada], &[id()]), Some(TraceId::new(1)));
        assert_eq!(unacked.take(&[&ada], &[id()]), None);
        unacked.forget_old(begin + FOR_ACK);
        assert_eq!(unacked.len(), 1);
        unacked.forget_old(begin + FOR_ACK + Duration::from_millis(1));
        assert_eq!(unacked.len(), 0);
    }
}

//! Which event a REST call belongs to that has no `traceparent`: handlers in other languages may not pass it on.
//!
//! An invocation ends with its response, so an event under way comes before one that was answered a moment ago. A call
//! belongs to an event whose socket, connection or user it names, if no other event can be meant: not a second one that
//! it names, and not one under way elsewhere in the hub, whose handler may name any client. Two things are certain
//! enough beside others: a send that leaves out the event's own client, as `socket.to(room)` does, and the
//! acknowledgement with the id that the event's packet asked for.
//!
//! Events are kept while something listens to hops, no longer.

mod unacked;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sio_protocol::names::HubName;
use sio_trace::TraceId;

use self::unacked::Unacked;

/// How long after its response an event may still have made a call.
const AFTER_RESPONSE: Duration = Duration::from_millis(500);

/// How many names of a call are looked up. A call with more has no single cause.
const MOST_NAMES: usize = 64;

/// What a client goes by in a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    Connection(String),
    User(String),
    /// A group; a socket has one of its own.
    Group(String),
}

/// A name in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) name: Name,
    /// Whether the call leaves these clients out.
    pub(crate) excluded: bool,
}

/// Namespace and id of an acknowledgement.
pub(crate) type AckId = (String, String);

/// An event, or what the service says of a socket, as a call may name it.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) names: Vec<Name>,
    /// What the client waits for.
    pub(crate) ack: Option<AckId>,
}

/// The event that a call belongs to, and why, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) trace: TraceId,
    pub(crate) reason: &'static str,
}

/// The events that may cause calls.
#[derive(Debug, Default)]
pub(crate) struct Causes(Mutex<HashMap<HubName, Events>>);

#[derive(Debug, Default)]
struct Events {
    known: HashMap<TraceId, Known>,
    by_name: HashMap<Name, HashSet<TraceId>>,
    /// Events in the order of their responses.
    answered: VecDeque<(Instant, TraceId)>,
    /// How many events are under way.
    running: usize,
    unacked: Unacked,
}

#[derive(Debug)]
struct Known {
    names: Vec<Name>,
    /// `connect` and `connected` of a socket are one trace.
    running: usize,
    answered: Option<Instant>,
}

/// An event under way; dropped when it is over.
pub(crate) struct UnderWay<'a> {
    causes: &'a Causes,
    hub: &'a HubName,
    trace: TraceId,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if let Some(events) = self.causes.lock().get_mut(self.hub) {
            events.end(self.trace, Instant::now());
        }
    }
}

impl Causes {
    /// An event's webhook is called.
    pub(crate) fn begin<'a>(
        &'a self,
        hub: &'a HubName,
        trace: TraceId,
        subject: Subject,
    ) -> UnderWay<'a> {
        let mut hubs = self.lock();
        let events = hubs.entry(hub.clone()).or_default();
        events.begin(trace, subject, Instant::now());
        UnderWay {
            causes: self,
            hub,
            trace,
        }
    }

    /// The webhook's response had the acknowledgement.
    pub(crate) fn acknowledged(&self, hub: &HubName, trace: TraceId) {
        if let Some(events) = self.lock().get_mut(hub) {
            events.unacked.remove(trace);
        }
    }

    /// The one event that a call with these names and acknowledgements belongs to.
    pub(crate) fn find(&self, hub: &HubName, named: &[Mention], acks: &[AckId]) -> Option<Cause> {
        if named.is_empty() || named.len() > MOST_NAMES {
            return None;
        }
        self.lock().get_mut(hub)?.find(named, acks, Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HubName, Events>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Events {
    fn begin(&mut self, trace: TraceId, subject: Subject, now: Instant) {
        self.forget_old(now);
        if let Some(id) = subject.ack {
            self.unacked.push(trace, subject.names.clone(), id, now);
        }
        self.running += 1;
        if let Some(known) = self.known.get_mut(&trace) {
            known.running += 1;
            return;
        }
        for name in &subject.names {
            self.by_name.entry(name.clone()).or_default().insert(trace);
        }
        let known = Known {
            names: subject.names,
            running: 1,
            answered: None,
        };
        self.known.insert(trace, known);
    }

    fn end(&mut self, trace: TraceId, now: Instant) {
        let Some(known) = self.known.get_mut(&trace) else {
            return;
        };
        self.running -= 1;
        known.running -= 1;
        known.answered = Some(now);
        self.answered.push_back((now, trace));
        self.forget_old(now);
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some((since, trace)) = self.answered.front().copied()
            && now.saturating_duration_since(since) > AFTER_RESPONSE
        {
            self.answered.pop_front();
            let over = |known: &Known| known.running == 0 && known.answered == Some(since);
            if self.known.get(&trace).is_some_and(over) {
                self.forget(trace);
            }
        }
        self.unacked.forget_old(now);
    }

    fn forget(&mut self, trace: TraceId) {
        for name in self
            .known
            .remove(&trace)
            .into_iter()
            .flat_map(|known| known.names)
        {
            if let Some(traces) = self.by_name.get_mut(&name) {
                traces.remove(&trace);
                if traces.is_empty() {
                    self.by_name.remove(&name);
                }
            }
        }
    }

    fn find(&mut self, named: &[Mention], acks: &[AckId], now: Instant) -> Option<Cause> {
        self.forget_old(now);
        if !acks.is_empty() {
            return self.acknowledgement(named, acks);
        }
        // Each event that is named, with the first mention of it that leaves it out, or else the first.
        let mut events: HashMap<TraceId, &Mention> = HashMap::new();
        for mention in named {
            for trace in self.by_name.get(&mention.name).into_iter().flatten() {
                let known = events.entry(*trace).or_insert(mention);
                if mention.excluded && !known.excluded {
                    *known = mention;
                }
            }
        }
        let running =
            |trace: &TraceId| self.known.get(trace).is_some_and(|known| known.running > 0);
        let any_running = events.keys().any(running);
        if any_running {
            events.retain(|trace, _| running(trace));
        }
        let mut events = events.into_iter();
        let (Some((trace, mention)), None) = (events.next(), events.next()) else {
            return None;
        };
        let others = if any_running {
            self.running - self.known.get(&trace)?.running
        } else {
            self.known.len() - 1
        };
        (mention.excluded || others == 0).then(|| Cause {
            trace,
            reason: mention.reason(),
        })
    }

    fn acknowledgement(&mut self, named: &[Mention], acks: &[AckId]) -> Option<Cause> {
        let named: Vec<&Name> = named
            .iter()
            .filter(|mention| !mention.excluded)
            .map(|mention| &mention.name)
            .collect();
        self.unacked.take(&named, acks).map(|trace| Cause {
            trace,
            reason: "it acknowledges the event",
        })
    }
}

impl Mention {
    fn reason(&self) -> &'static str {
        match (&self.name, self.excluded) {
            (Name::Connection(_), false) => "it names the event's connection",
            (Name::User(_), false) => "it names the event's user",
            (Name::Group(_), false) => "it names the event's socket",
            (Name::Connection(_), true) => "it leaves out the event's connection",
            (Name::User(_), true) => "it leaves out the event's user",
            (Name::Group(_), true) => "it leaves out the event's socket",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> TraceId {
        TraceId::new(number)
    }

    fn group(name: &str) -> Name {
        Name::Group(name.to_owned())
    }

    fn names(name: &str) -> Vec<Mention> {
        mention(group(name), false)
    }

    fn mention(name: Name, excluded: bool) -> Vec<Mention> {
        vec![Mention { name, excluded }]
    }

    /// Events of the sockets with these names, under way.
    fn events(sockets: &[&str], now: Instant) -> Events {
        let mut events = Events::default();
        for (number, socket) in (1..).zip(sockets) {
            let subject = Subject {
                names: vec![group(socket), Name::User("ada".to_owned())],
                ack: Some(("/".to_owned(), "7".to_owned())),
            };
            events.begin(id(number), subject, now);
        }
        events
    }

    fn trace(cause: Option<Cause>) -> Option<TraceId> {
        cause.map(|cause| cause.trace)
    }

    #[test]
    fn a_call_belongs_to_the_only_event_that_it_names() {
        let now = Instant::now();
        let mut events = events(&["a"], now);
        let cause = events.find(&names("a"), &[], now).unwrap();
        assert_eq!(cause.trace, id(1));
        assert_eq!(cause.reason, "it names the event's socket");
        assert_eq!(events.find(&names("b"), &[], now), None);
    }

    #[test]
    fn no_call_is_given_to_one_of_two_events() {
        let now = Instant::now();
        let mut events = events(&["a", "b"], now);
        // Another handler may send to this socket.
        assert_eq!(events.find(&names("a"), &[], now), None);
        let both = [names("a"), names("b")].concat();
        assert_eq!(events.find(&both, &[], now), None);
        let user = mention(Name::User("ada".to_owned()), true);
        assert_eq!(events.find(&user, &[], now), None);
        // A send to all but its sender says whose it is.
        let others = mention(group("a"), true);
        assert_eq!(trace(events.find(&others, &[], now)), Some(id(1)));
        // Once the other one is over and its moment has passed, only one can be meant.
        events.end(id(2), now);
        assert_eq!(trace(events.find(&names("a"), &[], now)), Some(id(1)));
    }

    #[test]
    fn an_answered_event_is_meant_for_a_moment_unless_it_has_company() {
        let now = Instant::now();
        let mut one = events(&["a"], now);
        one.end(id(1), now);
        assert_eq!(trace(one.find(&names("a"), &[], now)), Some(id(1)));
        let later = now + AFTER_RESPONSE + Duration::from_millis(1);
        assert_eq!(one.find(&names("a"), &[], later), None);
        assert!(one.known.is_empty() && one.by_name.is_empty() && one.answered.is_empty());

        let mut two = events(&["a", "b"], now);
        two.end(id(1), now);
        assert_eq!(two.find(&names("a"), &[], now), None);
    }

    #[test]
    fn connect_and_connected_are_one_event() {
        let now = Instant::now();
        let mut events = events(&["a"], now);
        let subject = Subject {
            names: vec![group("a")],
            ack: None,
        };
        events.begin(id(1), subject, now);
        events.end(id(1), now);
        assert_eq!(trace(events.find(&names("a"), &[], now)), Some(id(1)));
        events.end(id(1), now);
        assert_eq!(events.running, 0);
    }

    #[test]
    fn an_acknowledgement_belongs_to_the_event_that_asked_for_it() {
        let now = Instant::now();
        let mut events = events(&["a", "b"], now);
        events.end(id(1), now);
        events.end(id(2), now);
        let later = now + Duration::from_secs(5);
        let ack = |id: &str| [("/".to_owned(), id.to_owned())];
        assert_eq!(events.find(&names("a"), &ack("8"), later), None);
        let user = mention(Name::User("ada".to_owned()), false);
        assert_eq!(events.find(&user, &ack("7"), later), None);
        assert_eq!(
            events.find(&mention(group("a"), true), &ack("7"), later),
            None
        );
        let cause = events.find(&names("a"), &ack("7"), later).unwrap();
        assert_eq!(cause.trace, id(1));
        assert_eq!(cause.reason, "it acknowledges the event");
        assert_eq!(events.find(&names("a"), &ack("7"), later), None);
    }

    #[test]
    fn memory_is_bounded() {
        let now = Instant::now();
        let mut events = Events::default();
        for number in 1..5000 {
            let subject = Subject {
                names: vec![group("a")],
                ack: Some(("/".to_owned(), number.to_string())),
            };
            let at = now + Duration::from_millis(number);
            events.begin(id(u128::from(number)), subject, at);
            events.end(id(u128::from(number)), at);
        }
        assert!(events.known.len() <= 501, "{}", events.known.len());
        assert!(events.unacked.len() <= unacked::MOST_FOR_ACK + 1);
    }
}

//! Connections, users and groups, and which belong together. What a connection is, it need not know.
//!
//! A group or a user exists as long as it has a connection. Members are kept in the order in which they came, so that
//! lists can be paged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use sio_protocol::group;

use crate::filter::{Filter, Subject};

/// What a roster knows of a member itself.
pub(crate) trait Member {
    fn id(&self) -> &str;
    fn user(&self) -> Option<&str>;
    /// Gives a user to a member without one. False when it has one.
    fn name_user(&self, user: &str) -> bool;
}

/// The target of a REST call, before its filter.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Audience<'a> {
    Everybody,
    Group(&'a str),
    User(&'a str),
    Connection(&'a str),
}

/// Groups of one connection before it is reported: no limit is documented, and so many are a mistake more often than a
/// plan (D20).
const GROUPS_WARNING: usize = 1000;

/// A connection's place in the order of arrival.
pub(crate) type Key = u64;

type Set<M> = BTreeMap<Key, Arc<M>>;

/// Who is there.
pub(crate) struct Roster<M> {
    next: Key,
    entries: BTreeMap<Key, Entry<M>>,
    by_id: HashMap<String, Key>,
    users: HashMap<String, Set<M>>,
    groups: HashMap<Arc<str>, Set<M>>,
}

struct Entry<M> {
    member: Arc<M>,
    groups: HashSet<Arc<str>>,
}

impl<M: Member> Subject for Entry<M> {
    fn connection_id(&self) -> &str {
        self.member.id()
    }
    fn user_id(&self) -> Option<&str> {
        self.member.user()
    }
    fn is_in(&self, group: &str) -> bool {
        self.groups.contains(group)
    }
    fn group_count(&self) -> usize {
        self.groups.len()
    }
}

impl<M: Member> Roster<M> {
    pub(crate) fn new() -> Self {
        Self {
            next: 0,
            entries: BTreeMap::new(),
            by_id: HashMap::new(),
            users: HashMap::new(),
            groups: HashMap::new(),
        }
    }

    /// Takes a connection in.
    pub(crate) fn add(&mut self, member: Arc<M>) {
        let key = self.next;
        self.next += 1;
        self.by_id.insert(member.id().to_owned(), key);
        if let Some(user) = member.user() {
            let of_user = self.users.entry(user.to_owned()).or_default();
            of_user.insert(key, member.clone());
        }
        self.entries.insert(
            key,
            Entry {
                member,
                groups: HashSet::new(),
            },
        );
    }

    /// Lets a connection go, with all its groups.
    pub(crate) fn remove(&mut self, id: &str) {
        let Some(entry) = self
            .by_id
            .remove(id)
            .and_then(|key| Some((key, self.entries.remove(&key)?)))
        else {
            return;
        };
        let (key, entry) = entry;
        for group in &entry.groups {
            leave(&mut self.groups, group, key);
        }
        if let Some(user) = entry.member.user() {
            leave(&mut self.users, user, key);
        }
    }

    /// A connection without user gets one. Nothing happens to one that has left.
    pub(crate) fn name_user(&mut self, id: &str, user: &str) {
        let Some(&key) = self.by_id.get(id) else {
            return;
        };
        if let Some(entry) = self.entries.get(&key)
            && entry.member.name_user(user)
        {
            let of_user = self.users.entry(user.to_owned()).or_default();
            of_user.insert(key, entry.member.clone());
        }
    }

    pub(crate) fn member(&self, id: &str) -> Option<&Arc<M>> {
        Some(&self.entry(id)?.member)
    }

    /// Everybody, with their groups.
    pub(crate) fn present(&self) -> Vec<(Arc<M>, Vec<String>)> {
        let described = self.entries.values().map(|entry| {
            let mut groups: Vec<String> = entry.groups.iter().map(ToString::to_string).collect();
            groups.sort_unstable();
            (entry.member.clone(), groups)
        });
        described.collect()
    }

    pub(crate) fn has_group(&self, group: &str) -> bool {
        self.groups.contains_key(group)
    }

    pub(crate) fn has_user(&self, user: &str) -> bool {
        self.users.contains_key(user)
    }

    /// Puts a connection into a group. False when there is no such connection.
    pub(crate) fn join(&mut self, id: &str, group: &str) -> bool {
        let Some(&key) = self.by_id.get(id) else {
            return false;
        };
        let Some(entry) = self.entries.get_mut(&key) else {
            return false;
        };
        if entry.groups.contains(group) {
            return true;
        }
        let name: Arc<str> = match self.groups.get_key_value(group) {
            Some((name, _)) => name.clone(),
            None => group.into(),
        };
        entry.groups.insert(name.clone());
        if entry.groups.len() == GROUPS_WARNING + 1 {
            tracing::warn!(
                connection = id,
                "a connection is in more than {GROUPS_WARNING} groups"
            );
        }
        self.groups
            .entry(name)
            .or_default()
            .insert(key, entry.member.clone());
        true
    }

    /// Takes a connection out of a group.
    pub(crate) fn leave(&mut self, id: &str, group: &str) {
        if let Some(&key) = self.by_id.get(id)
            && let Some(entry) = self.entries.get_mut(&key)
            && entry.groups.remove(group)
        {
            leave(&mut self.groups, group, key);
        }
    }

    /// Takes a connection out of all groups that `of` names.
    pub(crate) fn leave_where(&mut self, id: &str, of: impl Fn(&str) -> bool) {
        let Some(entry) = self.entry(id) else {
            return;
        };
        let groups: Vec<_> = entry
            .groups
            .iter()
            .filter(|name| of(name))
            .cloned()
            .collect();
        for group in groups {
            self.leave(id, &group);
        }
    }

    /// Takes a connection out of every group of a namespace.
    pub(crate) fn leave_namespace(&mut self, id: &str, namespace: &str) {
        self.leave_where(id, |name| {
            group::decode(name).is_some_and(|(found, _)| found == namespace)
        });
    }

    /// The connections of an audience that a filter selects and that are not excluded, each once.
    pub(crate) fn select(
        &self,
        audience: &Audience<'_>,
        filter: Option<&Filter>,
        excluded: &[String],
    ) -> Vec<Arc<M>> {
        let wanted = |entry: &Entry<M>| {
            filter.is_none_or(|filter| filter.selects(entry))
                && (excluded.is_empty() || !excluded.iter().any(|id| id == entry.member.id()))
        };
        let of_set = |set: Option<&Set<M>>| {
            let Some(set) = set else {
                return Vec::new();
            };
            if filter.is_none() && excluded.is_empty() {
                return set.values().cloned().collect();
            }
            set.keys()
                .filter_map(|key| self.entries.get(key))
                .filter(|entry| wanted(entry))
                .map(|entry| entry.member.clone())
                .collect()
        };
        match audience {
            Audience::Group(group) => of_set(self.groups.get(*group)),
            Audience::User(user) => of_set(self.users.get(*user)),
            Audience::Connection(id) => {
                let entry = self.entry(id).filter(|entry| wanted(entry));
                entry
                    .map(|entry| entry.member.clone())
                    .into_iter()
                    .collect()
            }
            Audience::Everybody => match filter.and_then(Filter::within) {
                Some(groups) => {
                    let keys: std::collections::BTreeSet<Key> = groups
                        .into_iter()
                        .filter_map(|group| self.groups.get(group))
                        .flat_map(BTreeMap::keys)
                        .copied()
                        .collect();
                    keys.iter()
                        .filter_map(|key| self.entries.get(key))
                        .filter(|entry| wanted(entry))
                        .map(|entry| entry.member.clone())
                        .collect()
                }
                None => self
                    .entries
                    .values()
                    .filter(|entry| wanted(entry))
                    .map(|entry| entry.member.clone())
                    .collect(),
            },
        }
    }

    /// Members of a group that came after `after`, at most `count` of them, each with its place.
    pub(crate) fn page(&self, group: &str, after: Option<Key>, count: usize) -> Vec<(Key, Arc<M>)> {
        let from = after.map_or(0, |key| key.saturating_add(1));
        let set = self.groups.get(group);
        set.into_iter()
            .flat_map(|set| set.range(from..))
            .take(count)
            .map(|(key, member)| (*key, member.clone()))
            .collect()
    }

    fn entry(&self, id: &str) -> Option<&Entry<M>> {
        self.entries.get(self.by_id.get(id)?)
    }
}

/// Takes a member out of a set, and the set away with its last member.
fn leave<K, M>(sets: &mut HashMap<K, Set<M>>, name: &str, key: Key)
where
    K: std::borrow::Borrow<str> + Eq + std::hash::Hash,
{
    if let Some(set) = sets.get_mut(name) {
        set.remove(&key);
        if set.is_empty() {
            sets.remove(name);
        }
    }
}

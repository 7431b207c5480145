//! Files that use each other, directly or over others.

use std::collections::{BTreeMap, BTreeSet};

/// The circles of a graph: each a set of at least two nodes that all lead to each other.
pub(crate) fn circles<Node: Clone + Ord>(edges: &BTreeSet<(Node, Node)>) -> Vec<BTreeSet<Node>> {
    let mut next: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let reached = |start: &Node| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&Node> = next.get(start).into_iter().flatten().copied().collect();
        seen.extend(open.iter().copied());
        while let Some(node) = open.pop() {
            for to in next.get(node).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let all: BTreeMap<_, _> = next.keys().map(|node| (*node, reached(node))).collect();
    let mut found = BTreeSet::new();
    for (node, reach) in &all {
        let circle: BTreeSet<Node> = reach
            .iter()
            .filter(|other| {
                **other == *node || all.get(*other).is_some_and(|back| back.contains(node))
            })
            .map(|other| (*other).clone())
            .collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

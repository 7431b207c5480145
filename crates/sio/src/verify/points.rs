//! The open points: what each asks, and what the emulator and the documentation assume.
//!
//! They stand in `points.json`, which the guide's page on parity is made from, too.

use serde::{Deserialize, Serialize};

/// A point that the published documents leave open.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct Point {
    /// Its id: `D1` to `D20` are those of docs/contracts/service.md.
    pub(super) id: String,
    /// What it asks.
    pub(super) asks: String,
    /// What is assumed.
    pub(super) assumed: String,
}

/// All points, in the order of the report.
pub(super) fn all() -> anyhow::Result<Vec<Point>> {
    Ok(serde_json::from_str(include_str!("points.json"))?)
}

/// What a look at a point has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// Whether it is as assumed.
    pub(super) as_assumed: bool,
    /// What was seen.
    pub(super) what: String,
}

impl Seen {
    /// Something that fits the assumption or does not.
    pub(super) fn new(as_assumed: bool, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { as_assumed, what }
    }
}

/// How a point compares with what is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Verdict {
    /// The service does what is assumed.
    #[serde(rename = "as assumed")]
    AsAssumed,
    /// It does something else.
    #[serde(rename = "otherwise")]
    Otherwise,
    /// It was not seen, and the row says why.
    #[serde(rename = "can't be seen")]
    Unseen,
}

impl Verdict {
    /// Its words in the report.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::AsAssumed => "as assumed",
            Self::Otherwise => "otherwise",
            Self::Unseen => "can't be seen",
        }
    }
}

/// A row of the report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    /// The point.
    #[serde(flatten)]
    pub(super) point: Point,
    /// How it compares.
    pub(super) verdict: Verdict,
    /// What was seen, or why nothing was.
    pub(super) seen: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_open_point_of_the_contract_is_in_the_list_once() {
        let points = all().unwrap();
        let ids: BTreeSet<&str> = points.iter().map(|point| point.id.as_str()).collect();
        assert_eq!(ids.len(), points.len());
        for number in 1..=20 {
            assert!(ids.contains(format!("D{number}").as_str()), "D{number}");
        }
    }
}

//! The differences that stay, each with its reason. The guide's page on parity shows the same list.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::differences::Difference;

/// One difference, which may show in many cases.
#[derive(Deserialize)]
struct Entry {
    kind: String,
    /// Places that may differ, by their beginnings.
    places: Vec<String>,
    /// Names of cases by recording.
    cases: BTreeMap<String, Vec<String>>,
}

pub(crate) struct Accepted(Vec<Entry>);

impl Accepted {
    pub(crate) fn read() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/accepted.json");
        Self(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
    }

    /// Is there an accepted difference in a case? The error is one that isn't, or an accepted one that isn't there.
    pub(crate) fn judge(
        &self,
        recording: &str,
        case: &str,
        found: &[Difference],
    ) -> Result<bool, String> {
        let entries: Vec<&Entry> = self
            .0
            .iter()
            .filter(|entry| {
                let cases = entry.cases.get(recording);
                cases.is_some_and(|cases| cases.iter().any(|name| name == case))
            })
            .collect();
        let may = |entry: &Entry, difference: &Difference| {
            let mut places = entry.places.iter();
            places.any(|place| difference.place.starts_with(place.as_str()))
        };
        let problems: Vec<String> = found
            .iter()
            .filter(|difference| !entries.iter().any(|entry| may(entry, difference)))
            .map(ToString::to_string)
            .collect();
        if !problems.is_empty() {
            return Err(format!("differs at\n  {}", problems.join("\n  ")));
        }
        let gone = |entry: &&&Entry| !found.iter().any(|difference| may(entry, difference));
        if let Some(entry) = entries.iter().find(gone) {
            return Err(format!(
                "accepted.json has it under \"{}\", at {}, but it is as the original there",
                entry.kind,
                entry.places.join(" or ")
            ));
        }
        Ok(!found.is_empty())
    }

    /// How many cases each kind has.
    pub(crate) fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for entry in &self.0 {
            let cases: usize = entry.cases.values().map(Vec::len).sum();
            *counts.entry(entry.kind.as_str()).or_default() += cases;
        }
        counts
    }
}

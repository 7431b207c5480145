//! Where two JSON values differ.

use serde_json::Value;

/// One place, with what stands there; nothing is absent.
pub(crate) struct Difference {
    /// As in `seen[0].json.Data.req.Url`
    pub(crate) place: String,
    original: Option<Value>,
    ours: Option<Value>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |value: &Option<Value>| match value {
            None => "nothing".to_owned(),
            Some(value) => value.to_string().chars().take(600).collect(),
        };
        write!(
            f,
            "{}\n    original {}\n    here     {}",
            self.place,
            shown(&self.original),
            shown(&self.ours)
        )
    }
}

pub(crate) fn between(original: &Value, ours: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(original), Some(ours), &mut found);
    found
}

fn compare(
    place: String,
    original: Option<&Value>,
    ours: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    match (original, ours) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let more = b.keys().filter(|name| !a.contains_key(*name));
            for name in a.keys().chain(more) {
                let dot = if place.is_empty() { "" } else { "." };
                compare(
                    format!("{place}{dot}{name}"),
                    a.get(name),
                    b.get(name),
                    found,
                );
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                compare(format!("{place}[{index}]"), Some(a), Some(b), found);
            }
        }
        (a, b) if a == b => {}
        (a, b) => found.push(Difference {
            place,
            original: a.cloned(),
            ours: b.cloned(),
        }),
    }
}

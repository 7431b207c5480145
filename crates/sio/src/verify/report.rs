//! The report: lines for people, or JSON.

use serde::Serialize;

use super::bench::Hubs;
use super::points::{Row, Verdict};

/// What a run has found, and where.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The service's address.
    service: String,
    /// The hub whose handler takes everything.
    hub: String,
    /// When the run ended, in UTC.
    when: String,
    /// The version of this tool.
    version: &'static str,
    points: Vec<Row>,
}

impl Report {
    /// The report of a run that has ended now.
    pub(super) fn new(service: String, hubs: &Hubs, points: Vec<Row>) -> Self {
        Self {
            service,
            hub: hubs.all.to_string(),
            when: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
            version: env!("CARGO_PKG_VERSION"),
            points,
        }
    }

    /// For programs.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub(super) fn json(&self) -> anyhow::Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.points {
            let Row {
                point,
                verdict,
                seen,
            } = row;
            let words = verdict.words();
            text.push_str(&format!("{:<4} {words:<13}  {}\n", point.id, point.asks));
            text.push_str(&format!("{:20}assumed: {}\n", "", point.assumed));
            let label = match verdict {
                Verdict::Unseen => "why",
                _ => "seen",
            };
            // What comes from outside may have control characters.
            let seen: String = seen
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            text.push_str(&format!("{:20}{label}: {seen}\n", ""));
        }
        text
    }

    /// How many points are how.
    pub(super) fn summary(&self) -> String {
        let count = |verdict| {
            let rows = self.points.iter().filter(|row| row.verdict == verdict);
            rows.count()
        };
        format!(
            "{} as assumed, {} otherwise, {} can't be seen",
            count(Verdict::AsAssumed),
            count(Verdict::Otherwise),
            count(Verdict::Unseen)
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::verify::points;

    #[test]
    fn a_row_is_read_by_people_and_by_programs() {
        let mut points = points::all().unwrap().into_iter();
        let verdicts = [Verdict::AsAssumed, Verdict::Otherwise, Verdict::Unseen];
        let rows = verdicts.map(|verdict| Row {
            point: points.next().unwrap(),
            verdict,
            seen: "this\u{1e}that".to_owned(),
        });
        let hubs = Hubs::new("v").unwrap();
        let report = Report::new("https://a.example".to_owned(), &hubs, rows.into());
        let text = report.text();
        assert!(text.contains("D1   as assumed     heartbeat"), "{text}");
        assert!(text.contains("D3   can't be seen  socket id"), "{text}");
        assert!(text.contains("why: this that"), "{text}");
        assert_eq!(
            report.summary(),
            "1 as assumed, 1 otherwise, 1 can't be seen"
        );
        let json: Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(json["points"][1]["id"], "D2");
        assert_eq!(json["points"][1]["verdict"], "otherwise");
        assert_eq!(json["points"][2]["verdict"], "can't be seen");
        assert_eq!(json["hub"], "v");
    }
}

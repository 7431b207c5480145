//! What timers, queues and other triggers bring.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::any::type_name;

use crate::arguments::short;
use crate::handler::{
    Context, Extract, Kind, Payload, Raw, Rejection, Timer, TriggerInput, TriggerKind,
};

/// What a timer says about this run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct TimerInfo {
    /// Whether this run comes later than the schedule said.
    #[serde(alias = "isPastDue")]
    pub is_past_due: bool,
    /// When it ran and will run; `None` for schedules shorter than a minute, which the host does not keep.
    #[serde(alias = "scheduleStatus")]
    pub schedule_status: Option<ScheduleStatus>,
}

/// When a timer ran and will run, as the host writes times.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ScheduleStatus {
    /// The last run.
    #[serde(alias = "last")]
    pub last: Option<String>,
    /// The next run.
    #[serde(alias = "next")]
    pub next: Option<String>,
    /// When this was written down.
    #[serde(alias = "lastUpdated")]
    pub last_updated: Option<String>,
}

impl Extract<Timer> for TimerInfo {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Timer>) -> Result<Self, Rejection> {
        // A run is worth more than what is known about it.
        if context.input.value() == Payload(&Value::Null) {
            return Ok(Self::default());
        }
        typed("the timer's value", context.input.value())
    }
}

/// The value of each input binding, as the host wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inputs(pub Map<String, Value>);

impl Inputs {
    /// The value of the input binding of this name.
    ///
    /// # Errors
    /// It is missing, or no `T`.
    pub fn get<T: DeserializeOwned + 'static>(&self, name: &str) -> Result<T, Rejection> {
        let value = self.0.get(name).unwrap_or(&Value::Null);
        typed(&format!("the input {name:?}"), Payload(value))
    }
}

impl Extract<Raw> for Inputs {
    type Rejection = Rejection;

    async fn extract(context: &mut Context<Raw>) -> Result<Self, Rejection> {
        Ok(Self(context.input.data.clone()))
    }
}

/// What the trigger says about its value: a queue's `DequeueCount`, the parts of a blob's path.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata(pub Map<String, Value>);

impl Metadata {
    /// The value of a name, which compares ignoring case.
    ///
    /// # Errors
    /// It is missing, or no `T`.
    pub fn get<T: DeserializeOwned + 'static>(&self, name: &str) -> Result<T, Rejection> {
        let found = |(known, _): &(&String, &Value)| known.eq_ignore_ascii_case(name);
        let found = self.0.iter().find(found).map(|(_, value)| value);
        let value = found.unwrap_or(&Value::Null);
        typed(&format!("the metadata {name:?}"), Payload(value))
    }
}

#[diagnostic::do_not_recommend]
impl<K: TriggerKind> Extract<K> for Metadata
where
    K: Kind<Input = TriggerInput>,
{
    type Rejection = Rejection;

    async fn extract(context: &mut Context<K>) -> Result<Self, Rejection> {
        Ok(Self(context.input.metadata.clone()))
    }
}

/// The value of a trigger as a type.
pub(super) fn typed<T: DeserializeOwned + 'static>(
    what: &str,
    value: Payload<'_>,
) -> Result<T, Rejection> {
    value.decode().map_err(|problem| {
        let expected = short(type_name::<T>());
        Rejection::new(format_args!("{what}: expected {expected}, {problem}"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn timer(value: &Value) -> TimerInfo {
        typed("the timer's value", Payload(value)).unwrap()
    }

    #[test]
    fn a_timer_tells_what_the_host_wrote() {
        let value = json!({
            "Schedule": { "AdjustForDST": true },
            "ScheduleStatus": { "Last": "2026-08-21T09:10:00", "Next": "2026-08-21T09:15:00+00:00", "LastUpdated": null },
            "IsPastDue": true,
        });
        let info = timer(&value);
        assert!(info.is_past_due);
        let next = info.schedule_status.clone().and_then(|status| status.next);
        assert_eq!(next.as_deref(), Some("2026-08-21T09:15:00+00:00"));
        assert_eq!(timer(&json!(value.to_string())), info);
        assert_eq!(
            timer(&json!({ "ScheduleStatus": null })),
            TimerInfo::default()
        );
        assert!(timer(&json!({ "isPastDue": true })).is_past_due);
    }

    #[test]
    fn metadata_is_read_by_type_and_ignores_case() {
        let metadata = json!({
            "DequeueCount": "1", "Id": "\"0d4b\"", "InsertionTime": "2026-08-21T09:15:31+00:00",
            "customer": { "name": "Ada" }, "paid": "\"True\"",
        });
        let metadata = Metadata(metadata.as_object().unwrap().clone());
        assert_eq!(metadata.get::<u32>("dequeueCount").unwrap(), 1);
        assert_eq!(metadata.get::<String>("Id").unwrap(), "0d4b");
        assert_eq!(
            metadata.get::<String>("InsertionTime").unwrap(),
            "2026-08-21T09:15:31+00:00"
        );
        let error = metadata.get::<u32>("none").unwrap_err().to_string();
        assert_eq!(
            error,
            "the metadata \"none\": expected u32, invalid type: null, expected u32"
        );
        assert_eq!(metadata.get::<Option<u32>>("none").unwrap(), None);
    }
}

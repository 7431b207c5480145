//! The schedule of a timer, as far as it can be judged before the app runs.

/// Whether the Functions host takes it: NCrontab with or without seconds, an interval, or a setting's name.
pub(super) fn is_schedule(schedule: &str) -> bool {
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let interval = || {
        let numbers = schedule.split([':', '.']);
        schedule.contains(':') && numbers.into_iter().all(|part| part.parse::<u32>().is_ok())
    };
    // The value of a setting is not known yet; it may be the whole or a part.
    schedule.matches('%').count() >= 2
        || match fields.len() {
            1 => interval(),
            // Without seconds, five are left.
            5 => fields
                .iter()
                .zip(&FIELDS[1..])
                .all(|(text, of)| is_field(text, of)),
            6 => fields
                .iter()
                .zip(&FIELDS)
                .all(|(text, of)| is_field(text, of)),
            _ => false,
        }
}

/// The numbers that a field of a schedule can have, and the names that stand for some of them.
type Field = (u32, u32, &'static [&'static str]);

const FIELDS: [Field; 6] = [
    (0, 59, &[]),
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (
        1,
        12,
        &[
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
    ),
    (
        0,
        6,
        &[
            "sunday",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
        ],
    ),
];

/// Whether a field of a schedule is a list of values, ranges and steps: `*`, `5`, `1-5`, `*/10`, `mon-fri`.
fn is_field(text: &str, (least, most, names): &Field) -> bool {
    let is_value = |value: &str| match value.parse::<u32>() {
        Ok(number) => (*least..=*most).contains(&number),
        // The beginning of a name is enough.
        Err(_) => {
            let value = value.to_lowercase();
            !value.is_empty() && names.iter().any(|name| name.starts_with(&value))
        }
    };
    text.split(',').all(|item| {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let steps = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
        let ranges = match range.split_once('-') {
            Some((from, to)) => is_value(from) && is_value(to),
            None => range == "*" || is_value(range),
        };
        steps && ranges
    })
}

#[cfg(test)]
mod tests {
    use super::is_schedule;

    #[test]
    fn a_schedule_has_one_of_its_forms() {
        for legal in [
            "0 */5 * * * *",
            "*/5 * * * *",
            "0 0 9-17/2 1,15 Jan mon-Friday",
            "00:00:30",
            "%SCHEDULE%",
            "0 */%MINUTES% * * * *",
        ] {
            assert!(is_schedule(legal), "{legal}");
        }
        for wrong in [
            "",
            "every minute",
            "5",
            "00:x",
            "a b c d e f",
            "99 99 99 99 99 99",
            "0 0 0 0 * *",
            "0 */0 * * * *",
            "0 1- * * * *",
            "0 0 0 * * 7",
        ] {
            assert!(!is_schedule(wrong), "{wrong}");
        }
    }
}

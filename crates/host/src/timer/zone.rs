//! The time zone that cron schedules go by: `WEBSITE_TIME_ZONE`, else UTC as in Azure.
//!
//! Sources: the documentation of the timer trigger (names of Windows' zones on Windows, of the IANA database on Linux;
//! here both are taken), and how .NET tells the moments of local times: one that is skipped when clocks go forward
//! comes that much later, and one that comes twice when they go back is the second.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use time::{OffsetDateTime, UtcOffset};

/// The app setting.
pub(crate) const SETTING: &str = "WEBSITE_TIME_ZONE";

/// CLDR's territory for "the whole world": where a Windows zone stands for several places.
const WORLD: &str = "001";

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl Zone {
    /// The zone of a name, as in `Europe/Berlin` or `W. Europe Standard Time`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let of = |name: &str| TimeZone::get(name).ok().map(Self);
        of(name).or_else(|| of(localzone::win_zone_to_iana(name, Some(WORLD))?))
    }

    /// A moment with the offset that the zone has then.
    pub(crate) fn at(&self, moment: OffsetDateTime) -> OffsetDateTime {
        // Outside the years that the database knows, UTC is as good as any.
        let found = Timestamp::from_second(moment.unix_timestamp()).ok();
        let offset = found.and_then(|found| {
            UtcOffset::from_whole_seconds(self.0.to_offset(found).seconds()).ok()
        });
        moment.to_offset(offset.unwrap_or(UtcOffset::UTC))
    }

    /// The moment at which clocks show what they show at `local`, whatever its offset.
    pub(crate) fn moment(&self, local: OffsetDateTime) -> Option<OffsetDateTime> {
        let whole = |number: u8| i8::try_from(number).ok();
        let shown = DateTime::new(
            i16::try_from(local.year()).ok()?,
            whole(local.month().into())?,
            whole(local.day())?,
            whole(local.hour())?,
            whole(local.minute())?,
            whole(local.second())?,
            0,
        );
        let found = self.0.to_ambiguous_zoned(shown.ok()?).later().ok()?;
        let found = OffsetDateTime::from_unix_timestamp(found.timestamp().as_second()).ok()?;
        Some(self.at(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn zones_have_names_of_two_kinds() {
        let summer = datetime!(2026-08-21 12:00 UTC);
        for name in [
            "Europe/Berlin",
            "europe/berlin",
            "W. Europe Standard Time",
            " Europe/Berlin ",
        ] {
            let zone = Zone::named(name).unwrap();
            assert_eq!(zone.at(summer).offset().whole_hours(), 2, "{name}");
        }
        assert_eq!(Zone::named("UTC").unwrap().at(summer), summer);
        for wrong in ["", "Berlin", "../etc/passwd", "+02:00"] {
            assert_eq!(Zone::named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn skipped_times_come_later_and_doubled_ones_the_second_time() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        // The offset of what is asked does not count.
        let skipped = zone.moment(datetime!(2026-03-29 02:30 +1)).unwrap();
        assert_eq!(skipped, datetime!(2026-03-29 03:30 +2));
        let doubled = zone.moment(datetime!(2026-10-25 02:30 +2)).unwrap();
        assert_eq!(doubled, datetime!(2026-10-25 02:30 +1));
    }
}

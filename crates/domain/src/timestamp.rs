//! Points in time, with the precision that all stores have.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};

/// A point in time in UTC, in whole microseconds. All stores keep this precision, so a stored time equals the one
/// in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The microsecond that contains `time`.
    #[must_use]
    pub fn truncate(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros()).unwrap_or(Self(time))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; `None` outside the supported years.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Parses an RFC 3339 time with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time = DateTime::parse_from_rfc3339(text).ok()?;
        Self::from_micros(time.timestamp_micros())
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }
}

/// RFC 3339 in UTC with `Z` and six digits of a second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Written without chrono's formatter, which allocates: every read of settings contains a time.
        let (date, time) = (self.0.date_naive(), self.0.time());
        let Ok(year @ 0..=9_999) = u32::try_from(date.year()) else {
            return f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true));
        };
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let parts = [
            (0..4, year),
            (5..7, date.month()),
            (8..10, date.day()),
            (11..13, time.hour()),
            (14..16, time.minute()),
            (17..19, time.second()),
            (20..26, time.nanosecond() / 1_000),
        ];
        for (place, number) in parts {
            write_digits(text.get_mut(place).unwrap_or_default(), number);
        }
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

fn write_digits(place: &mut [u8], mut number: u32) {
    for digit in place.iter_mut().rev() {
        *digit += u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_is_cut_to_microseconds_and_shown_with_z() {
        let nanoseconds = DateTime::from_timestamp(1_769_855_445, 123_456_789).unwrap();
        let time = Timestamp::truncate(nanoseconds);
        assert_eq!(time.to_string(), "2026-01-31T10:30:45.123456Z");
        assert_eq!(Timestamp::from_micros(time.as_micros()), Some(time));
    }

    #[test]
    fn a_time_of_any_offset_is_read() {
        let time = Timestamp::parse("2026-01-31T11:30:45.5+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-01-31T10:30:45.500000Z");
        for text in ["", "2026-01-31", "yesterday", "2026-02-30T10:30:45Z"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_shown_as_chrono_shows_it(micros in -70_000_000_000_000_000_i64..300_000_000_000_000_000) {
            let time = Timestamp::from_micros(micros).unwrap();
            let expected = time.0.to_rfc3339_opts(SecondsFormat::Micros, true);
            prop_assert_eq!(time.to_string(), expected);
        }
    }
}

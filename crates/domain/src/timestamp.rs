//! Points in time, in the one precision that every store keeps.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time in UTC, in whole microseconds: what every store keeps, so that no store shows
/// another time than the one that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The microsecond in which `time` lies.
    #[must_use]
    pub fn truncate(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros()).unwrap_or(Self(time))
    }

    /// Microseconds since 1970-01-01T00:00:00Z; `None` outside the years that can be written.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
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
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_cut_to_microseconds_and_shown_with_z() {
        let nanoseconds = DateTime::from_timestamp(1_769_855_445, 123_456_789).unwrap();
        let time = Timestamp::truncate(nanoseconds);
        assert_eq!(time.to_string(), "2026-01-31T10:30:45.123456Z");
        assert_eq!(Timestamp::from_micros(time.as_micros()), Some(time));
    }
}

//! How long history and the feed of changes are kept.

use std::time::Duration;

use super::span::parse_span;
use super::{ConfigurationError, Environment};

/// A hundred years.
const LONGEST: Duration = Duration::from_hours(100 * 366 * 24);

/// Reads the age above which history entries are deleted; `None` if they are kept.
pub fn read_audit_retention(
    environment: &Environment,
) -> Result<Option<Duration>, ConfigurationError> {
    environment.parsed(
        "PRIVET_AUDIT_RETENTION",
        "a number with s, m, h or d, such as 90d; at most a hundred years",
        |text| parse_span(text).filter(|span| *span <= LONGEST),
    )
}

/// The default age above which changes of the feed are deleted.
const CHANGES_RETENTION: Duration = Duration::from_hours(7 * 24);

/// Reads the age above which changes of the feed are deleted.
pub fn read_changes_retention(environment: &Environment) -> Result<Duration, ConfigurationError> {
    let retention = environment.parsed(
        "PRIVET_CHANGES_RETENTION",
        "a number with s, m, h or d, such as 7d; at most a hundred years",
        |text| parse_span(text).filter(|span| *span <= LONGEST),
    )?;
    Ok(retention.unwrap_or(CHANGES_RETENTION))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<Duration>, ConfigurationError> {
        read_audit_retention(&Environment::of(&[("PRIVET_AUDIT_RETENTION", text)]))
    }

    #[test]
    fn history_is_kept_unless_an_age_is_given() {
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("90d"), Ok(Some(Duration::from_hours(90 * 24))));
        for text in ["forever", "90", "0d", "40000d"] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains("PRIVET_AUDIT_RETENTION"), "{message}");
        }
    }

    #[test]
    fn the_feed_is_kept_for_a_week_unless_an_age_is_given() {
        let read =
            |text| read_changes_retention(&Environment::of(&[("PRIVET_CHANGES_RETENTION", text)]));
        assert_eq!(read(""), Ok(Duration::from_hours(7 * 24)));
        assert_eq!(read("36h"), Ok(Duration::from_hours(36)));
        for text in ["none", "0s", "40000d"] {
            let message = read(text).unwrap_err().to_string();
            assert!(message.contains("PRIVET_CHANGES_RETENTION"), "{message}");
        }
    }
}

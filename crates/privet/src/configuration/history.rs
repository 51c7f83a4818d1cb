//! How long history is kept.

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
}

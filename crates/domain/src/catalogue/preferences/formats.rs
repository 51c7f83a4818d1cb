//! The text formats that Privet adds to those of JSON Schema.

/// The `format` of a BCP 47 language tag; values are stored in canonical case (RFC 5646, 2.1.1).
pub(super) const BCP47: &str = "bcp47";
/// The `format` of a name of the IANA time zone database, case-sensitive.
pub(super) const IANA_TIME_ZONE: &str = "iana-time-zone";

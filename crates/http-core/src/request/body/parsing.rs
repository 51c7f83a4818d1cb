//! Parses the JSON of bodies strictly, with the errors of the API.

use privet_domain::strict_json;
use serde_json::Value;

use crate::errors::ApiError;

/// The JSON value of these bytes, without trailing data. A number that a double cannot hold is an error, also in
/// an ignored member.
pub fn parse(bytes: &[u8]) -> Result<Value, ApiError> {
    strict_json::parse(bytes).map_err(|error| {
        ApiError::Malformed(if error.is_out_of_range() {
            "A number is too large.".to_owned()
        } else {
            format!("Malformed JSON: {error}.")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_json_is_malformed_with_its_position() {
        for (text, expected) in [
            (r#"{"a":1e400}"#, "A number is too large."),
            (
                r#"{"a":1,"a":1}"#,
                "Malformed JSON: a member is given twice at line 1 column ",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(matches!(error, ApiError::Malformed(_)), "{text}");
            let message = error.to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}

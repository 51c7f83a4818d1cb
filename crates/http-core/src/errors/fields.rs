//! Errors of members or parameters, limited in number and length: a body of 64 KiB may contain thousands of
//! invalid members, or one name of that length.

use privet_domain::FieldError;

/// The maximum number of listed errors.
pub const MOST_FIELDS: usize = 20;

/// The maximum length of an unknown name in an error, in bytes.
const LONGEST_NAME: usize = 128;

/// The note that there are more errors.
pub const MORE: &str = "More is wrong than is told here.";

/// The first of these errors.
pub fn told(fields: &[FieldError]) -> Vec<FieldError> {
    let shortened = |error: &FieldError| {
        let end = error.field.floor_char_boundary(LONGEST_NAME);
        let name = error.field.get(..end).unwrap_or_default();
        FieldError::new(name, error.message.as_str())
    };
    fields.iter().take(MOST_FIELDS).map(shortened).collect()
}

/// All errors as one text. Errors of parameters are not sentences, so they are separated.
pub fn sentence(fields: &[FieldError], has_more: bool) -> String {
    let mut told = String::new();
    let begin = |told: &mut String| match told.chars().next_back() {
        None => {}
        Some('.') => told.push(' '),
        Some(_) => told.push_str("; "),
    };
    for FieldError { field, message } in fields {
        begin(&mut told);
        told.push_str(field);
        told.push_str(": ");
        told.push_str(message);
    }
    if has_more {
        begin(&mut told);
        told.push_str(MORE);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_errors_are_told_whole_and_of_many_the_first() {
        let errors: Vec<_> = (0..30)
            .map(|number| FieldError::new(format!("n{number}"), "Is wrong."))
            .collect();
        assert_eq!(told(&errors[..20]), errors[..20]);
        assert_eq!(told(&errors), errors[..20]);
        assert_eq!(sentence(&errors[..1], false), "n0: Is wrong.");
        let more = "n0: Is wrong. More is wrong than is told here.";
        assert_eq!(sentence(&errors[..1], true), more);
    }

    #[test]
    fn a_long_name_is_cut_where_a_character_ends() {
        let error = FieldError::new("\u{e9}".repeat(1_000) + "x", "Is wrong.");
        let told = told(&[error]);
        assert_eq!(told[0].field, "\u{e9}".repeat(64));
    }
}

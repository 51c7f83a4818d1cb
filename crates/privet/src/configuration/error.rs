//! What is wrong with a configuration, in one sentence that names the variable, what was given and what
//! it takes. Whatever may be a secret is left out.

/// The longest value that is repeated, in characters.
const LONGEST_SHOWN: usize = 120;

/// A configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigurationError(String);

impl ConfigurationError {
    /// A value that the variable does not take.
    pub fn value(variable: &str, given: &str, takes: &str) -> Self {
        Self(format!("{variable} is {}; it takes {takes}", shown(given)))
    }

    /// A value that the variable does not take and that must not be shown.
    pub fn hidden_value(variable: &str, problem: &str, takes: &str) -> Self {
        Self(format!("{variable} {problem}; it takes {takes}"))
    }

    /// A file that cannot be read. Its path is left out: whoever confuses a secret with the name of
    /// its file should not find it in a log.
    pub fn unreadable_file(variable: &str, cause: &std::io::Error) -> Self {
        Self(format!(
            "{variable} names a file that cannot be read ({cause}); it takes the path of a file"
        ))
    }

    /// Two variables that say the same thing.
    pub fn either_or(one: &str, other: &str) -> Self {
        Self(format!("{one} and {other} are both set; set one of them"))
    }

    /// Anything else.
    pub fn other(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The value in quotes, without what stands where a URL has user name and password; also where somebody
/// forgot the scheme.
fn shown(given: &str) -> String {
    let whole = match given.rsplit_once('@') {
        Some((before, host)) => format!("{}…@{host}", scheme(before)),
        None => given.to_owned(),
    };
    let mut text: String = whole.chars().take(LONGEST_SHOWN).collect();
    if text.len() < whole.len() {
        text.push('…');
    }
    format!("{text:?}")
}

/// What it begins with if that is a URL's scheme.
fn scheme(text: &str) -> String {
    let is_scheme = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric());
    let name = text.split_once("://").map(|(name, _)| name);
    name.filter(is_scheme)
        .map(|name| format!("{name}://"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(given: &str) -> String {
        ConfigurationError::value("PRIVET_X", given, "something else").to_string()
    }

    #[test]
    fn it_says_what_was_given_and_what_is_taken() {
        assert_eq!(
            message("ten"),
            r#"PRIVET_X is "ten"; it takes something else"#
        );
    }

    #[test]
    fn line_breaks_are_escaped_and_long_values_are_cut() {
        assert!(message("one\ntwo").contains(r#""one\ntwo""#));
        assert!(message(&"x".repeat(1_000)).len() < 300);
    }

    #[test]
    fn the_password_of_a_url_is_not_shown() {
        let message = message("http://admin:hunter2@example.com");
        assert!(message.contains(r#""http://…@example.com""#), "{message}");
    }

    #[test]
    fn a_password_is_not_shown_where_the_scheme_was_forgotten_or_is_elsewhere() {
        for given in [
            "admin:hunter2@example.com",
            "admin:hunter2@http://example.com",
            "http:/admin:hunter2@example.com",
            "http://admin:hunter2@example.com/@example.com",
            "admin:hunter2://@example.com",
        ] {
            let message = message(given);
            assert!(!message.contains("hunter2"), "{message}");
            assert!(message.contains("example.com"), "{message}");
        }
    }
}

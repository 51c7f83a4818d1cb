//! Errors of the configuration: a sentence with the variable, the value and the valid values. Possible secrets are
//! omitted.

use std::path::Path;

use super::secret::SHORTEST_SECRET;

/// The maximum length of a repeated value, in characters.
const LONGEST_SHOWN: usize = 120;

/// An invalid configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigurationError(Vec<String>);

impl ConfigurationError {
    /// An invalid value.
    pub fn value(variable: &str, given: &str, takes: &str) -> Self {
        Self::other(format!("{variable} is {}; it takes {takes}", shown(given)))
    }

    /// An invalid value that must not be shown.
    pub fn hidden_value(variable: &str, problem: &str, takes: &str) -> Self {
        Self::other(format!("{variable} {problem}; it takes {takes}"))
    }

    /// An unusable file. The value is shown only if it is certainly a path.
    pub fn file(variable: &str, given: &Path, problem: &str, takes: &str) -> Self {
        match given.to_str().filter(|text| is_path(text)) {
            Some(path) => {
                let path = shown(path);
                Self::other(format!(
                    "{variable} is {path}, which {problem}; it takes {takes}"
                ))
            }
            None => Self::other(format!(
                "{variable} names a file that {problem}; it takes {takes}"
            )),
        }
    }

    /// Two variables that exclude each other.
    pub fn either_or(one: &str, other: &str) -> Self {
        Self::other(format!("{one} and {other} are both set; set one of them"))
    }

    /// Any other error.
    pub fn other(message: impl Into<String>) -> Self {
        Self(vec![message.into()])
    }

    /// The same, followed by one line for each error.
    pub fn with_faults(mut self, faults: Vec<String>) -> Self {
        self.0.extend(faults);
        self
    }

    /// The message, then one line for each error.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

/// Whether this is certainly a path: an operator may have given the secret instead of its file, and it must not
/// appear in a log. A valid secret is longer than the minimum and may begin with a slash, as Base64 sometimes
/// does.
fn is_path(text: &str) -> bool {
    let path = Path::new(text);
    let starts_as_one = ["/", "./", "../"]
        .iter()
        .any(|start| text.starts_with(start));
    let ends_as_one = path
        .extension()
        .is_some_and(|extension| ["json", "pem"].iter().any(|known| extension == *known));
    let folder = path.parent().filter(|folder| folder.file_name().is_some());
    starts_as_one && text.len() < SHORTEST_SECRET
        || ends_as_one && !text.contains(':')
        || folder.is_some_and(Path::is_dir)
}

/// The value in quotes, without the user name and password of a URL, also if the scheme is missing.
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

/// Its beginning, if that is the scheme of a URL.
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
    fn a_file_is_named_unless_it_may_be_a_secret() {
        let message = |given: &str| {
            let given = Path::new(given);
            ConfigurationError::file("PRIVET_X", given, "is odd", "a file").to_string()
        };
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("a-name-that-is-longer-than-a-secret");
        for path in [
            "/nonexistent",
            "./keys",
            "schema.json",
            long.to_str().unwrap(),
        ] {
            let expected = format!("PRIVET_X is {path:?}, which is odd; it takes a file");
            assert_eq!(message(path), expected);
        }
        for secret in [
            "correct horse battery staple",
            "/Qm8vZ2Zt+3cYkq0r5m1nX7v9w2uE4tA6sB8dFhJkL0=",
            "/Qm8vZ2Zt+3cYkq0r5m1nX7/9w2uE4tA6sB8dFhJkL0=",
            "postgres://privet:hunter2@localhost/privet.json",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            let expected = "PRIVET_X names a file that is odd; it takes a file";
            assert_eq!(message(secret), expected, "{secret}");
        }
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

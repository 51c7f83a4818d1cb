//! The location of a JSON Web Key Set (RFC 7517): a file or a URL.

use std::path::PathBuf;

use privet_http::identity::KeySet;
use reqwest::Url;

use crate::configuration::{ConfigurationError, Environment, Secret, shown_url};

/// The file or URL of a key set.
pub const JWKS: &str = "PRIVET_JWKS";
const TAKES: &str =
    "the path of a JSON Web Key Set, or its URL: https://…, or http://… in a network of your own";

/// The location of a key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwksLocation {
    /// A file, which contained a valid set at the start.
    File(PathBuf),
    /// A URL, which may contain a password or a key.
    Url(Secret<Url>),
}

impl JwksLocation {
    /// Reads the location, and the set if it is in a file.
    pub fn read(environment: &Environment) -> Result<Option<Self>, ConfigurationError> {
        let Some(text) = environment.text(JWKS)? else {
            return Ok(None);
        };
        if text.contains("://") {
            return at_url(&text).map(Some);
        }
        let content = environment.file(JWKS)?.unwrap_or_default();
        KeySet::parse(&content)
            .map_err(|error| environment.refused_file(JWKS, &format!("is {error}"), TAKES))?;
        Ok(Some(Self::File(text.into())))
    }
}

/// Only scheme and host are shown: the rest may be a secret.
fn at_url(text: &str) -> Result<JwksLocation, ConfigurationError> {
    let refused = || ConfigurationError::value(JWKS, &shown_url::place(text), TAKES);
    let url = Url::parse(text).map_err(|_| refused())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_web
        .then(|| JwksLocation::Url(Secret::new(url)))
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<JwksLocation>, ConfigurationError> {
        JwksLocation::read(&Environment::of(&[(JWKS, value)]))
    }

    #[test]
    fn what_has_a_scheme_is_a_url() {
        for url in [
            "https://login.example.com/jwks.json",
            "HTTP://[::1]:8081/keys?set=1",
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(read(url), Ok(Some(JwksLocation::Url(Secret::new(parsed)))));
        }
    }

    #[test]
    fn what_leads_to_no_key_set_is_refused_without_showing_a_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2").unwrap();
        for value in [
            "ftp://hunter2@example.com/keys",
            "file:///hunter2",
            "https://",
            "https://hunter2:port/",
            "hunter2",
            file.path().to_str().unwrap(),
        ] {
            let message = read(value).unwrap_err().to_string();
            assert!(message.starts_with("PRIVET_JWKS "), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn where_it_was_to_lead_is_shown() {
        for (value, shown) in [
            ("ftp://x/y", "ftp://x/…"),
            ("ftp://hunter2@x/y", "ftp://…@x/…"),
            ("/nonexistent", "/nonexistent"),
        ] {
            let message = read(value).unwrap_err().to_string();
            let expected = format!("PRIVET_JWKS is {shown:?}");
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    #[test]
    fn a_url_is_not_shown() {
        let location = read("https://user:hunter2@example.com/keys?key=hunter2");
        let shown = format!("{location:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("example.com"),
            "{shown}"
        );
    }
}

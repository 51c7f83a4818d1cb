//! The configuration. Each part is read once at the start, from environment variables into types with valid values
//! only. A command reads only the parts that it needs.

pub mod addresses;
pub mod catalogue;
pub mod database;
mod environment;
mod error;
pub mod history;
pub mod keys;
pub mod limits;
pub mod log;
pub mod pages;
pub mod receipts;
mod secret;
pub mod server;
pub mod shown_url;
pub mod span;
pub mod variables;

use std::time::Duration;

use privet_http::PagesConfig;

pub use environment::Environment;
pub use error::ConfigurationError;
pub use secret::Secret;

use addresses::Addresses;
use catalogue::CatalogueConfiguration;
use database::DatabaseConfiguration;
use history::{read_audit_retention, read_changes_retention};
use keys::KeyConfiguration;
use limits::Limits;
use pages::read_pages;
use receipts::read_receipt_key;
use server::ServerConfiguration;

use crate::receipt_key::ReceiptKey;

const REDIS_URL: &str = "REDIS_URL";
/// The file with the URL of Redis.
pub const REDIS_URL_FILE: &str = "REDIS_URL_FILE";

/// The configuration of serving, except the log, which is set up first.
#[derive(Debug)]
pub struct Configuration {
    /// The listening addresses, and the URL that clients use.
    pub addresses: Addresses,
    /// The database.
    pub database: DatabaseConfiguration,
    /// The keys that verify tokens.
    pub keys: KeyConfiguration,
    /// The rate limits; `None` if they are off.
    pub limits: Option<Limits>,
    /// The catalogue of settings, actions and preferences.
    pub catalogue: CatalogueConfiguration,
    /// The Redis that replicas share, if any. The URL may contain a password.
    pub redis_url: Option<Secret<String>>,
    /// The HTTP server.
    pub server: ServerConfiguration,
    /// The age above which history entries are deleted; `None` if they are kept.
    pub audit_retention: Option<Duration>,
    /// The age above which changes of the feed are deleted.
    pub changes_retention: Duration,
    /// The key that signs erasure receipts, if there is one.
    pub receipt_key: Option<ReceiptKey>,
    /// The pages for people; `None` if they are not served.
    pub pages: Option<PagesConfig>,
}

impl Configuration {
    /// Reads everything; returns the first error.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let database = DatabaseConfiguration::read(environment)?;
        let keys = KeyConfiguration::read(environment, &database.location)?;
        let pages = read_pages(environment, &keys)?;
        Ok(Self {
            addresses: Addresses::read(environment)?,
            keys,
            database,
            limits: Limits::read(environment)?,
            catalogue: CatalogueConfiguration::read(environment)?,
            redis_url: redis_url(environment)?,
            server: ServerConfiguration::read(environment)?,
            audit_retention: read_audit_retention(environment)?,
            changes_retention: read_changes_retention(environment)?,
            receipt_key: read_receipt_key(environment)?,
            pages,
        })
    }
}

/// The URL of Redis, if one is configured.
pub fn redis_url(environment: &Environment) -> Result<Option<Secret<String>>, ConfigurationError> {
    let url = environment.text(REDIS_URL)?;
    let Some(content) =
        environment.text_file(REDIS_URL_FILE, "the path of a file with a URL in it")?
    else {
        return Ok(url.map(Secret::new));
    };
    match url {
        Some(_) => Err(ConfigurationError::either_or(REDIS_URL, REDIS_URL_FILE)),
        None => Ok(Some(Secret::new(content.trim().to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nothing_has_to_be_configured() {
        assert!(Configuration::read(&Environment::of(&[])).is_ok());
    }

    #[test]
    fn the_variables_that_are_read_are_those_that_the_help_lists() {
        let asked = RefCell::new(BTreeSet::new());
        let environment = Environment::new(|name| {
            asked.borrow_mut().insert(name.to_owned());
            None
        });
        Configuration::read(&environment).unwrap();
        log::LogConfiguration::read(&environment).unwrap();
        drop(environment);
        let listed: BTreeSet<String> = variables::known().collect();
        assert_eq!(asked.into_inner(), listed);
    }

    #[test]
    fn nothing_secret_is_shown() {
        let secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
        let url = |scheme: &str| format!("{scheme}://privet:hunter2@localhost/privet");
        let (postgres, redis, jwks) = (url("postgres"), url("redis"), url("https"));
        let configuration = Configuration::read(&Environment::of(&[
            ("DATABASE_URL", &postgres),
            ("REDIS_URL", &redis),
            ("PRIVET_JWKS", &jwks),
            ("PRIVET_JWT_SECRET", secret),
        ]));
        let configuration = configuration.unwrap();
        let secret_bytes = format!("{:?}", secret.as_bytes());
        for shown in [format!("{configuration:?}"), format!("{configuration:#?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(
                !shown.contains(secret_bytes.trim_matches(['[', ']'])),
                "{shown}"
            );
            let lines: String = shown.split_whitespace().collect();
            assert!(!lines.contains("104,117,110,116,101,114,50"), "{shown}");
        }
    }
}

//! The log at the start: version, database and keys, then the first steps.

mod demo_link;
mod exposure;
mod first_steps;
mod sign_in;

pub use demo_link::DemoLink;
#[cfg(test)]
pub use demo_link::first_person;
pub use first_steps::FirstSteps;

use crate::configuration::Configuration;
use crate::configuration::database::DatabaseConfiguration;
use crate::configuration::keys::jwks::JWKS;
use crate::configuration::keys::{
    KeyConfiguration, PUBLIC_KEY_FILE, SECRET, SECRET_FILE, SecretSource,
};
use crate::configuration::shown_url;
use crate::keys::signing_secret;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Logs the start of `privet serve`.
pub fn log(configuration: &Configuration) {
    let location = &configuration.database.location;
    let redis = configuration.redis_url.as_ref();
    let redis = redis.map_or_else(
        || "none".to_owned(),
        |url| shown_url::without_secrets(url.reveal()),
    );
    tracing::info!(
        service.version = VERSION,
        db.system.name = location.system(),
        database = location.shown(),
        redis,
        keys = keys(&configuration.keys),
        "Privet starts"
    );
}

/// Logs the start of `privet migrate`.
pub fn log_migration(database: &DatabaseConfiguration) {
    tracing::info!(
        service.version = VERSION,
        db.system.name = database.location.system(),
        database = database.location.shown(),
        "Privet migrates"
    );
}

/// The keys that verify tokens, with their sources.
fn keys(configuration: &KeyConfiguration) -> String {
    let secret = match &configuration.secret {
        SecretSource::Configured { file: None, .. } => Some(format!("secret ({SECRET})")),
        SecretSource::Configured { file: Some(_), .. } => Some(format!("secret ({SECRET_FILE})")),
        SecretSource::Generated { database } => {
            let path = signing_secret::path_beside(database);
            Some(format!("generated secret ({})", path.display()))
        }
        SecretSource::None => None,
    };
    let in_pem = match configuration.public_keys.len() {
        0 => None,
        1 => Some(format!("1 public key ({PUBLIC_KEY_FILE})")),
        number => Some(format!("{number} public keys ({PUBLIC_KEY_FILE})")),
    };
    let set = configuration.jwks.is_some();
    let set = set.then(|| format!("key set ({JWKS})"));
    let all: Vec<String> = [secret, in_pem, set].into_iter().flatten().collect();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Environment;

    fn keys_of(variables: &[(&str, &str)]) -> String {
        let configuration = Configuration::read(&Environment::of(variables)).unwrap();
        keys(&configuration.keys)
    }

    #[test]
    fn every_kind_of_key_is_named_with_where_it_comes_from() {
        assert_eq!(
            keys_of(&[("DATABASE_URL", "sqlite://a/b.db")]),
            "generated secret (a/b.db.jwt-secret)"
        );
        let secret = "0123456789abcdef0123456789abcdef";
        let set = "https://login.example.com/keys";
        assert_eq!(
            keys_of(&[("PRIVET_JWT_SECRET", secret), ("PRIVET_JWKS", set)]),
            "secret (PRIVET_JWT_SECRET), key set (PRIVET_JWKS)"
        );
    }
}

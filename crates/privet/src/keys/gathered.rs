//! The keys that verify tokens, from all sources.

use privet_http::identity::VerificationKey;

use crate::configuration::keys::jwks::JWKS;
use crate::configuration::keys::{
    KeyConfiguration, PUBLIC_KEY_FILE, SECRET_FILE, SecretSource, read_public_keys, read_secret,
};
use crate::configuration::{Environment, Secret};
use crate::signals::Reloaded;

use super::jwks::Jwks;
use super::signing_secret;

/// All keys in use. Each kind is replaced as a whole or not at all.
pub struct Keys {
    secret_source: SecretSource,
    secret: Option<Secret<Vec<u8>>>,
    in_pem: Vec<VerificationKey>,
    /// The key set, if there is one.
    pub jwks: Option<Jwks>,
}

impl Keys {
    /// Loads the configured keys; waits for those that must be fetched.
    pub async fn gather(configuration: &KeyConfiguration) -> anyhow::Result<Self> {
        let secret = signing_secret::resolve(&configuration.secret)?;
        let jwks = match &configuration.jwks {
            Some(location) => Some(Jwks::first(location).await?),
            None => None,
        };
        warn_of_other_audiences(configuration);
        Ok(Self {
            secret_source: configuration.secret.clone(),
            secret,
            in_pem: configuration.public_keys.clone(),
            jwks,
        })
    }

    /// The current keys, for a verifier.
    pub fn all(&self) -> Vec<VerificationKey> {
        let secret = self.secret.as_ref();
        let secret = secret.map(|secret| VerificationKey::hs256(secret.reveal()));
        let in_pem = self.in_pem.iter().cloned();
        let of_set = self.jwks.iter().flat_map(Jwks::keys).cloned();
        secret.into_iter().chain(in_pem).chain(of_set).collect()
    }

    /// Reads the file of the secret again; `None` if there is no file.
    pub fn reload_secret(&mut self, environment: &Environment) -> Option<Reloaded> {
        match &self.secret_source {
            SecretSource::Configured { file: Some(_), .. } => {
                let read = read_secret(environment).map_err(|error| error.to_string());
                Some(self.replace_secret(SECRET_FILE, read))
            }
            SecretSource::Generated { .. } => {
                let source = self.secret_source.clone();
                Some(self.replace_secret("the secret beside the database", Ok(Some(source))))
            }
            SecretSource::Configured { file: None, .. } | SecretSource::None => None,
        }
    }

    /// Reads the file of public keys again; `None` if none is configured.
    pub fn reload_public_keys(&mut self, environment: &Environment) -> Option<Reloaded> {
        if !environment.is_set(PUBLIC_KEY_FILE) {
            return None;
        }
        let replaced = read_public_keys(environment).map(|keys| self.in_pem = keys);
        Some(Reloaded {
            source: PUBLIC_KEY_FILE,
            problem: replaced.err().map(|error| error.to_string()),
        })
    }

    fn replace_secret(
        &mut self,
        source: &'static str,
        read: Result<Option<SecretSource>, String>,
    ) -> Reloaded {
        let resolve = |found: Option<SecretSource>| {
            let found = found.unwrap_or(SecretSource::None);
            signing_secret::resolve(&found).map_err(|error| format!("{error:#}"))
        };
        let replaced = read.and_then(resolve).map(|secret| self.secret = secret);
        Reloaded {
            source,
            problem: replaced.err(),
        }
    }
}

/// An issuer may sign tokens for many services with one key pair; a shared secret is only for this one.
fn warn_of_other_audiences(configuration: &KeyConfiguration) {
    if configuration.audience.is_some() {
        return;
    }
    let in_pem = (!configuration.public_keys.is_empty()).then_some(PUBLIC_KEY_FILE);
    let in_set = configuration.jwks.as_ref().map(|_| JWKS);
    for variable in in_pem.into_iter().chain(in_set) {
        tracing::warn!(
            "{variable} is set without PRIVET_JWT_AUDIENCE: tokens for other services are accepted"
        );
    }
}

//! The current keys, and their replacement at runtime.

use std::sync::Arc;

use async_trait::async_trait;
use privet_http::identity::TokenVerifier;

use crate::configuration::Environment;
use crate::configuration::keys::KeyConfiguration;
use crate::configuration::keys::jwks::JWKS;
use crate::signals::{Reload, Reloaded};

use super::gathered::Keys;
use super::jwks::Reason;

/// The keys, and the verifier that uses them.
pub struct KeysInUse {
    keys: Keys,
    verifier: Arc<TokenVerifier>,
}

impl KeysInUse {
    /// Creates the verifier. With a key set, it requests newer keys if a token names an unknown key.
    pub fn new(configuration: &KeyConfiguration, keys: Keys) -> Self {
        let (issuer, audience) = (&configuration.issuer, &configuration.audience);
        let verifier = TokenVerifier::new(keys.all(), issuer.as_deref(), audience.as_deref());
        let verifier = match &keys.jwks {
            Some(jwks) => verifier.asking(jwks.newer_keys()),
            None => verifier,
        };
        Self {
            keys,
            verifier: Arc::new(verifier),
        }
    }

    /// The verifier of tokens.
    pub fn verifier(&self) -> &Arc<TokenVerifier> {
        &self.verifier
    }

    /// Waits until the key set must be fetched again; forever if there is none.
    pub async fn due(&self) -> Reason {
        match &self.keys.jwks {
            Some(jwks) => jwks.due().await,
            None => std::future::pending().await,
        }
    }

    /// Fetches the key set again. The function called logs failures.
    pub async fn refresh(&mut self, reason: &Reason) {
        let Some(jwks) = &mut self.keys.jwks else {
            return;
        };
        let _ = jwks.refresh().await;
        self.verifier.replace_keys(self.keys.all());
        if let (Reason::UnknownKey, Some(jwks)) = (reason, &self.keys.jwks) {
            jwks.finish_request();
        }
    }

    async fn reload_jwks(&mut self) -> Option<Reloaded> {
        let jwks = self.keys.jwks.as_mut()?;
        let problem = jwks.refresh().await.err();
        Some(Reloaded {
            source: JWKS,
            problem: problem.map(|cause| format!("{JWKS} cannot be read: {cause:#}")),
        })
    }
}

#[async_trait(?Send)]
impl Reload for KeysInUse {
    async fn reload(&mut self, environment: &Environment<'_>) -> Vec<Reloaded> {
        let results = [
            self.keys.reload_secret(environment),
            self.keys.reload_public_keys(environment),
            self.reload_jwks().await,
        ];
        self.verifier.replace_keys(self.keys.all());
        results.into_iter().flatten().collect()
    }
}

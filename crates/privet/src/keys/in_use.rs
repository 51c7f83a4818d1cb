//! The keys that verify tokens at the moment, and their replacement while Privet serves.

use std::sync::Arc;

use async_trait::async_trait;
use privet_http::identity::TokenVerifier;

use crate::configuration::Environment;
use crate::configuration::keys::KeyConfiguration;
use crate::configuration::keys::jwks::JWKS;
use crate::signals::{Reload, Reloaded};

use super::gathered::Keys;
use super::jwks::Reason;

/// The keys, and the verifier that has them.
pub struct KeysInUse {
    keys: Keys,
    verifier: Arc<TokenVerifier>,
}

impl KeysInUse {
    /// Makes the verifier. With a key set, it asks for newer keys where a token names one that it does not have.
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

    /// What verifies tokens.
    pub fn verifier(&self) -> &Arc<TokenVerifier> {
        &self.verifier
    }

    /// Waits until the key set is to be fetched again; for ever where there is none.
    pub async fn due(&self) -> Reason {
        match &self.keys.jwks {
            Some(jwks) => jwks.due().await,
            None => std::future::pending().await,
        }
    }

    /// Fetches the key set again. A failure is logged there.
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

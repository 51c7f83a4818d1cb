//! What is read again while Privet serves: keys and the preferences' schema at a SIGHUP, a key set also from
//! time to time and when a token names a key that is not in it.

use std::sync::Arc;

use privet_application::{Privet, in_one_line};
use privet_http::identity::TokenVerifier;

use crate::configuration::Environment;
use crate::configuration::keys::jwks::JWKS;
use crate::configuration::preferences::{PreferencesConfiguration, SCHEMA};
use crate::keys::jwks::{Jwks, Reason};
use crate::keys::{Keys, Reread};

use super::sighup::Hangups;

/// Everything that may change without a restart, and whom to tell. It alone changes any of it.
pub struct Upkeep {
    /// When to read everything again.
    pub hangups: Hangups,
    /// The keys.
    pub keys: Keys,
    /// What verifies tokens with them.
    pub verifier: Arc<TokenVerifier>,
    /// What holds preferences to the schema.
    pub privet: Arc<Privet>,
}

impl Upkeep {
    /// Goes on for ever.
    pub async fn run(mut self) {
        loop {
            let reason = tokio::select! {
                () = self.hangups.next() => None,
                reason = due(self.keys.jwks.as_ref()) => Some(reason),
            };
            match reason {
                None => self.reread_everything().await,
                Some(reason) => self.refresh(&reason).await,
            }
        }
    }

    async fn refresh(&mut self, reason: &Reason) {
        let Some(jwks) = &mut self.keys.jwks else {
            return;
        };
        // It says by itself when it fails.
        let _ = jwks.refresh().await;
        self.verifier.replace_keys(self.keys.all());
        if let (Reason::UnknownKey, Some(jwks)) = (reason, &self.keys.jwks) {
            jwks.answer();
        }
    }

    async fn reread_everything(&mut self) {
        let environment = Environment::of_process();
        let read = [
            self.keys.reread_secret(&environment),
            self.keys.reread_public_keys(&environment),
            self.reread_jwks().await,
            self.reread_schema(&environment),
        ];
        self.verifier.replace_keys(self.keys.all());
        report(read.into_iter().flatten());
    }

    async fn reread_jwks(&mut self) -> Option<Reread> {
        let jwks = self.keys.jwks.as_mut()?;
        let problem = jwks.refresh().await.err();
        Some(Reread {
            what: JWKS,
            problem: problem.map(|cause| format!("{JWKS} cannot be read: {cause:#}")),
        })
    }

    fn reread_schema(&self, environment: &Environment) -> Option<Reread> {
        if !environment.is_set(SCHEMA) {
            return None;
        }
        let read = PreferencesConfiguration::read(environment);
        let replace = |read: PreferencesConfiguration| {
            self.privet.preferences_schema.replace(read.schema);
        };
        Some(Reread {
            what: SCHEMA,
            problem: read.map(replace).err().map(|error| error.to_string()),
        })
    }
}

async fn due(jwks: Option<&Jwks>) -> Reason {
    match jwks {
        Some(jwks) => jwks.due().await,
        None => std::future::pending().await,
    }
}

/// One line for each thing that stays as it was, and one for all that were replaced.
fn report(read: impl Iterator<Item = Reread>) {
    let mut replaced = Vec::new();
    let mut is_all_well = true;
    for Reread { what, problem } in read {
        match problem {
            None => replaced.push(what),
            Some(problem) => {
                is_all_well = false;
                let problem = in_one_line(&problem);
                tracing::error!(
                    exception.message = problem,
                    "SIGHUP: {what} stays as it was"
                );
            }
        }
    }
    if !replaced.is_empty() {
        let replaced = replaced.join(", ");
        tracing::info!("SIGHUP: read again: {replaced}");
    } else if is_all_well {
        tracing::info!("SIGHUP: nothing that is configured is read from a file or a URL");
    }
}

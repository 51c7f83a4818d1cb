//! The use cases over the configured adapters, and the tasks that run in the background for as long as Privet serves.

use std::sync::Arc;

use actix_web::rt;
use privet_application::Privet;
use privet_application::catalogue::CurrentCatalogue;

use crate::configuration::Configuration;
use crate::wiring::{self, Limiters, Redis, Store};

/// What the HTTP server asks.
pub struct Backend {
    /// The use cases.
    pub privet: Arc<Privet>,
    /// The rate limits, unless they are off.
    pub limiters: Option<Limiters>,
}

impl Backend {
    /// Puts it together, and starts its tasks.
    pub fn start(configuration: &Configuration, store: &Store, redis: Option<&Redis>) -> Self {
        let limits = configuration.limits;
        let limiters = limits.map(|limits| Limiters::new(limits, redis));
        let privet = Arc::new(wiring::assemble(
            store,
            redis,
            limiters.as_ref(),
            &Arc::new(CurrentCatalogue::new(Arc::clone(
                &configuration.catalogue.catalogue,
            ))),
            configuration.database.timeout,
        ));
        if let Some(limiters) = &limiters {
            rt::spawn(limiters.forget_idle_forever());
        }
        if let Some(redis) = redis {
            rt::spawn(redis.keep_connected());
        }
        rt::spawn(store.watch_cache());
        let accounts = privet.accounts.clone();
        rt::spawn(async move { accounts.finish_erasures_forever().await });
        // Logs at once what cannot be reached.
        let checked = Arc::clone(&privet);
        rt::spawn(async move { checked.dependencies.look().await });
        Self { privet, limiters }
    }
}

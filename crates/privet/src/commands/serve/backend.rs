//! The services with the configured adapters, and their background tasks.

use std::sync::Arc;

use actix_web::rt;
use privet_application::Privet;
use privet_application::accounts::receipts::ReceiptSigner;
use privet_application::catalogue::CurrentCatalogue;

use crate::configuration::Configuration;
use crate::wiring::{self, Limiters, Redis, Store};

/// What the HTTP server needs.
pub struct Backend {
    /// The services.
    pub privet: Arc<Privet>,
    /// The rate limits, unless they are off.
    pub limiters: Option<Limiters>,
}

impl Backend {
    /// Creates the services and starts their tasks.
    pub fn start(configuration: &Configuration, store: &Store, redis: Option<&Redis>) -> Self {
        let limits = configuration.limits;
        let limiters = limits.map(|limits| Limiters::new(limits, redis));
        let receipts = configuration.receipt_key.clone();
        let receipts = receipts.map(|key| Arc::new(key) as Arc<dyn ReceiptSigner>);
        let privet = Arc::new(wiring::assemble(
            store,
            redis,
            limiters.as_ref(),
            &Arc::new(CurrentCatalogue::new(Arc::clone(
                &configuration.catalogue.catalogue,
            ))),
            configuration.database.timeout,
            receipts,
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
        if let Some(retention) = configuration.audit_retention {
            let settings = privet.settings.clone();
            rt::spawn(async move { settings.expire_audit_entries_forever(retention).await });
        }
        start_feed(&privet, configuration, store, redis);
        // Logs an unreachable dependency at once.
        let checked = Arc::clone(&privet);
        rt::spawn(async move { checked.dependencies.look().await });
        Self { privet, limiters }
    }
}

/// Starts what tells changes, and what deletes old ones.
fn start_feed(
    privet: &Privet,
    configuration: &Configuration,
    store: &Store,
    redis: Option<&Redis>,
) {
    let signal = store.change_signal();
    if let Some(redis) = redis {
        rt::spawn(redis.share_changes(signal.clone()));
    }
    let follower = privet.changes.follower(signal);
    rt::spawn(match store {
        Store::Sqlite(..) => follower.alone().run(),
        Store::Postgres(..) => follower.run(),
    });
    let changes = privet.changes.clone();
    rt::spawn(async move { changes.announce_catalogue_forever().await });
    let changes = privet.changes.clone();
    let retention = configuration.changes_retention;
    rt::spawn(async move { changes.expire_changes_forever(retention).await });
}

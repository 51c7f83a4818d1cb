//! Creates the adapters behind the ports. The only folder that names concrete adapters.

mod limiters;
mod redis;
mod store;

pub use limiters::Limiters;
pub use redis::Redis;
pub use store::Store;

use std::sync::Arc;
use std::time::Duration;

use privet_application::accounts::AccountService;
use privet_application::accounts::erasure::Erasures;
use privet_application::accounts::receipts::ReceiptSigner;
use privet_application::administration::AdministrationService;
use privet_application::catalogue::CurrentCatalogue;
use privet_application::changes::ChangeService;
use privet_application::health::{Dependencies, Dependency};
use privet_application::relationships::{RelationshipService, RelationshipStores};
use privet_application::rules::RuleService;
use privet_application::settings::SettingsService;
use privet_application::transfer::{TransferService, TransferStores};
use privet_application::{Clock, IdSource, Privet};
use privet_http::identity::TokenVerifier;

use crate::system_clock::SystemClock;
use crate::telemetry::metrics::Registry;

use store::CACHED_USERS;

/// The services with their adapters; `timeout` is how long a request waits for the database.
pub fn assemble(
    store: &Store,
    redis: Option<&Redis>,
    limits: Option<&Limiters>,
    catalogue: &Arc<CurrentCatalogue>,
    timeout: Duration,
    receipts: Option<Arc<dyn ReceiptSigner>>,
) -> Privet {
    let ports = store.ports();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemClock);
    let redis = redis.map(|redis| Arc::clone(&redis.0) as Arc<dyn Dependency>);
    let stores = TransferStores {
        transfer: ports.transfer,
        contacts: Arc::clone(&ports.contacts),
        blocks: Arc::clone(&ports.blocks),
        exceptions: Arc::clone(&ports.exceptions),
    };
    let settings = SettingsService::new(
        ports.settings,
        ports.cache,
        ports.audit,
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let settings = match ports.recent {
        Some(recent) => settings.with_recent_rows(recent),
        None => settings,
    };
    let rules = RuleService::new(ports.decisions, Arc::clone(catalogue));
    let relationships = RelationshipService::new(
        RelationshipStores {
            contacts: ports.contacts,
            blocks: ports.blocks,
            exceptions: ports.exceptions,
            follows: ports.follows,
            tombstones: ports.tombstones,
        },
        rules.clone(),
        Arc::clone(catalogue),
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let administration = AdministrationService::new(
        settings.clone(),
        relationships.clone(),
        ports.looks,
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let erasures = Erasures::new(ports.erasure, Arc::clone(&clock), timeout);
    let erasures = match receipts {
        Some(signer) => erasures.with_receipts(signer),
        None => erasures,
    };
    let accounts = AccountService::new(
        settings.clone(),
        relationships.clone(),
        administration.clone(),
        erasures,
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let transfer = TransferService::new(
        stores,
        settings.clone(),
        relationships.clone(),
        accounts.clone(),
        Arc::clone(catalogue),
        Arc::clone(&clock),
        Arc::clone(&ids),
    );
    let changes = ChangeService::new(
        ports.changes,
        settings.clone(),
        Arc::clone(catalogue),
        Arc::clone(&clock),
    );
    Privet {
        clock,
        ids,
        catalogue: Arc::clone(catalogue),
        settings,
        relationships,
        rules,
        accounts,
        administration,
        transfer,
        changes,
        rate_limits: limits.map(Limiters::port),
        dependencies: Dependencies::new([ports.dependency].into_iter().chain(redis)),
    }
}

/// Adds gauges for caches and counters that grow with use.
pub fn watch_sizes(
    registry: &Registry,
    store: &Store,
    limiters: Option<&Limiters>,
    verifier: &Arc<TokenVerifier>,
) {
    if let Store::Sqlite(_, Some(cache)) = store {
        let cache = Arc::clone(cache);
        registry.watch(
            "privet_cached_rows",
            "Users whose rows are cached in the process (SQLite).",
            CACHED_USERS,
            move || cache.rows(),
        );
    }
    let verifier = Arc::clone(verifier);
    registry.watch(
        "privet_remembered_tokens",
        "Verified tokens in the cache.",
        TokenVerifier::MOST_REMEMBERED,
        move || verifier.remembered(),
    );
    if let Some(limiters) = limiters {
        let limiter = Arc::clone(&limiters.process);
        registry.sample_size(
            "privet_rate_limit_counters",
            "Counters in the process, of users who have used a part of their quota.",
            move || limiter.counters(),
        );
    }
}

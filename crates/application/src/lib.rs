//! The use cases, and the ports through which they reach stores, caches, clocks and rate limits. No SQL, no HTTP, no
//! concrete store.

pub mod accounts;
pub mod caller;
pub mod catalogue;
pub mod clock;
pub mod errors;
#[cfg(test)]
mod fakes;
pub mod health;
mod paging;
pub mod rate_limits;
pub mod relationships;
pub mod rules;
pub mod settings;
pub mod shared_cache;
pub mod tombstones;
pub mod user_events;

use std::sync::Arc;

pub use caller::{Caller, Scopes};
pub use clock::{Clock, IdSource};
pub use errors::{ChangeError, LoadError, StoreError, Unavailable, UnavailableReason, in_one_line};

/// The services. Made once at start-up, shared by all requests.
pub struct Privet {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identifiers.
    pub ids: Arc<dyn IdSource>,
    /// Which settings and actions there are.
    pub catalogue: Arc<catalogue::CurrentCatalogue>,
    /// Users' settings and their history.
    pub settings: settings::SettingsService,
    /// Contacts, blocks and follows.
    pub relationships: relationships::RelationshipService,
    /// What settings allow.
    pub rules: rules::RuleService,
    /// Exports and erasures.
    pub accounts: accounts::AccountService,
    /// `None` where rate limits are switched off.
    pub rate_limits: Option<rate_limits::RateLimits>,
    /// What the service depends on.
    pub dependencies: health::Dependencies,
}

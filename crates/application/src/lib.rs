//! Use cases, and their ports to stores, caches, clocks and rate limits. No SQL, no HTTP, no concrete store.

pub mod accounts;
pub mod administration;
pub mod caller;
pub mod catalogue;
pub mod changes;
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
pub mod transfer;
pub mod user_events;

use std::sync::Arc;

pub use caller::{Caller, Scopes};
pub use clock::{Clock, IdSource};
pub use errors::{ChangeError, LoadError, StoreError, Unavailable, UnavailableReason, in_one_line};

/// The services. Created once at the start, shared by all requests.
pub struct Privet {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The catalogue in force.
    pub catalogue: Arc<catalogue::CurrentCatalogue>,
    /// Settings and their history.
    pub settings: settings::SettingsService,
    /// Contacts, blocks and follows.
    pub relationships: relationships::RelationshipService,
    /// Decisions and enforcement.
    pub rules: rules::RuleService,
    /// Export and erasure.
    pub accounts: accounts::AccountService,
    /// What services do on behalf of the product's staff.
    pub administration: administration::AdministrationService,
    /// Import and export of a whole service.
    pub transfer: transfer::TransferService,
    /// The feed of changes.
    pub changes: changes::ChangeService,
    /// `None` if rate limits are off.
    pub rate_limits: Option<rate_limits::RateLimits>,
    /// The dependencies of the service.
    pub dependencies: health::Dependencies,
}

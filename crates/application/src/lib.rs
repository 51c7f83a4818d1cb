//! What Privet does: the use cases, and the ports through which they reach stores, caches, clocks and
//! rate limits. One file per feature. No SQL, no HTTP, no concrete store.

pub mod account_privacy;
pub mod audit;
pub mod blocks;
pub mod cache_epoch;
pub mod caller;
pub mod clock;
pub mod contacts;
pub mod decisions;
pub mod email_contact;
pub mod enforcement;
pub mod erasure;
pub mod errors;
pub mod export;
pub mod follows;
pub mod health;
pub mod messaging_privacy;
mod outage_log;
pub mod precondition;
pub mod preferences;
pub mod rate_limits;
pub mod relationships;
pub mod settings;
pub mod settings_cache;
pub mod shared_cache;
pub mod shared_rows;

use std::sync::Arc;

pub use caller::{Caller, Scopes};
pub use clock::{Clock, IdSource};
pub use errors::{ChangeError, LoadError, StoreError, Unavailable, UnavailableReason, in_one_line};
pub use precondition::{Precondition, Versions};
pub use relationships::RelationshipError;

/// Everything the use cases need. Made once at start-up, shared by all requests.
pub struct Privet {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identifiers.
    pub ids: Arc<dyn IdSource>,
    /// Reading and changing users' rows.
    pub settings: settings::Settings,
    /// Where audit entries are read.
    pub audit: Arc<dyn audit::AuditStore>,
    /// Whom users know.
    pub contacts: Arc<dyn contacts::ContactStore>,
    /// Whom users want nothing to do with.
    pub blocks: Arc<dyn blocks::BlockStore>,
    /// Who follows whom.
    pub follows: Arc<dyn follows::FollowStore>,
    /// What decisions are made from.
    pub decisions: Arc<dyn decisions::DecisionStore>,
    /// How users are erased.
    pub erasures: erasure::Erasures,
    /// What the preferences are held to.
    pub preferences_schema: preferences::CurrentSchema,
    /// Whose turn it is; `None` where rate limits are switched off.
    pub rate_limits: Option<rate_limits::RateLimits>,
    /// What the service works with.
    pub dependencies: health::Dependencies,
}

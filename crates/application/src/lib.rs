//! What Privet does: the use cases, and the ports through which they reach stores, caches, clocks and
//! rate limits. One file per feature. No SQL, no HTTP, no concrete store.

pub mod account_privacy;
pub mod audit;
pub mod caller;
pub mod clock;
pub mod email_contact;
pub mod errors;
pub mod health;
pub mod messaging_privacy;
pub mod precondition;
pub mod preferences;
pub mod rate_limits;
pub mod settings;
pub mod settings_cache;

use std::sync::Arc;

use privet_domain::preferences::PreferencesSchema;

pub use caller::{Caller, Scopes};
pub use clock::{Clock, IdSource};
pub use errors::{ChangeError, LoadError, StoreError};
pub use precondition::Precondition;

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
    /// What the preferences are held to.
    pub preferences_schema: Arc<PreferencesSchema>,
    /// Whose turn it is; `None` where rate limits are switched off.
    pub rate_limits: Option<Arc<dyn rate_limits::RateLimiter>>,
    /// What the service cannot work without.
    pub dependencies: Vec<Arc<dyn health::Dependency>>,
}

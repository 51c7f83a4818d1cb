//! The cache and the rate limits of a single process. It has no business rules.

mod counters;
mod rate_limits;
mod recent_rows;
mod settings_cache;
mod weight;

pub use rate_limits::GovernorRateLimiter;
pub use recent_rows::MemoryRecentRows;
pub use settings_cache::MemorySettingsCache;

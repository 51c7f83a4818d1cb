//! What one process needs of a cache and of rate limits: the single-process counterparts of adapters
//! that share them between replicas. No rules.

mod counters;
mod rate_limits;
mod recent_rows;
mod settings_cache;
mod weight;

pub use rate_limits::GovernorRateLimiter;
pub use recent_rows::MemoryRecentRows;
pub use settings_cache::MemorySettingsCache;

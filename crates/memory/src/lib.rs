//! What one process needs of a cache and of rate limits: the single-process counterparts of adapters
//! that share them between replicas. No rules.

mod counters;
mod rate_limits;
mod settings_cache;

pub use rate_limits::GovernorRateLimiter;
pub use settings_cache::MemorySettingsCache;

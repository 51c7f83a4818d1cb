//! Cache and rate limits of a single process. Must not contain rules.

mod counters;
mod rate_limits;
mod settings_cache;

pub use rate_limits::GovernorRateLimiter;
pub use settings_cache::MemorySettingsCache;

//! What the replicas of Privet share in Redis: cached rows and rate limits. Both can be missed; when they are
//! used is decided in the application.

mod address;
mod link;
mod rate_limits;
mod row_format;
mod rows;

pub use address::{InvalidUrl, key_file};
pub use link::RedisLink;
pub use rate_limits::RedisRateLimiter;
pub use rows::RedisRows;

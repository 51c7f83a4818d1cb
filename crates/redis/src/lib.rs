//! The data that replicas share in Redis: cached rows and rate limits. The application decides when they are used,
//! and works without them.

mod address;
mod link;
mod rate_limits;
mod row_format;
mod rows;

pub use address::{InvalidUrl, key_file};
pub use link::RedisLink;
pub use rate_limits::RedisRateLimiter;
pub use rows::RedisRows;

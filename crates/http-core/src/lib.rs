//! What every endpoint of Privet stands on, on actix-web: requests and answers, the three shapes of errors,
//! authentication and rate limits, metrics and the log, connections. It knows no feature.

pub mod auth;
pub mod conditional;
pub mod endpoint;
pub mod errors;
pub mod observability;
mod public_url;
pub mod request;
pub mod response;
pub mod server;

pub use public_url::PublicUrl;

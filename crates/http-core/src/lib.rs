//! What every endpoint of Privet needs, on actix-web: requests and answers, the three error formats,
//! authentication and rate limits, metrics and log, connections. Must not contain a feature.

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

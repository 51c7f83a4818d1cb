//! Privet over HTTP, on actix-web: routes, extractors, bodies, the three error shapes, authentication,
//! rate limits and the OpenAPI document. Rules and SQL live elsewhere.

mod account_privacy;
mod admission;
mod audit;
mod body;
mod client_address;
mod conditional;
mod cross_origin;
mod cursor;
mod email_contact;
mod envelope;
mod errors;
mod failed_authentication;
pub mod identity;
mod messaging_privacy;
mod observation;
pub mod openapi;
mod operations;
mod preferences;
mod rate_limits;
mod request_id;
mod routes;
mod server;
mod swagger_ui;

pub use server::{HttpConfig, serve};

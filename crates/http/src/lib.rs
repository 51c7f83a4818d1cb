//! Privet over HTTP, on actix-web: routes, extractors, bodies, the three error shapes, authentication,
//! rate limits and the OpenAPI document. Rules and SQL live elsewhere.

mod account_privacy;
mod admission;
mod answer_headers;
mod answers;
mod audit;
mod authzen;
mod blocks;
mod body;
mod broken_connections;
mod client_address;
mod conditional;
mod connection;
mod contacts;
mod cross_origin;
mod cursor;
mod decisions;
mod email_contact;
mod enforcement;
mod envelope;
mod erased_users;
mod erasure;
mod errors;
mod expectation;
mod export;
mod failed_authentication;
mod follows;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod host;
pub mod identity;
mod members;
mod messaging_privacy;
mod metrics;
mod metrics_server;
mod observation;
pub mod openapi;
mod operations;
mod parameters;
mod preferences;
mod rate_limits;
mod request_id;
mod routes;
mod scopes;
mod server;
mod shutdown;
mod static_answers;
mod swagger_ui;
mod trace_context;
mod unread_body;
mod upgrade;

pub use metrics::Metrics;
pub use metrics_server::serve_metrics;
pub use observation::{RequestSpan, SpanSink};
pub use server::{HttpConfig, serve};
pub use trace_context::{Parent, SpanId, TraceContext, TraceId};

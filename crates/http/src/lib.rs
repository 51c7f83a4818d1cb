//! The HTTP API of Privet: the endpoints of every feature, the OpenAPI document, and the server. What all
//! endpoints need is in `privet-http-core`. Must not contain rules or SQL.

mod features;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod import;
mod openapi;
mod pages;
mod routes;
mod schemas;
mod serve;

pub use pages::people::PagesConfig;
pub use privet_http_core::PublicUrl;
pub use privet_http_core::auth::identity;
pub use privet_http_core::observability::metrics::Metrics;
pub use privet_http_core::observability::observation::{RequestSpan, SpanSink};
pub use privet_http_core::request::lines;
pub use privet_http_core::request::trace_context::{Parent, SpanId, TraceContext, TraceId};
pub use serve::metrics_server::serve_metrics;
pub use serve::{HttpConfig, openapi_document, serve};

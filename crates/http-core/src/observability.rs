//! Observability of requests: metrics, log and spans.

pub mod metrics;
pub mod observation;

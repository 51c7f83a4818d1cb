//! What operators see of requests: metrics, the log and spans.

pub mod metrics;
pub mod observation;

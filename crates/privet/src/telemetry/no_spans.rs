//! Replaces the export of spans in a build without the feature `opentelemetry`. Does nothing.

use std::sync::Arc;

use privet_http::SpanSink;

use super::collector;

/// Spans that are never sent.
pub enum Spans {}

impl Spans {
    /// There are none.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "with the feature it can fail, and callers are the same"
    )]
    pub fn start() -> anyhow::Result<Option<Self>> {
        Ok(None)
    }

    /// Logs a warning if spans are configured.
    pub fn log(_spans: Option<&Self>) {
        if collector::is_named() {
            tracing::warn!("OTEL_EXPORTER_OTLP_ENDPOINT is set, but this build exports no spans");
        }
    }

    /// The receiver of spans: none.
    pub fn sink(&self) -> Arc<dyn SpanSink> {
        match *self {}
    }
}

//! The collector of OpenTelemetry that the environment names.

/// Whether the environment names a collector for spans. Not among Privet's own variables: these are the
/// OpenTelemetry specification's, and set for a whole machine as a rule.
pub fn is_named() -> bool {
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ]
    .into_iter()
    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

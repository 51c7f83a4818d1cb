//! The OpenTelemetry collector in the environment.

/// Whether the environment names a collector for spans. These are not Privet's own variables but those of the
/// OpenTelemetry specification, which are usually set for a whole machine.
pub fn is_named() -> bool {
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ]
    .into_iter()
    .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

//! Requests as OpenTelemetry spans, sent to a collector in the background (OTLP over HTTP). Configured by the
//! variables of the OpenTelemetry specification, most of which the SDK reads itself.

use std::cell::Cell;
use std::env;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, KeyValue, SpanId, TraceId};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{IdGenerator, SdkTracer, SdkTracerProvider};
use privet_application::Clock;
use privet_http::{Parent, RequestSpan, SpanSink, TraceContext};

use crate::system_clock::SystemClock;

use super::collector;

/// How long the end of the process waits for unsent spans.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends spans. When it is dropped, it sends the queued ones and ends.
pub struct Spans {
    provider: SdkTracerProvider,
    sink: Arc<Sender>,
}

impl Spans {
    /// Begins to send to the collector in the environment; `None` if there is none.
    pub fn start() -> anyhow::Result<Option<Self>> {
        let is_disabled = env::var("OTEL_SDK_DISABLED").is_ok_and(|value| value == "true");
        if is_disabled || !collector::is_named() {
            return Ok(None);
        }
        let exporter = SpanExporter::builder().with_http().build();
        let exporter = exporter.context("cannot send spans (OTEL_EXPORTER_OTLP_ENDPOINT)")?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_id_generator(GivenIds)
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("privet");
        Ok(Some(Self {
            provider,
            sink: Arc::new(Sender { tracer }),
        }))
    }

    /// Logs whether spans are sent.
    pub fn log(spans: Option<&Self>) {
        if spans.is_some() {
            tracing::info!("spans go to an OpenTelemetry collector");
        }
    }

    /// The receiver of spans.
    pub fn sink(&self) -> Arc<dyn SpanSink> {
        Arc::clone(&self.sink) as _
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        // Spans that the collector does not accept by then are lost.
        let _ = self.provider.shutdown_with_timeout(TIMEOUT);
    }
}

fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    let is_named = env::var_os("OTEL_SERVICE_NAME").is_some()
        || env::var("OTEL_RESOURCE_ATTRIBUTES").is_ok_and(|all| all.contains("service.name="));
    if is_named {
        resource.build()
    } else {
        resource.with_service_name("privet").build()
    }
}

struct Sender {
    tracer: SdkTracer,
}

impl SpanSink for Sender {
    fn record(&self, span: &RequestSpan<'_>) {
        let ended = SystemTime::UNIX_EPOCH
            + Duration::from_micros(u64::try_from(SystemClock.now().as_micros()).unwrap_or(0));
        let parent = span.context.parent.map(|parent| remote(span, parent));
        let parent = parent.map_or_else(Context::new, |parent| {
            Context::new().with_remote_span_context(parent)
        });
        GIVEN.set(Some(span.context));
        let builder = SpanBuilder::from_name(name(span))
            .with_kind(SpanKind::Server)
            .with_start_time(ended.checked_sub(span.duration).unwrap_or(ended))
            .with_attributes(attributes(span));
        let mut recorded = self.tracer.build_with_context(builder, &parent);
        GIVEN.set(None);
        if let Some(error_type) = span.error_type {
            recorded.set_attribute(KeyValue::new("error.type", error_type.to_owned()));
            recorded.set_status(Status::error(""));
        }
        recorded.end_with_timestamp(ended);
    }
}

fn remote(span: &RequestSpan<'_>, parent: Parent) -> SpanContext {
    let flags = if parent.is_sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    // An invalid one is dropped, as the standard requires; the trace continues.
    let state = span.tracestate.parse::<TraceState>().unwrap_or_default();
    let trace_id = TraceId::from(span.context.trace_id.0);
    SpanContext::new(trace_id, SpanId::from(parent.span_id.0), flags, true, state)
}

/// By the semantic conventions for HTTP servers: method and route, or only the method.
fn name(span: &RequestSpan<'_>) -> String {
    let method = if span.method == "other" {
        "HTTP"
    } else {
        span.method
    };
    match span.route {
        None => method.to_owned(),
        Some(route) => format!("{method} {route}"),
    }
}

/// Neither the path nor the client's address, because they can identify people.
fn attributes(span: &RequestSpan<'_>) -> Vec<KeyValue> {
    let method = if span.method == "other" {
        "_OTHER"
    } else {
        span.method
    };
    let mut attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.response.status_code", i64::from(span.status)),
        KeyValue::new("request.id", span.request_id.to_owned()),
    ];
    attributes.extend(span.route.map(|route| KeyValue::new("http.route", route)));
    attributes
}

thread_local! {
    /// The ids of the span that this thread is creating.
    static GIVEN: Cell<Option<TraceContext>> = const { Cell::new(None) };
}

/// The ids that are already in the log, instead of new ones.
#[derive(Debug)]
struct GivenIds;

impl IdGenerator for GivenIds {
    fn new_trace_id(&self) -> TraceId {
        let given = GIVEN.get().map(|context| TraceId::from(context.trace_id.0));
        given.unwrap_or(TraceId::INVALID)
    }

    fn new_span_id(&self) -> SpanId {
        let given = GIVEN.get().map(|context| SpanId::from(context.span_id.0));
        given.unwrap_or(SpanId::INVALID)
    }
}

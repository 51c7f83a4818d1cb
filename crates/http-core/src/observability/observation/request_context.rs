//! A request from its beginning to its answer, with one log line and one count in the metrics. A request whose
//! client disconnected is logged too, because its change may have been made.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use privet_application::{StoreError, UnavailableReason};
use privet_domain::RequestId;

use super::{Observing, RequestSpan, api_error};
use crate::errors::ApiError;
use crate::observability::metrics::{NO_ROUTE, OTHER_METHOD, Route, method_name};
use crate::request::request_id::{X_REQUEST_ID, take_or_make};
use crate::request::trace_context::{TraceContext, tracestate};

/// The status of a request without an answer, as in nginx: "client closed request".
const BROKEN_OFF: u16 = 499;

/// The `error.type` of failures whose cause has no type.
const INTERNAL: &str = "internal";

/// Stored in the extensions of a request until it is answered. The framework drops it when the client disconnects.
pub struct RequestContext {
    /// The request id.
    pub id: RequestId,
    observing: Rc<Observing>,
    trace: Option<TraceContext>,
    begun: Instant,
    method: &'static str,
    route: Option<Route>,
    is_answered: bool,
}

impl RequestContext {
    pub(super) fn begin(observing: Rc<Observing>, request: &ServiceRequest) -> Self {
        let begun = Instant::now();
        let ids = observing.privet.ids.as_ref();
        Self {
            id: take_or_make(request, ids),
            trace: TraceContext::of(request, ids, observing.spans.is_some()),
            begun,
            method: method_name(request.method()),
            route: None,
            is_answered: false,
            observing,
        }
    }

    /// Records the route of the request.
    pub fn take_route(context: &GuardContext<'_>, route: &Route) {
        if let Some(request_context) = context.req_data_mut().get_mut::<Self>() {
            request_context.route = Some(route.clone());
        }
    }

    pub(super) fn answered(
        mut self,
        mut response: ServiceResponse,
        error_type: Option<&'static str>,
    ) -> ServiceResponse {
        self.is_answered = true;
        if let Ok(value) = HeaderValue::from_str(self.id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        let status = response.status();
        let error_type = error_type.or(status.is_server_error().then_some(status.as_str()));
        let duration = self.begun.elapsed();
        self.log_answer(status, error_type, duration);
        self.count(status, error_type, duration, || {
            tracestate(response.request().headers())
        });
        for (reason, suppressed) in self.observing.failures.overdue(self.begun) {
            let error_type = reason.error_type();
            tracing::warn!(
                error.type = error_type,
                suppressed,
                "further requests were refused: {reason}"
            );
        }
        response
    }

    // No user id, not even hashed: otherwise the log would show which requests come from the same user. Audit
    // entries contain the request id, which leads from the log to the user of a change.
    fn log_answer(&self, status: StatusCode, error_type: Option<&str>, duration: Duration) {
        // Health checks come every few seconds and are only interesting when they fail.
        if self.is_probe() {
            tracing::debug!(
                request.id = self.id.as_str(),
                http.request.method = semantic_method(self.method),
                http.route = self.matched(),
                http.response.status_code = status.as_u16(),
                error.type = error_type,
                duration_us = in_micros(duration),
                "answered a health check"
            );
            return;
        }
        tracing::info!(
            request.id = self.id.as_str(),
            http.request.method = semantic_method(self.method),
            http.route = self.matched(),
            http.response.status_code = status.as_u16(),
            error.type = error_type,
            duration_us = in_micros(duration),
            trace_id = self.trace.map(|trace| display(trace.trace_id)),
            span_id = self.trace.map(|trace| display(trace.span_id)),
            "answered a request"
        );
    }

    fn broken_off(&self) {
        let duration = self.begun.elapsed();
        tracing::info!(
            request.id = self.id.as_str(),
            http.request.method = semantic_method(self.method),
            http.route = self.matched(),
            http.response.status_code = BROKEN_OFF,
            duration_us = in_micros(duration),
            trace_id = self.trace.map(|trace| display(trace.trace_id)),
            span_id = self.trace.map(|trace| display(trace.span_id)),
            "a client disconnected before the answer"
        );
        if let Ok(status) = StatusCode::from_u16(BROKEN_OFF) {
            self.count(status, None, duration, String::new);
        }
    }

    /// Logs why a request was answered 500 or 503, and returns the kind of failure.
    pub(super) fn log_failure(&self, response: &ServiceResponse) -> Option<&'static str> {
        match api_error(response)? {
            ApiError::Store(error) => match error.reason() {
                Some(reason) => self.log_refusal(reason, error),
                None => self.log_internal(error.error_type(), Some(error)),
            },
            ApiError::Failed(cause) => self.log_internal(INTERNAL, Some(cause)),
            ApiError::Internal => self.log_internal(INTERNAL, None),
            _ => return None,
        }
        .into()
    }

    fn log_refusal(&self, reason: UnavailableReason, error: &StoreError) -> &'static str {
        if let Some(suppressed) = self.observing.failures.begin_line(reason, Instant::now()) {
            tracing::warn!(
                request.id = self.id.as_str(),
                http.request.method = semantic_method(self.method),
                http.route = self.matched(),
                error.type = reason.error_type(),
                exception.message = %error,
                suppressed = (suppressed > 0).then_some(suppressed),
                trace_id = self.trace.map(|trace| display(trace.trace_id)),
                span_id = self.trace.map(|trace| display(trace.span_id)),
                "a request was refused: {reason}"
            );
        }
        reason.error_type()
    }

    fn log_internal(
        &self,
        error_type: &'static str,
        cause: Option<&dyn fmt::Display>,
    ) -> &'static str {
        tracing::error!(
            request.id = self.id.as_str(),
            http.request.method = semantic_method(self.method),
            http.route = self.matched(),
            error.type = error_type,
            exception.message = cause.map(display),
            trace_id = self.trace.map(|trace| display(trace.trace_id)),
            span_id = self.trace.map(|trace| display(trace.span_id)),
            "a request failed"
        );
        error_type
    }

    fn count(
        &self,
        status: StatusCode,
        error_type: Option<&str>,
        duration: Duration,
        tracestate: impl Fn() -> String,
    ) {
        let route = self.route();
        route.count(self.method, status, duration);
        if let (Some(spans), Some(context)) = (&self.observing.spans, self.trace) {
            spans.record(&RequestSpan {
                context,
                tracestate: &tracestate(),
                method: self.method,
                route: self.matched(),
                status: status.as_u16(),
                error_type,
                request_id: self.id.as_str(),
                duration,
            });
        }
    }

    fn is_probe(&self) -> bool {
        self.route().path.starts_with("/health/")
    }

    /// The route, if the path is known.
    fn matched(&self) -> Option<&'static str> {
        let path = self.route().path;
        (path != NO_ROUTE).then_some(path)
    }

    fn route(&self) -> &Route {
        self.route.as_ref().unwrap_or(&self.observing.nowhere)
    }
}

impl Drop for RequestContext {
    fn drop(&mut self) {
        if !self.is_answered {
            self.broken_off();
        }
    }
}

/// The method as in the semantic conventions of OpenTelemetry: `_OTHER` for an unknown one.
pub fn semantic_method(method: &'static str) -> &'static str {
    if method == OTHER_METHOD {
        "_OTHER"
    } else {
        method
    }
}

fn in_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

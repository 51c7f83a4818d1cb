//! A request from its beginning to its answer, and the one line each that the log and the metrics get of it:
//! also where nobody waits for the answer any more, since what was asked for may have been done.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use privet_domain::RequestId;

use super::{Observing, RequestSpan};
use crate::metrics::{NO_ROUTE, Route, method_name};
use crate::request_id::{X_REQUEST_ID, take_or_make};
use crate::trace_context::{TraceContext, tracestate};

/// The status of a request without an answer, as nginx has it: "client closed request".
const BROKEN_OFF: u16 = 499;

/// Stands in the extensions of a request until that is answered. The framework drops both when the client
/// goes away before.
pub struct Unanswered {
    /// The request's id.
    pub id: RequestId,
    observing: Rc<Observing>,
    trace: Option<TraceContext>,
    begun: Instant,
    method: &'static str,
    route: Option<Route>,
    is_answered: bool,
}

impl Unanswered {
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

    /// Takes down which route the request has come to.
    pub fn take_route(context: &GuardContext<'_>, route: &Route) {
        if let Some(unanswered) = context.req_data_mut().get_mut::<Self>() {
            unanswered.route = Some(route.clone());
        }
    }

    pub(super) fn answered(mut self, mut response: ServiceResponse) -> ServiceResponse {
        self.is_answered = true;
        if let Ok(value) = HeaderValue::from_str(self.id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        let duration = self.begun.elapsed();
        // No user id, not even a hash of one: whoever has the log would know who asked again. With a change
        // the request's id is on record, and leads from the log to whose it was.
        tracing::info!(
            request.id = self.id.as_str(),
            http.method = self.method,
            http.route = self.route().path,
            http.status = response.status().as_u16(),
            duration_us = in_micros(duration),
            trace_id = self.trace.map(|trace| display(trace.trace_id)),
            span_id = self.trace.map(|trace| display(trace.span_id)),
            "answered a request"
        );
        self.count(response.status(), duration, || {
            tracestate(response.request().headers())
        });
        response
    }

    fn broken_off(&self) {
        let duration = self.begun.elapsed();
        tracing::info!(
            request.id = self.id.as_str(),
            http.method = self.method,
            http.route = self.route().path,
            http.status = BROKEN_OFF,
            duration_us = in_micros(duration),
            trace_id = self.trace.map(|trace| display(trace.trace_id)),
            span_id = self.trace.map(|trace| display(trace.span_id)),
            "a request was broken off before its answer"
        );
        if let Ok(status) = StatusCode::from_u16(BROKEN_OFF) {
            self.count(status, duration, String::new);
        }
    }

    fn count(&self, status: StatusCode, duration: Duration, tracestate: impl Fn() -> String) {
        let route = self.route();
        route.count(self.method, status, duration);
        if let (Some(spans), Some(context)) = (&self.observing.spans, self.trace) {
            spans.record(&RequestSpan {
                context,
                tracestate: &tracestate(),
                method: self.method,
                route: (route.path != NO_ROUTE).then_some(route.path),
                status: status.as_u16(),
                request_id: self.id.as_str(),
                duration,
            });
        }
    }

    fn route(&self) -> &Route {
        self.route.as_ref().unwrap_or(&self.observing.nowhere)
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if !self.is_answered {
            self.broken_off();
        }
    }
}

fn in_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

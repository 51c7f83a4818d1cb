//! The outermost middleware: gives every request its id, every error its family's shape, and the log
//! and the metrics one line each.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use privet_application::Privet;
use privet_domain::RequestId;

use crate::errors::{self, ApiError};
use crate::metrics::{Metrics, NO_ROUTE, Refusals, Route, UnderWay, method_name};
use crate::request_id::{X_REQUEST_ID, take_or_make};
use crate::trace_context::{TraceContext, tracestate};
use crate::{unread_body, upgrade};

/// Where the requests that were answered are told, besides the log.
pub trait SpanSink: Send + Sync {
    /// Takes a request that was just answered. MUST NOT wait for anything.
    fn record(&self, span: &RequestSpan<'_>);
}

/// A request that was answered, as a part of its trace.
pub struct RequestSpan<'a> {
    /// The trace, and which part of it this is.
    pub context: TraceContext,
    /// What the systems on the way added to the trace, as it came; empty where there is nothing.
    pub tracestate: &'a str,
    /// The method, of a closed list.
    pub method: &'static str,
    /// The canonical form of the path that was matched, without what its parameters are; `None` where it
    /// leads nowhere.
    pub route: Option<&'static str>,
    /// The answer's status.
    pub status: u16,
    /// The request's id.
    pub request_id: &'a str,
    /// How long it took.
    pub duration: Duration,
}

/// What one worker observes its requests with. Cloning it is cheap.
#[derive(Clone)]
pub struct Observer(Rc<Observing>);

struct Observing {
    privet: Arc<Privet>,
    under_way: UnderWay,
    refusals: Refusals,
    nowhere: Route,
    spans: Option<Arc<dyn SpanSink>>,
}

impl Observer {
    /// For a worker of a server that counts by `metrics`.
    pub fn new(privet: Arc<Privet>, metrics: &Metrics, spans: Option<Arc<dyn SpanSink>>) -> Self {
        Self(Rc::new(Observing {
            privet,
            under_way: metrics.worker(),
            refusals: Refusals::new(),
            nowhere: Route::new(NO_ROUTE),
            spans,
        }))
    }
}

impl FromRequest for Observer {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let observer = request.app_data::<Self>().cloned();
        ready(observer.ok_or_else(|| ApiError::Internal.into()))
    }
}

/// Observes one request, from when its head is read until that of the answer stands.
pub async fn observe<B: MessageBody + 'static>(
    Observer(observing): Observer,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    upgrade::ignore(&mut request);
    let _under_way = observing.under_way.begin();
    let ids = observing.privet.ids.as_ref();
    let id = take_or_make(&request, ids);
    let trace = TraceContext::of(&request, ids, observing.spans.is_some());
    request.extensions_mut().insert(id.clone());
    // Every failure within is an answer already; the framework passes no error this far.
    let response = next.call(request).await?.map_into_boxed_body();
    let mut response = observing.shaped(response);
    upgrade::decline(&mut response);
    Ok(observing.recorded(response, &id, trace, begun.elapsed()))
}

impl Observing {
    fn shaped(&self, response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let framework = ApiError::Framework(status);
        let error = response
            .response()
            .error()
            .and_then(|error| error.as_error::<ApiError>())
            .unwrap_or(&framework);
        self.refusals.count(error);
        // Decoded, as the routes see it: however a path is spelt, its errors keep their shape.
        let path = response.request().match_info().as_str();
        let mut answer = errors::render(path, error, self.privet.clock.now());
        for (name, value) in response.headers() {
            if !answer.headers().contains_key(name) {
                answer.headers_mut().append(name.clone(), value.clone());
            }
        }
        unread_body::keep(response.into_response(answer))
    }

    fn recorded(
        &self,
        mut response: ServiceResponse,
        id: &RequestId,
        trace: Option<TraceContext>,
        duration: Duration,
    ) -> ServiceResponse {
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        let request = response.request();
        let route = request.app_data::<Route>().unwrap_or(&self.nowhere);
        let method = method_name(request.method());
        // No user id, not even a hash of one: whoever has the log would know who asked again. With a change
        // the request's id is on record, and leads from the log to whose it was.
        tracing::info!(
            request.id = id.as_str(),
            http.method = method,
            http.route = route.path,
            http.status = response.status().as_u16(),
            duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX),
            trace_id = trace.map(|trace| display(trace.trace_id)),
            span_id = trace.map(|trace| display(trace.span_id)),
            "answered a request"
        );
        route.count(method, response.status(), duration);
        if let (Some(spans), Some(context)) = (&self.spans, trace) {
            spans.record(&RequestSpan {
                context,
                tracestate: &tracestate(request.headers()),
                method,
                route: (route.path != NO_ROUTE).then_some(route.path),
                status: response.status().as_u16(),
                request_id: id.as_str(),
                duration,
            });
        }
        response
    }
}

/// The answer at a path that leads nowhere.
pub async fn nothing_here() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}

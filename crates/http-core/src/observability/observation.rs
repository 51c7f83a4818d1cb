//! The outermost middleware: gives every request its id and renders every error in the format of its family. Log
//! and metrics of a request are in `unanswered`.

mod failure_log;
mod request_context;

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::CorsError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse};
use privet_application::Privet;

use crate::errors::{self, ApiError};
use crate::observability::metrics::{Metrics, NO_ROUTE, Refusals, Route, UnderWay};
use crate::request::trace_context::TraceContext;
use crate::request::{host, unread_body};
use crate::server::Shutdown;
use crate::server::{cross_origin, upgrade};

pub use failure_log::FailureLog;
pub use request_context::RequestContext;

/// A receiver of finished requests, besides the log.
pub trait SpanSink: Send + Sync {
    /// Takes a request that was answered or whose client disconnected. MUST NOT block.
    fn record(&self, span: &RequestSpan<'_>);
}

/// A finished request as a part of its trace.
pub struct RequestSpan<'a> {
    /// The trace and the id of this part.
    pub context: TraceContext,
    /// `tracestate` as received; empty if there is none, or if the client disconnected.
    pub tracestate: &'a str,
    /// The method, from a closed set.
    pub method: &'static str,
    /// The canonical form of the matched path, without values of parameters; `None` if the path is unknown.
    pub route: Option<&'static str>,
    /// The status of the answer; 499 without an answer.
    pub status: u16,
    /// The kind of failure of a 5xx: the value of `error.type`.
    pub error_type: Option<&'a str>,
    /// The request id.
    pub request_id: &'a str,
    /// The duration.
    pub duration: Duration,
}

/// What a worker needs to observe requests. Cloning is cheap.
#[derive(Clone)]
pub struct Observer(Rc<Observing>);

struct Observing {
    privet: Arc<Privet>,
    under_way: UnderWay,
    refusals: Refusals,
    nowhere: Route,
    spans: Option<Arc<dyn SpanSink>>,
    failures: Arc<FailureLog>,
    shutdown: Option<Shutdown>,
}

impl Observer {
    /// For the single worker of a server that uses `metrics` and does not share connections.
    pub fn new(privet: Arc<Privet>, metrics: &Metrics, spans: Option<Arc<dyn SpanSink>>) -> Self {
        Self::sharing(
            privet,
            metrics,
            spans,
            Arc::new(FailureLog::default()),
            None,
        )
    }

    /// For a worker of a server that uses `metrics`. All its workers share the rest.
    pub fn sharing(
        privet: Arc<Privet>,
        metrics: &Metrics,
        spans: Option<Arc<dyn SpanSink>>,
        failures: Arc<FailureLog>,
        shutdown: Option<Shutdown>,
    ) -> Self {
        Self(Rc::new(Observing {
            privet,
            under_way: metrics.worker(),
            refusals: Refusals::new(),
            nowhere: Route::new(NO_ROUTE),
            spans,
            failures,
            shutdown,
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

/// Observes one request, from its head to the head of its answer.
pub async fn observe<B: MessageBody + 'static>(
    Observer(observing): Observer,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    upgrade::ignore(&mut request);
    let _under_way = observing.under_way.begin();
    let request_context = RequestContext::begin(Rc::clone(&observing), &request);
    request.extensions_mut().insert(request_context);
    // Every inner failure is already an answer, so the framework passes on no error.
    let response = if host::is_valid(request.headers()) {
        next.call(request).await?.map_into_boxed_body()
    } else {
        let refusal = "Host must be a name or an address, with or without a port.";
        request.error_response(ApiError::Malformed(refusal.to_owned()))
    };
    let request_context = response
        .request()
        .extensions_mut()
        .remove::<RequestContext>();
    let error_type = request_context
        .as_ref()
        .and_then(|request_context| request_context.log_failure(&response));
    let mut response = observing.shaped(response);
    upgrade::decline(&mut response);
    if observing.shutdown.as_ref().is_some_and(Shutdown::has_begun) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(match request_context {
        Some(request_context) => request_context.answered(response, error_type),
        None => response,
    })
}

impl Observing {
    fn shaped(&self, response: ServiceResponse) -> ServiceResponse {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return response;
        }
        let cause = response.response().error();
        let other = match cause.and_then(|error| error.as_error::<CorsError>()) {
            Some(error) => cross_origin::refusal(error, response.request().headers()),
            None => ApiError::Framework(status),
        };
        let error = api_error(&response).unwrap_or(&other);
        self.refusals.count(error);
        // Decoded, as the routes see it, so that the spelling of a path does not change the error format.
        let path = response.request().match_info().as_str();
        let method = response.request().method();
        let mut answer = errors::render(method, path, error, self.privet.clock.now());
        for (name, value) in response.headers() {
            if !answer.headers().contains_key(name) {
                answer.headers_mut().append(name.clone(), value.clone());
            }
        }
        unread_body::keep(response.into_response(answer))
    }
}

/// The error of a response.
fn api_error(response: &ServiceResponse) -> Option<&ApiError> {
    let error = response.response().error()?;
    error.as_error::<ApiError>()
}

/// The answer to an unknown path.
pub fn nothing_here() -> Ready<Result<HttpResponse, ApiError>> {
    ready(Err(ApiError::NotFound))
}

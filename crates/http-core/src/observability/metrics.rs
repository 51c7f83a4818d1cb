//! Metrics of requests. Each worker looks up its series once and keeps them, because a lookup by name and labels
//! takes longer than all counting of a request.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use privet_application::rate_limits::Limit;

use crate::errors::{ApiError, Unauthenticated};
use crate::response::rate_limits::{CONCURRENT, STREAMS};

const REQUESTS: &str = "privet_http_requests_total";
const DURATION: &str = "privet_http_request_duration_seconds";
const UNDER_WAY: &str = "privet_http_requests_in_flight";
const REFUSALS: &str = "privet_rate_limit_refusals_total";
const UNAUTHENTICATED: &str = "privet_authentication_failures_total";

/// The route of unknown paths.
pub const NO_ROUTE: &str = "(none)";

/// The metrics of the process as text, and the number of requests in progress.
#[derive(Clone)]
pub struct Metrics {
    render: Arc<dyn Fn() -> String + Send + Sync>,
    workers: Arc<Mutex<Vec<UnderWay>>>,
    in_flight: Gauge,
}

impl Metrics {
    /// The text of `render`, in the Prometheus format. A recorder must have been installed before.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        describe_counter!(
            REQUESTS,
            "Requests by method, route and status; 499 if the client disconnected before the answer."
        );
        describe_histogram!(
            DURATION,
            "Time from the head of a request to the head of its answer, in seconds, by method and route."
        );
        describe_gauge!(UNDER_WAY, "Requests in progress.");
        describe_counter!(REFUSALS, "Requests refused with 429, by limit.");
        describe_counter!(
            UNAUTHENTICATED,
            "Requests refused with 401: missing, expired or invalid token, or the token of an erased account."
        );
        Self {
            render: Arc::new(render),
            workers: Arc::default(),
            in_flight: gauge!(UNDER_WAY),
        }
    }

    /// The number of requests in progress of one worker.
    pub fn worker(&self) -> UnderWay {
        let worker = UnderWay::default();
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.push(worker.clone());
        worker
    }

    /// The metrics of a process.
    pub fn render(&self) -> String {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let under_way: usize = workers.iter().map(UnderWay::count).sum();
        drop(workers);
        self.in_flight
            .set(f64::from(u32::try_from(under_way).unwrap_or(u32::MAX)));
        (self.render)()
    }
}

/// The counter of requests in progress of one worker.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    /// Counts a request until the returned value is dropped, also if the client disconnects.
    #[must_use]
    pub fn begin(&self) -> BegunRequest<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        BegunRequest(&self.0)
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A request in progress, for as long as this value lives.
pub struct BegunRequest<'a>(&'a AtomicUsize);

impl Drop for BegunRequest<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A route: the canonical form of its path, and its series in one worker.
#[derive(Clone)]
pub struct Route {
    /// The path, with names of parameters instead of values.
    pub path: &'static str,
    methods: Rc<RefCell<Vec<MethodSeries>>>,
}

struct MethodSeries {
    method: &'static str,
    duration: Histogram,
    statuses: Vec<(StatusCode, Counter)>,
}

impl Route {
    /// The route of this path.
    #[must_use]
    pub fn new(path: &'static str) -> Self {
        Self {
            path,
            methods: Rc::default(),
        }
    }

    /// Counts a finished request. Methods and routes are from closed sets, so the number of series is bounded.
    pub fn count(&self, method: &'static str, status: StatusCode, duration: Duration) {
        let mut methods = self.methods.borrow_mut();
        let known = methods.iter().position(|series| series.method == method);
        let position = known.unwrap_or_else(|| {
            methods.push(MethodSeries::new(method, self.path));
            methods.len() - 1
        });
        if let Some(series) = methods.get_mut(position) {
            series.duration.record(duration);
            series.count(status, self.path);
        }
    }
}

impl MethodSeries {
    fn new(method: &'static str, path: &'static str) -> Self {
        Self {
            method,
            duration: histogram!(DURATION, "method" => method, "route" => path),
            statuses: Vec::new(),
        }
    }

    fn count(&mut self, status: StatusCode, path: &'static str) {
        let known = self.statuses.iter().find(|(known, _)| *known == status);
        if let Some((_, counter)) = known {
            counter.increment(1);
            return;
        }
        let text = status.as_str().to_owned();
        let counter =
            counter!(REQUESTS, "method" => self.method, "route" => path, "status" => text);
        counter.increment(1);
        self.statuses.push((status, counter));
    }
}

/// The label of an unknown method.
pub const OTHER_METHOD: &str = "other";

/// The name of the method in labels. An unknown method gets a fixed name, because clients choose it.
#[must_use]
pub fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => OTHER_METHOD,
    }
}

/// Counters of refusals by reason.
pub(crate) struct Refusals {
    limits: Vec<(Limit, Counter)>,
    concurrent: Counter,
    streams: Counter,
    unauthenticated: Vec<(Unauthenticated, Counter)>,
}

impl Refusals {
    /// New counters.
    #[must_use]
    pub fn new() -> Self {
        let limited = |limit: Limit| (limit, counter!(REFUSALS, "limit" => limit.name()));
        let reasons = [
            (Unauthenticated::Missing, "missing"),
            (Unauthenticated::Expired, "expired"),
            (Unauthenticated::Invalid, "invalid"),
            (Unauthenticated::Erased, "erased"),
        ];
        let failed = |(why, reason)| (why, counter!(UNAUTHENTICATED, "reason" => reason));
        Self {
            limits: Limit::ALL.map(limited).to_vec(),
            concurrent: counter!(REFUSALS, "limit" => CONCURRENT),
            streams: counter!(REFUSALS, "limit" => STREAMS),
            unauthenticated: reasons.map(failed).to_vec(),
        }
    }

    /// Counts an error if it is one of these.
    pub fn count(&self, error: &ApiError) {
        let counter = match error {
            ApiError::RateLimited(refusal) => find(&self.limits, refusal.limit),
            ApiError::TooManyAtOnce => Some(&self.concurrent),
            ApiError::TooManyStreams => Some(&self.streams),
            ApiError::Unauthenticated(why) => find(&self.unauthenticated, *why),
            _ => None,
        };
        if let Some(counter) = counter {
            counter.increment(1);
        }
    }
}

fn find<K: Copy + PartialEq>(counters: &[(K, Counter)], key: K) -> Option<&Counter> {
    let found = counters.iter().find(|(known, _)| *known == key);
    found.map(|(_, counter)| counter)
}

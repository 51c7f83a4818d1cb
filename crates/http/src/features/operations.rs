//! What operators and their tools ask for: health, metrics and the OpenAPI document.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use privet_application::Privet;
use privet_application::health::{Availability, DependencyState};
use privet_http_core::endpoint::Path;
use privet_http_core::errors::ApiError;
use privet_http_core::observability::metrics::Metrics;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::openapi::OpenApiText;
use crate::schemas::{DependencyStateSchema, HealthStatusSchema};

/// The state of the process or of what it needs.
#[derive(Serialize, ToSchema)]
pub struct HealthResponse {
    /// `live`, `ready`, or `degraded` where Redis is away or the database takes no changes.
    #[schema(value_type = HealthStatusSchema)]
    status: &'static str,
    /// Each dependency by its name: `up`, `away`, or why the database takes no changes: `read-only`, `disk-full` or
    /// `write-failed`.
    #[schema(value_type = HashMap<String, DependencyStateSchema>)]
    #[serde(skip_serializing_if = "Map::is_empty")]
    checks: Map<String, Value>,
}

/// Where the metrics are.
pub const METRICS_PATH: &str = "/metrics";

pub fn configure(config: &mut web::ServiceConfig, has_metrics: bool) {
    configure_health(config);
    config.service(Path::new("/openapi.json").get(|route| route.to(get_openapi)));
    if has_metrics {
        config.service(metrics_path());
    }
}

/// The health paths, wherever they are served.
pub fn configure_health(config: &mut web::ServiceConfig) {
    config
        .service(Path::new("/health/live").get(|route| route.to(check_liveness)))
        .service(Path::new("/health/ready").get(|route| route.to(check_readiness)));
}

/// `/metrics`, wherever it is served.
pub fn metrics_path() -> Path {
    Path::new(METRICS_PATH).get(|route| route.to(get_metrics))
}

/// Whether the process runs
#[utoipa::path(
    get, path = "/health/live", operation_id = "check_liveness", tag = "operations",
    responses((status = 200, description = "It runs.", body = HealthResponse, example = json!({"status": "live"}))),
)]
pub async fn check_liveness() -> HttpResponse {
    HttpResponse::Ok().json(HealthResponse {
        status: "live",
        checks: Map::new(),
    })
}

/// Whether requests can be served
///
/// 503 names what is away. `degraded` is 200: Redis is away, which makes the service slower, or the database answers
/// reads and refuses changes. The state is at most half a second old.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "check_readiness", tag = "operations",
    responses((status = 200, description = "Everything that is needed is there.", body = HealthResponse,
        example = json!({"status": "ready", "checks": {"database": "up"}}))),
)]
pub async fn check_readiness(privet: web::Data<Privet>) -> Result<HttpResponse, ApiError> {
    let states = privet.dependencies.look().await;
    let missed: Vec<_> = states
        .iter()
        .filter(|state| state.is_required && state.availability.is_none())
        .map(|state| state.name)
        .collect();
    if !missed.is_empty() {
        return Err(ApiError::Unavailable(missed));
    }
    let is_complete = |state: &DependencyState| state.availability == Some(Availability::Complete);
    let checks = states
        .iter()
        .map(|state| (state.name.to_owned(), check_of(state).into()));
    Ok(HttpResponse::Ok().json(HealthResponse {
        status: if states.iter().all(is_complete) {
            "ready"
        } else {
            "degraded"
        },
        checks: checks.collect(),
    }))
}

fn check_of(state: &DependencyState) -> &'static str {
    match state.availability {
        Some(Availability::Complete) => "up",
        Some(Availability::ReadsOnly(obstacle)) => obstacle.name(),
        None => "away",
    }
}

/// Metrics
///
/// In the Prometheus text format. Not here but on an address of their own where `PRIVET_METRICS_ADDR` is set.
#[utoipa::path(
    get, path = METRICS_PATH, operation_id = "get_metrics", tag = "operations",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain",
        example = json!("privet_http_requests_total{method=\"GET\",route=\"/health/live\",status=\"200\"} 1\n"))),
)]
pub async fn get_metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    let version = (
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    );
    HttpResponse::Ok()
        .insert_header(version)
        .body(metrics.render())
}

/// The OpenAPI document
///
/// Compressed where the client takes gzip.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "operations",
    params(
        ("If-Match" = Option<String>, Header, description = "The tag of the version that is wanted, or `*`."),
        ("If-None-Match" = Option<String>, Header, description = "The tag of a version the client has."),
    ),
    responses(
        (status = 200, description = "This document.", body = Map<String, Value>, content_type = "application/json",
            example = json!({"openapi": "3.1.0"})),
        (status = 304, description = "The client has this version."),
    ),
)]
pub async fn get_openapi(
    request: HttpRequest,
    privet: web::Data<Privet>,
    document: web::Data<OpenApiText>,
) -> Result<HttpResponse, ApiError> {
    let text = document.with(privet.catalogue.get());
    let text = text.map_err(|error| ApiError::Failed(error.into()))?;
    text.answer(&request, |response| {
        response
            .insert_header((header::CACHE_CONTROL, "no-cache"))
            .content_type("application/json");
    })
}

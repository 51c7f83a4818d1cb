//! Endpoints for operators and their tools: health, metrics and the OpenAPI document.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use privet_application::Privet;
use privet_application::health::{Availability, DependencyState};
use privet_http_core::endpoint::{Caller, Endpoint, Failure};
use privet_http_core::errors::ApiError;
use privet_http_core::observability::metrics::Metrics;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::schemas::{DependencyStateSchema, HealthStatusSchema};

/// The state of the process or of its dependencies.
#[derive(Serialize, ToSchema)]
pub struct HealthResponse {
    /// `live`, `ready`, or `degraded` if Redis is unavailable or the database refuses writes.
    #[schema(value_type = HealthStatusSchema)]
    status: &'static str,
    /// The state of each dependency by its name: `up`, `away`, or the reason why the database refuses writes:
    /// `read-only`, `disk-full` or `write-failed`.
    #[schema(value_type = HashMap<String, DependencyStateSchema>)]
    #[serde(skip_serializing_if = "Map::is_empty")]
    checks: Map<String, Value>,
}

/// The header field with the fingerprint of the catalogue in force.
pub const CATALOGUE_FIELD: &str = "privet-catalogue";

/// The path of the metrics.
pub const METRICS_PATH: &str = "/metrics";

/// The endpoints of the health checks.
pub fn health() -> Vec<Endpoint> {
    vec![
        Endpoint::new::<__path_check_liveness>(Caller::Anyone, |route| route.to(check_liveness)),
        Endpoint::new::<__path_check_readiness>(Caller::Anyone, |route| route.to(check_readiness))
            .with_failures(|| {
                let meaning = "A dependency that is needed to serve requests is unavailable.";
                let error = ApiError::Unavailable(vec!["database"]);
                vec![Failure::new("database away", meaning, error)]
            }),
    ]
}

/// The endpoint of the metrics.
pub fn metrics() -> Endpoint {
    Endpoint::new::<__path_get_metrics>(Caller::Anyone, |route| route.to(get_metrics))
}

/// Check liveness
#[utoipa::path(
    get, path = "/health/live", operation_id = "check_liveness", tag = "operations",
    responses((status = 200, description = "The process runs.", body = HealthResponse, example = json!({"status": "live"}))),
)]
pub async fn check_liveness() -> HttpResponse {
    HttpResponse::Ok().json(HealthResponse {
        status: "live",
        checks: Map::new(),
    })
}

/// Check readiness
///
/// Returns 200 if requests can be served, otherwise 503 with the dependency that is unavailable. `degraded` is
/// 200: Redis is unavailable, so requests are slower, or the database answers reads and refuses writes. The state
/// is at most half a second old. Replicas that run the same catalogue return the same `Privet-Catalogue`.
#[utoipa::path(
    get, path = "/health/ready", operation_id = "check_readiness", tag = "operations",
    responses((status = 200, description = "Requests can be served.", body = HealthResponse,
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
    let fingerprint = format!("{:08x}", privet.catalogue.get().fingerprint());
    let mut response = HttpResponse::Ok();
    response.insert_header((CATALOGUE_FIELD, fingerprint));
    Ok(response.json(HealthResponse {
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

/// Read metrics
///
/// Returns all metrics in the Prometheus text format. If `PRIVET_METRICS_ADDR` is set, they are served only on
/// that address.
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

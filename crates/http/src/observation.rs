//! The outermost middleware: gives every request its id, every error its family's shape, and the log
//! and the metrics one line each.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderValue;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use privet_application::Privet;
use privet_domain::RequestId;

use crate::errors::{self, ApiError};
use crate::request_id::{X_REQUEST_ID, take_or_make};
use crate::routes::RoutePath;

/// Observes one request from its first to its last byte.
pub async fn observe<B: MessageBody + 'static>(
    privet: web::Data<Privet>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let privet: Arc<Privet> = privet.into_inner();
    let id = take_or_make(&request, privet.ids.as_ref());
    request.extensions_mut().insert(id.clone());
    // Every failure within is an answer already; the framework passes no error this far.
    let response = next.call(request).await?.map_into_boxed_body();
    let response = shaped(response, &privet);
    Ok(recorded(response, &id, begun))
}

fn shaped(response: ServiceResponse, privet: &Privet) -> ServiceResponse {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let framework = ApiError::Framework(status);
    let error = response
        .response()
        .error()
        .and_then(|error| error.as_error::<ApiError>());
    // Decoded, as the routes see it: however a path is spelt, its errors keep their shape.
    let path = response.request().match_info().as_str();
    let mut answer = errors::render(path, error.unwrap_or(&framework), privet.clock.now());
    for (name, value) in response.headers() {
        if !answer.headers().contains_key(name) {
            answer.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(answer)
}

fn recorded(mut response: ServiceResponse, id: &RequestId, begun: Instant) -> ServiceResponse {
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let request = response.request();
    let route = request
        .app_data::<RoutePath>()
        .map_or("(none)", |route| route.0);
    let status = response.status().as_u16();
    tracing::info!(
        request.id = id.as_str(),
        http.method = request.method().as_str(),
        http.route = route,
        http.status = status,
        duration_us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered a request"
    );
    crate::operations::count_request(request.method(), route, response.status());
    response
}

/// The answer at a path that leads nowhere.
pub async fn nothing_here() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}

//! The request's id: the caller's own where it is fit, else a new one.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use privet_application::IdSource;
use privet_domain::RequestId;

/// Carries the id in requests and answers.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the caller sent, or a new one where there is none that is fit.
pub fn take_or_make(request: &ServiceRequest, ids: &dyn IdSource) -> RequestId {
    let sent = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    sent.and_then(|text| RequestId::parse(text).ok())
        .unwrap_or_else(|| RequestId::from_uuid(ids.new_id()))
}

//! The request id: the caller's own if it is valid, otherwise a new one.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use privet_application::IdSource;
use privet_domain::RequestId;

/// The header field of the id in requests and answers.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the caller sent, or a new one if there is no valid one.
pub fn take_or_make(request: &ServiceRequest, ids: &dyn IdSource) -> RequestId {
    let sent = request
        .headers()
        .get(X_REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    sent.and_then(|text| RequestId::parse(text).ok())
        .unwrap_or_else(|| RequestId::from_uuid(ids.new_id()))
}

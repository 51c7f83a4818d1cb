//! Answers that are neither errors nor settings with versions: whether they may be stored.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// The initial buffer size in bytes. Most answers fit, so writing one allocates once.
const USUAL_SIZE: usize = 512;

/// An answer for the caller alone, which must be revalidated before it is reused.
pub fn private_no_cache(status: StatusCode, body: impl Serialize) -> HttpResponse {
    json(private_no_cache_head(status), &body)
}

/// The head of such an answer.
#[must_use]
pub fn private_no_cache_head(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    // Static header values; a `&str` would be copied for every answer.
    let cache_control = HeaderValue::from_static("private, no-cache");
    response.insert_header((header::CACHE_CONTROL, cache_control));
    response.insert_header((header::VARY, HeaderValue::from_static("Authorization")));
    response
}

/// The answer with this body.
pub fn json(mut head: HttpResponseBuilder, body: &impl Serialize) -> HttpResponse {
    let mut text = Vec::with_capacity(USUAL_SIZE);
    match serde_json::to_writer(&mut text, body) {
        Ok(()) => head
            .content_type(HeaderValue::from_static("application/json"))
            .body(text),
        // Like the framework's `json`.
        Err(error) => {
            HttpResponse::from_error(actix_web::error::JsonPayloadError::Serialize(error))
        }
    }
}

/// An answer about what is allowed now. It can change at any time, so it must not be stored.
pub fn no_store(body: impl Serialize) -> HttpResponse {
    let mut head = HttpResponse::Ok();
    head.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    json(head, &body)
}

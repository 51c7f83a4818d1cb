//! Answers that are neither errors nor versioned settings: how long others may keep them.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// What most answers fit in, in bytes, so that writing one allocates once.
const USUAL_SIZE: usize = 512;

/// An answer for the caller alone, to be asked for again before it is used again.
pub fn private_no_cache(status: StatusCode, body: impl Serialize) -> HttpResponse {
    json(private_no_cache_head(status), &body)
}

/// The head of such an answer.
#[must_use]
pub fn private_no_cache_head(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    // Made of static text; as `&str` each would be copied for every answer.
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
        // As the framework's own `json` does.
        Err(error) => {
            HttpResponse::from_error(actix_web::error::JsonPayloadError::Serialize(error))
        }
    }
}

/// An answer about what is allowed now. A moment later it may be wrong: nobody is to keep it.
pub fn no_store(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}

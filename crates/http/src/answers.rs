//! Answers that are neither errors nor versioned settings: how long others may keep them.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// An answer for the caller alone, to be asked for again before it is used again.
pub fn private(status: StatusCode, body: impl Serialize) -> HttpResponse {
    private_head(status).json(body)
}

/// The head of such an answer.
pub fn private_head(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((header::CACHE_CONTROL, "private, no-cache"));
    response.insert_header((header::VARY, "Authorization"));
    response
}

/// An answer about what is allowed now. A moment later it may be wrong: nobody is to keep it.
pub fn momentary(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}

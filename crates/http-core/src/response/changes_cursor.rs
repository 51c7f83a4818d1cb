//! The header field `Privet-Cursor`: a cursor of the feed of changes up to which an answer reflects everything.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The name of the field.
pub const PRIVET_CURSOR: HeaderName = HeaderName::from_static("privet-cursor");

/// Adds the field to an answer.
pub fn add(headers: &mut HeaderMap, cursor: &str) {
    if let Ok(value) = HeaderValue::from_str(cursor) {
        headers.insert(PRIVET_CURSOR, value);
    }
}

//! Server-sent events (WHATWG HTML, section 9.2).
//!
//! Own code: `actix-web-lab` writes them too, and brings its own extractors and middleware with their dependencies for
//! these few lines; its streams neither end with a token nor hold a beat that can be tested.

use std::fmt::{Display, Write};
use std::time::Duration;

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use serde::Serialize;

/// The media type.
pub const EVENT_STREAM: &str = "text/event-stream";
/// A comment, which keeps proxies and clients from closing a silent connection.
pub const COMMENT: &str = ":\n\n";

/// Keeps nginx from collecting the answer.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The head of a stream, which is never stored.
pub fn event_stream(mut head: HttpResponseBuilder) -> HttpResponseBuilder {
    head.insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")));
    head.insert_header((X_ACCEL_BUFFERING, HeaderValue::from_static("no")));
    head.content_type(HeaderValue::from_static(EVENT_STREAM));
    head
}

/// Appends an event with JSON, which has no line breaks.
pub fn write_event(text: &mut String, id: Option<&dyn Display>, data: &impl Serialize) {
    // Writing to a String cannot fail, and neither can serializing a value without maps of other keys than text.
    if let Ok(data) = serde_json::to_string(data) {
        if let Some(id) = id {
            let _ = writeln!(text, "id: {id}");
        }
        let _ = write!(text, "data: {data}\n\n");
    }
}

/// Appends how long a client waits before it connects again.
pub fn write_retry(text: &mut String, wait: Duration) {
    let _ = write!(text, "retry: {}\n\n", wait.as_millis());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_lines_with_an_empty_line_behind_them() {
        let mut text = String::new();
        write_retry(&mut text, Duration::from_millis(1_500));
        write_event(&mut text, None, &json!({"type": "state"}));
        write_event(&mut text, Some(&7), &json!({"line": "a\nb"}));
        let expected =
            "retry: 1500\n\ndata: {\"type\":\"state\"}\n\nid: 7\ndata: {\"line\":\"a\\nb\"}\n\n";
        assert_eq!(text, expected);
    }
}

//! Parts of answers: header fields and the envelope. Errors are in `errors`.

pub mod answer_headers;
pub mod answers;
pub mod changes_cursor;
pub mod envelope;
pub mod rate_limits;
pub mod server_sent_events;

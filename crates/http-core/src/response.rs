//! Parts of answers: header fields and the envelope. Errors are in `errors`.

pub mod answer_headers;
pub mod answers;
pub mod envelope;
pub mod rate_limits;

//! Parts of a request: its body, the parameters of path and query, and header fields.

pub mod body;
pub mod client_address;
pub mod cursor;
pub mod host;
pub mod lines;
pub mod members;
pub mod parameters;
pub mod request_id;
pub mod support_reason;
pub mod trace_context;
pub mod unread_body;

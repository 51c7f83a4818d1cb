//! Settings and rules: values, defaults and limits, changes, and decisions. Pure functions over plain types; no
//! I/O, no clock, no database, no web.

pub mod canonical;
pub mod catalogue;
pub mod changes;
pub mod field_error;
pub mod identifiers;
pub mod json_size;
pub mod relationships;
pub mod rules;
pub mod settings;
pub mod strict_json;
pub mod timestamp;
pub mod transfer;

pub use field_error::FieldError;
pub use identifiers::{AccountId, RequestId, UserId};
pub use relationships::pair::Pair;
pub use timestamp::Timestamp;

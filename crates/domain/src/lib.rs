//! The settings themselves: their values, defaults and limits, what counts as a change, what an owner
//! sees of them, and what they allow others. Pure functions over plain types; no I/O, no clock, no
//! database, no web.

pub mod account_privacy;
pub mod audience;
pub mod audit;
pub mod blocks;
pub mod canonical;
pub mod catalogue;
pub mod contacts;
pub mod decisions;
pub mod email_contact;
pub mod enforcement;
pub mod field_error;
pub mod follows;
pub mod identifiers;
pub mod json_size;
pub mod messaging_privacy;
pub mod pair;
pub mod preferences;
pub mod timestamp;
pub mod user;

pub use field_error::FieldError;
pub use identifiers::{AccountId, RequestId, UserId};
pub use pair::Pair;
pub use timestamp::Timestamp;

//! The settings themselves: their values, defaults and limits, what counts as a change, and what an
//! owner sees of them. Pure functions over plain types; no I/O, no clock, no database, no web.

pub mod account_privacy;
pub mod audience;
pub mod audit;
pub mod canonical;
pub mod email_contact;
pub mod field_error;
pub mod identifiers;
pub mod messaging_privacy;
pub mod preferences;
pub mod timestamp;
pub mod user;

pub use field_error::FieldError;
pub use identifiers::{AccountId, RequestId, UserId};
pub use timestamp::Timestamp;

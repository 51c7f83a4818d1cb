//! Preferences: what a user chose of the keys that a schema declares. The schema is data, see
//! [`PreferencesSchema`]; nothing here knows any key by name.

mod bounds;
mod formats;
mod key;
mod refusal;
mod schema;
mod tree;
mod update;

pub use key::is_key_name;
pub use schema::{InvalidSchema, PreferencesSchema};
pub(super) use tree::tree;
pub use update::{InvalidUpdate, PreferencesUpdate};

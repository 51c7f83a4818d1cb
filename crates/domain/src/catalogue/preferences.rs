//! Preferences: choices for keys that a schema defines. The schema is data, see [`PreferencesSchema`]; no key is
//! named in this code.

mod bounds;
mod formats;
mod key;
mod refusal;
mod schema;
mod update;

pub use key::is_key_name;
pub use schema::{InvalidSchema, PreferencesSchema};
pub use update::{InvalidUpdate, PreferencesUpdate};

//! The keys that sign and verify tokens, from all sources.

mod gathered;
mod in_use;
mod jwks;
pub mod signing_secret;

pub use gathered::Keys;
pub use in_use::KeysInUse;

//! The keys that tokens are signed and verified with, from wherever each was read.

mod gathered;
mod in_use;
mod jwks;
pub mod signing_secret;

pub use gathered::Keys;
pub use in_use::KeysInUse;

//! An account as a whole: its export and its erasure.

pub mod erasure;
pub mod export;

//! Endpoints of an account as a whole: export and erasure.

pub mod erasure;
pub mod export;
pub mod receipts;

//! Endpoints of an account as a whole: export, import and erasure.

pub mod erasure;
pub mod export;
pub mod import;
pub mod receipts;

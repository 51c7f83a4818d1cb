//! A user's account: the first request that creates it, its export, and its erasure with a
//! receipt.

mod erased_accounts;
mod erasure;
mod export;
mod first_sight;
mod import;
mod receipts;

//! The four families of settings, their audit, and the cache that their reads are answered from.

mod account_privacy;
mod audit;
mod cache;
mod catalogue;
mod email_contact;
mod layers;
mod messaging_privacy;
mod preferences;

//! Endpoints of a user's own settings, preferences and history.

pub mod account_privacy;
pub mod audit;
pub mod catalogue;
mod catalogue_schemas;
pub mod email_contact;
mod family_view;
pub mod looks;
pub mod messaging_privacy;
pub mod messaging_schemas;
pub mod preferences;
pub mod preferences_schemas;

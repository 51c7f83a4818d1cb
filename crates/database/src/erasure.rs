//! Tombstones, and what both adapters need for deleting an erased user's rows in batches.

mod hidden;
mod remains;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use privet_domain::UserId;

use crate::DbUuid;

pub use hidden::{IsNotBeingErased, neither_is_being_erased};
pub use remains::{FOLLOWS, REMAINS, Remains};

/// The result of a statement that tests whether something exists.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Found {
    /// Whether it exists.
    #[diesel(sql_type = Bool)]
    pub found: bool,
}

/// Converts the ids.
#[must_use]
pub fn users(ids: Vec<DbUuid>) -> Vec<UserId> {
    ids.into_iter().map(|id| UserId::from_uuid(id.0)).collect()
}

//! Exceptions as rows.

use diesel::Queryable;
use privet_domain::UserId;
use privet_domain::relationships::exceptions::PersonWithExceptions;

use crate::{DbExceptions, DbTime, DbUuid};

/// The exceptions of a user for one person.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[expect(
    missing_docs,
    reason = "the columns are the fields of `PersonWithExceptions`"
)]
pub struct ExceptionsRow {
    pub user_id: DbUuid,
    pub exceptions: DbExceptions,
    pub updated_at: DbTime,
}

impl From<ExceptionsRow> for PersonWithExceptions {
    fn from(row: ExceptionsRow) -> Self {
        Self {
            user_id: UserId::from_uuid(row.user_id.0),
            exceptions: row.exceptions.0,
            updated_at: row.updated_at.0,
        }
    }
}

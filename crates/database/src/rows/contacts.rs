//! Contacts as rows.

use diesel::Queryable;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;
use privet_domain::UserId;
use privet_domain::relationships::contacts::Contact;

use crate::{DbTime, DbUuid};

/// A contact of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `Contact`")]
pub struct ContactRow {
    pub user_id: DbUuid,
    pub mutual: bool,
    pub close_friend: bool,
    pub added_at: DbTime,
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Self {
            user_id: UserId::from_uuid(row.user_id.0),
            mutual: row.mutual,
            close_friend: row.close_friend,
            added_at: row.added_at.0,
        }
    }
}

/// In a query of `contacts`: whether the contact has added the owner, too.
///
/// It is not EXISTS: for a long list PostgreSQL may execute that by reading the whole table into memory first.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct IsMutual;

impl Expression for IsMutual {
    type SqlType = Bool;
}

impl<Source> AppearsOnTable<Source> for IsMutual {}

impl<Source> SelectableExpression<Source> for IsMutual {}

impl<Database: Backend> QueryFragment<Database> for IsMutual {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        out.push_sql(
            "((SELECT back.owner_id FROM contacts AS back WHERE back.owner_id = contacts.contact_id \
             AND back.contact_id = contacts.owner_id LIMIT 1) IS NOT NULL)",
        );
        Ok(())
    }
}

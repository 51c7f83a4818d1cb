//! Changes of the feed as columns of arrays, and inserting them.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Nullable, SmallInt, Timestamptz, Uuid};
use privet_database::rows::changes::ChangeRow;
use privet_database::{DbTime, DbUuid};
use privet_domain::changes::Change;

/// The beginning of a statement that inserts changes. The database adds the number of the transaction and that of the
/// change.
pub(crate) const INSERT_CHANGES: &str = "INSERT INTO changes (at, user_id, kinds) ";

/// Inserts these changes.
pub(super) struct InsertChanges(pub ChangeColumns);

// The text does not depend on the values: the statement is prepared once for each connection.
impl QueryId for InsertChanges {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<PgConnection> for InsertChanges {}

impl QueryFragment<Pg> for InsertChanges {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(INSERT_CHANGES);
        out.push_sql("SELECT told.* FROM ");
        self.0.walk_ast(out.reborrow())
    }
}

/// Changes as one array for each column, so that the statement is the same for any number of changes. In a query, it is
/// the table `told` with its columns in the order of [`INSERT_CHANGES`].
#[derive(Default)]
pub(super) struct ChangeColumns {
    times: Vec<DbTime>,
    user_ids: Vec<Option<DbUuid>>,
    kinds: Vec<i16>,
}

impl ChangeColumns {
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }
}

impl QueryFragment<Pg> for ChangeColumns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("unnest(");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.times)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Uuid>>, _>(&self.user_ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.kinds)?;
        out.push_sql(") AS told (at, user_id, kinds)");
        Ok(())
    }
}

impl FromIterator<Change> for ChangeColumns {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        let mut columns = Self::default();
        for row in changes.into_iter().map(ChangeRow::from) {
            columns.times.push(row.at);
            columns.user_ids.push(row.user_id);
            columns.kinds.push(row.kinds);
        }
        columns
    }
}

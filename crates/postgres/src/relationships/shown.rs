//! Excludes the rows of users whose erasure is in progress from statements that may read several nodes.

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;
use privet_database::erasure::IsNotBeingErased;

use crate::layout::Layout;

/// Whether neither of the users in two columns has an erasure in progress.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AreShown<One, Other> {
    one: IsNotBeingErased<One>,
    other: IsNotBeingErased<Other>,
    layout: Layout,
}

/// The same as [`privet_database::erasure::neither_is_being_erased`], for a statement that reads several nodes of a
/// distributed database. Such a database executes that condition only in statements that one node answers.
pub(crate) fn are_shown<One, Other>(
    one: One,
    other: Other,
    layout: Layout,
) -> AreShown<One, Other> {
    AreShown {
        one: IsNotBeingErased(one),
        other: IsNotBeingErased(other),
        layout,
    }
}

impl<One: Expression, Other: Expression> Expression for AreShown<One, Other> {
    type SqlType = Bool;
}

impl<Source, One, Other> AppearsOnTable<Source> for AreShown<One, Other>
where
    One: AppearsOnTable<Source>,
    Other: AppearsOnTable<Source>,
{
}

impl<Source, One, Other> SelectableExpression<Source> for AreShown<One, Other>
where
    One: SelectableExpression<Source>,
    Other: SelectableExpression<Source>,
{
}

impl<One, Other, GroupBy> ValidGrouping<GroupBy> for AreShown<One, Other> {
    type IsAggregate = is_aggregate::No;
}

// The text depends on the layout, so that Diesel must find the prepared statement by its text.
impl<One, Other> QueryId for AreShown<One, Other> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The table has few rows, and is usually empty. It is read once for each statement.
const ARE_BEING_ERASED: &str = "ALL (ARRAY(SELECT user_id FROM erasures_under_way))";

impl<Database, One, Other> QueryFragment<Database> for AreShown<One, Other>
where
    Database: Backend,
    One: QueryFragment<Database>,
    Other: QueryFragment<Database>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        out.push_sql("(");
        match self.layout {
            Layout::Whole => {
                self.one.walk_ast(out.reborrow())?;
                out.push_sql(" AND ");
                self.other.walk_ast(out.reborrow())?;
            }
            Layout::Spread => {
                self.one.0.walk_ast(out.reborrow())?;
                out.push_sql(" <> ");
                out.push_sql(ARE_BEING_ERASED);
                out.push_sql(" AND ");
                self.other.0.walk_ast(out.reborrow())?;
                out.push_sql(" <> ");
                out.push_sql(ARE_BEING_ERASED);
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use diesel::pg::Pg;
    use diesel::{QueryDsl, debug_query};
    use privet_database::erasure::neither_is_being_erased;

    use super::*;
    use crate::schema::contacts::{contact_id, owner_id, table};

    #[test]
    fn one_database_has_the_same_statement_as_ever() {
        let shown = table.filter(are_shown(owner_id, contact_id, Layout::Whole));
        let as_ever = table.filter(neither_is_being_erased(owner_id, contact_id));
        assert_eq!(
            debug_query::<Pg, _>(&shown).to_string(),
            debug_query::<Pg, _>(&as_ever).to_string()
        );
    }
}

//! Excludes the rows of users whose erasure is in progress from queries.

use diesel::BoolExpressionMethods;
use diesel::backend::Backend;
use diesel::dsl::And;
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// Whether neither of the users in two columns has an erasure in progress. Every query that shows or changes rows of
/// `contacts`, `blocks`, `exceptions` or `follows` MUST have this condition.
pub fn neither_is_being_erased<One, Other>(
    one: One,
    other: Other,
) -> And<IsNotBeingErased<One>, IsNotBeingErased<Other>>
where
    One: Expression,
    Other: Expression,
    IsNotBeingErased<Other>: AsExpression<Bool, Expression = IsNotBeingErased<Other>>,
{
    IsNotBeingErased(one).and(IsNotBeingErased(other))
}

/// Whether the user in a column has no erasure in progress.
///
/// It is not a plain `NOT EXISTS`: for a long list PostgreSQL may execute that by reading the whole list before it
/// returns the first row. It compares with `IS NOT NULL`, which the planner expects to hold for nearly every row. The
/// planner expects `IS NULL` to hold for one row of 200, and then sorts the whole list. The table is nearly always
/// empty, and then the condition costs very little.
#[derive(Debug, Clone, Copy, QueryId, ValidGrouping)]
pub struct IsNotBeingErased<Column>(pub Column);

impl<Column: Expression> Expression for IsNotBeingErased<Column> {
    type SqlType = Bool;
}

impl<Source, Column: AppearsOnTable<Source>> AppearsOnTable<Source> for IsNotBeingErased<Column> {}

impl<Source, Column: SelectableExpression<Source>> SelectableExpression<Source>
    for IsNotBeingErased<Column>
{
}

impl<Database: Backend, Column: QueryFragment<Database>> QueryFragment<Database>
    for IsNotBeingErased<Column>
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        out.push_sql(
            "((SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM erasures_under_way \
             WHERE erasures_under_way.user_id = ",
        );
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(")) IS NOT NULL)");
        Ok(())
    }
}

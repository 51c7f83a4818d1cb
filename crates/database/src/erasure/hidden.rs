//! Leaving rows of users whose erasure is under way out of what is read.

use diesel::BoolExpressionMethods;
use diesel::backend::Backend;
use diesel::dsl::And;
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

/// Whether neither of the users in two columns is one whose erasure is under way. Every query that shows or
/// changes rows of `contacts`, `blocks`, `exceptions` or `follows` MUST ask for it.
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

/// Whether the user in a column is none whose erasure is under way.
///
/// Not a plain `NOT EXISTS`, which PostgreSQL may answer for a long list by reading the whole list before its first
/// row; and `IS NOT NULL`, which its planner takes to hold for nearly every row, where it takes `IS NULL` to hold for
/// one of 200 and then sorts the whole list. Nearly always the table is empty, and this costs next to nothing.
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

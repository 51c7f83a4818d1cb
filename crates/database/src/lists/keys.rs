//! Pagination in the order of a key of two columns.

use diesel::backend::Backend;
use diesel::expression::{
    AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::is_nullable::NotNull;
use diesel::sql_types::{Bool, SqlType};

use crate::DbUuid;

/// Whether a key of two columns comes after another one: a row comparison, at whose position the scan of an index starts.
/// Diesel has no row comparisons; written with `OR`, the scan would start at the first column.
#[derive(Debug, Clone, Copy, QueryId)]
pub struct BehindKey<One, Other, Id> {
    one: One,
    other: Other,
    after: (Id, Id),
}

/// The ids of a key, as parameters.
type Parameter<One> = <DbUuid as AsExpression<<One as Expression>::SqlType>>::Expression;

/// Whether the key of these columns comes after `after`.
pub fn behind_key<One, Other>(
    one: One,
    other: Other,
    after: (DbUuid, DbUuid),
) -> BehindKey<One, Other, Parameter<One>>
where
    One: Expression,
    One::SqlType: SqlType<IsNull = NotNull>,
    DbUuid: AsExpression<One::SqlType>,
{
    let (after_one, after_other) = after;
    BehindKey {
        one,
        other,
        after: (after_one.as_expression(), after_other.as_expression()),
    }
}

impl<One, Other, Id> Expression for BehindKey<One, Other, Id>
where
    One: Expression,
    Other: Expression,
    Id: Expression,
{
    type SqlType = Bool;
}

impl<Source, One, Other, Id> AppearsOnTable<Source> for BehindKey<One, Other, Id>
where
    One: AppearsOnTable<Source>,
    Other: AppearsOnTable<Source>,
    Id: AppearsOnTable<Source>,
{
}

impl<Source, One, Other, Id> SelectableExpression<Source> for BehindKey<One, Other, Id>
where
    One: SelectableExpression<Source>,
    Other: SelectableExpression<Source>,
    Id: SelectableExpression<Source>,
{
}

impl<One, Other, Id, GroupBy> ValidGrouping<GroupBy> for BehindKey<One, Other, Id> {
    type IsAggregate = is_aggregate::No;
}

impl<Database, One, Other, Id> QueryFragment<Database> for BehindKey<One, Other, Id>
where
    Database: Backend,
    One: QueryFragment<Database>,
    Other: QueryFragment<Database>,
    Id: QueryFragment<Database>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        out.push_sql("((");
        self.one.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.other.walk_ast(out.reborrow())?;
        out.push_sql(") > (");
        self.after.0.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.after.1.walk_ast(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

//! Counting the rows of a list that are not shown.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, Uuid};
use diesel::sqlite::Sqlite;
use privet_application::follows::FollowList;
use privet_domain::UserId;

use crate::DbUuid;

/// How many rows of a list tie its owner to a user whose erasure is under way: looks up one row for each such
/// user. NULL where the owner is one of them, of whom nothing is shown.
#[derive(Debug, Clone, Copy, ValidGrouping)]
pub struct HiddenFollows {
    list: FollowList,
    owner: DbUuid,
}

impl HiddenFollows {
    /// Those on this list of that user.
    #[must_use]
    pub fn of(list: FollowList, owner: UserId) -> Self {
        Self {
            list,
            owner: owner.into(),
        }
    }

    fn write<'b, Database, Id>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()>
    where
        Database: Backend + HasSqlType<Id>,
        DbUuid: ToSql<Id, Database>,
    {
        let (own, others) = if self.list.owner_is_followed() {
            ("following_id", "follower_id")
        } else {
            ("follower_id", "following_id")
        };
        out.push_sql("(CASE WHEN (SELECT 1 FROM erasures_under_way WHERE user_id = ");
        out.push_bind_param::<Id, _>(&self.owner)?;
        out.push_sql(
            " LIMIT 1) IS NULL THEN (SELECT count(*) FROM erasures_under_way AS erased \
             WHERE (SELECT tie.status FROM follows AS tie WHERE tie.",
        );
        out.push_sql(own);
        out.push_sql(" = ");
        out.push_bind_param::<Id, _>(&self.owner)?;
        out.push_sql(" AND tie.");
        out.push_sql(others);
        out.push_sql(" = erased.user_id LIMIT 1) = '");
        out.push_sql(self.list.status().as_str());
        out.push_sql("') END)");
        Ok(())
    }
}

impl Expression for HiddenFollows {
    type SqlType = Nullable<BigInt>;
}

impl<Source> AppearsOnTable<Source> for HiddenFollows {}

impl<Source> SelectableExpression<Source> for HiddenFollows {}

// The text depends on the list: it is the text that the statement is found by when it is needed again.
impl QueryId for HiddenFollows {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for HiddenFollows {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.write::<Pg, Uuid>(out)
    }
}

impl QueryFragment<Sqlite> for HiddenFollows {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.write::<Sqlite, Binary>(out)
    }
}

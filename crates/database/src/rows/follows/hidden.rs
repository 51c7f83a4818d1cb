//! Counts hidden follows.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use privet_application::relationships::follows::FollowList;

/// In a query of `follow_counts`: the number of rows of the user's list that involve a user whose erasure is in
/// progress. It looks up one row for each such user; nearly always there is none.
#[derive(Debug, Clone, Copy, ValidGrouping)]
pub struct HiddenFollows(pub FollowList);

impl Expression for HiddenFollows {
    type SqlType = BigInt;
}

impl<Source> AppearsOnTable<Source> for HiddenFollows {}

impl<Source> SelectableExpression<Source> for HiddenFollows {}

// The text depends on the list, so that Diesel must find the prepared statement by its text.
impl QueryId for HiddenFollows {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Database: Backend> QueryFragment<Database> for HiddenFollows {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Database>) -> QueryResult<()> {
        let (own, other) = if self.0.owner_is_followed() {
            ("following_id", "follower_id")
        } else {
            ("follower_id", "following_id")
        };
        // With LIMIT in the subquery, PostgreSQL finds the row by its key and does not read the list.
        for part in [
            "(SELECT count(*) FROM erasures_under_way AS erased WHERE \
             (SELECT tie.status FROM follows AS tie WHERE tie.",
            own,
            " = follow_counts.user_id AND tie.",
            other,
            " = erased.user_id LIMIT 1) IN (",
        ] {
            out.push_sql(part);
        }
        for (place, status) in self.0.statuses().iter().enumerate() {
            out.push_sql(if place == 0 { "'" } else { ", '" });
            out.push_sql(status.as_str());
            out.push_sql("'");
        }
        out.push_sql("))");
        Ok(())
    }
}

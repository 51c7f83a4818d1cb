//! Counting the follows that are not shown.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::BigInt;
use privet_application::relationships::follows::FollowList;

/// In a query of `follow_counts`: how many rows of the user's list tie them to somebody whose erasure is under
/// way. Looks up one row for each such person, and nearly always there is none.
#[derive(Debug, Clone, Copy, ValidGrouping)]
pub struct HiddenFollows(pub FollowList);

impl Expression for HiddenFollows {
    type SqlType = BigInt;
}

impl<Source> AppearsOnTable<Source> for HiddenFollows {}

impl<Source> SelectableExpression<Source> for HiddenFollows {}

// The text depends on the list, so that a prepared statement has to be found by its text.
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
        // A subquery with a limit, so that PostgreSQL finds the row by its key and reads no list.
        for part in [
            "(SELECT count(*) FROM erasures_under_way AS erased WHERE \
             (SELECT tie.status FROM follows AS tie WHERE tie.",
            own,
            " = follow_counts.user_id AND tie.",
            other,
            " = erased.user_id LIMIT 1) = '",
            self.0.status().as_str(),
            "')",
        ] {
            out.push_sql(part);
        }
        Ok(())
    }
}

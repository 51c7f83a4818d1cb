//! Reads a part of the feed in one statement, and so at one moment.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::{BigInt, Bool, Nullable, SmallInt, Timestamptz, Uuid};
use privet_application::changes::{Feed, FeedPart};
use privet_database::rows::changes::{ChangeRow, column, number, part};
use privet_database::{DbTime, DbUuid};
use privet_domain::changes::cursor::FeedPosition;

use super::{IDENTITY, OLDEST_UNDER_WAY};

/// What was read.
pub(super) enum Reading {
    Part(FeedPart),
    /// The epoch is that of another database.
    OtherDatabase,
}

/// Reads the feed and the changes after a position.
pub(super) fn read(
    connection: &mut PgConnection,
    after: FeedPosition,
    most: u32,
) -> QueryResult<Reading> {
    let changes_after = ChangesAfter {
        transaction: column(after.transaction),
        number: column(after.number),
        most: i64::from(most).saturating_add(1),
    };
    let rows: Vec<(FeedRow, JoinedChange)> = changes_after.load(connection)?;
    let (feed_row, _) = rows.first().ok_or(Error::NotFound)?;
    if !feed_row.is_of_this_database {
        return Ok(Reading::OtherDatabase);
    }
    let feed = Feed::from(feed_row);
    let mut placed: Vec<_> = rows
        .iter()
        .filter_map(|(_, joined)| joined.placed())
        .collect();
    // A join need not keep the order.
    placed.sort_unstable_by_key(|(position, _)| *position);
    Ok(Reading::Part(part(feed, placed, most)))
}

/// The row of `feed`, and where the feed is.
#[derive(Queryable)]
struct FeedRow {
    is_of_this_database: bool,
    epoch: DbUuid,
    earliest_transaction: i64,
    earliest_number: i64,
    oldest_under_way: i64,
    waiting_since: Option<DbTime>,
}

impl From<&FeedRow> for Feed {
    fn from(row: &FeedRow) -> Self {
        Self {
            epoch: row.epoch.0,
            earliest: position(row.earliest_transaction, row.earliest_number),
            reached: FeedPosition::after(number(row.oldest_under_way.saturating_sub(1))),
            waiting_since: row.waiting_since.map(|at| at.0),
        }
    }
}

fn position(transaction: i64, change: i64) -> FeedPosition {
    FeedPosition {
        transaction: number(transaction),
        number: number(change),
    }
}

/// The columns of a change. All are NULL in the one row of a feed without changes after the position.
#[derive(Queryable)]
struct JoinedChange {
    transaction: Option<i64>,
    number: Option<i64>,
    at: Option<DbTime>,
    user_id: Option<DbUuid>,
    kinds: Option<i16>,
}

impl JoinedChange {
    fn placed(&self) -> Option<(FeedPosition, ChangeRow)> {
        let position = position(self.transaction?, self.number?);
        let row = ChangeRow {
            at: self.at?,
            user_id: self.user_id,
            kinds: self.kinds?,
        };
        Some((position, row))
    }
}

/// The feed, and at most `most` changes after a position.
struct ChangesAfter {
    transaction: i64,
    number: i64,
    most: i64,
}

// The text does not depend on the values: the statement is prepared once for each connection.
impl QueryId for ChangesAfter {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for ChangesAfter {
    type SqlType = (
        (Bool, Uuid, BigInt, BigInt, BigInt, Nullable<Timestamptz>),
        (
            Nullable<BigInt>,
            Nullable<BigInt>,
            Nullable<Timestamptz>,
            Nullable<Uuid>,
            Nullable<SmallInt>,
        ),
    );
}

impl RunQueryDsl<PgConnection> for ChangesAfter {}

/// The oldest transaction under way is that of the snapshot with which the statement reads the changes: none below it is
/// missing.
const FEED: &str = " AS is_of_this_database, epoch, earliest_transaction, earliest_number, ";
const WAITING: &str = " AS oldest_under_way FROM feed), \
    waiting AS MATERIALIZED (SELECT at FROM changes \
    WHERE transaction >= (SELECT oldest_under_way FROM here) ORDER BY transaction, number LIMIT 1) \
    SELECT here.*, (SELECT at FROM waiting), told.* FROM here LEFT JOIN LATERAL \
    (SELECT transaction, number, at, user_id, kinds FROM changes WHERE (transaction, number) > (";

impl QueryFragment<Pg> for ChangesAfter {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH here AS MATERIALIZED (SELECT belongs_to = ");
        out.push_sql(IDENTITY);
        out.push_sql(FEED);
        out.push_sql(OLDEST_UNDER_WAY);
        out.push_sql(WAITING);
        out.push_bind_param::<BigInt, _>(&self.transaction)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.number)?;
        out.push_sql(
            ") AND transaction < here.oldest_under_way ORDER BY transaction, number LIMIT ",
        );
        out.push_bind_param::<BigInt, _>(&self.most)?;
        out.push_sql(") AS told ON true");
        Ok(())
    }
}

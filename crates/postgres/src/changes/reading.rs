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

use super::under_way::oldest_under_way;
use super::{IDENTITY, IS_ON_DISK};
use crate::layout::Layout;

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
    layout: Layout,
) -> QueryResult<Reading> {
    let changes_after = ChangesAfter {
        transaction: column(after.transaction),
        number: column(after.number),
        most: i64::from(most).saturating_add(1),
    };
    let rows: Vec<(FeedRow, JoinedChange)> = match layout {
        Layout::Whole => ReadFeed::<WHOLE>(changes_after).load(connection)?,
        Layout::Spread => ReadFeed::<SPREAD>(changes_after).load(connection)?,
    };
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
    catalogue: Option<i64>,
    oldest_under_way: i64,
    is_on_disk: bool,
    waiting_since: Option<DbTime>,
    last_transaction: Option<i64>,
    last_number: Option<i64>,
}

impl FeedRow {
    fn earliest(&self) -> FeedPosition {
        position(self.earliest_transaction, self.earliest_number)
    }

    /// The end of the oldest transactions, if all of them are on disk. Otherwise the last change: it was committed, and
    /// so it is on disk with all before it.
    fn reached(&self) -> FeedPosition {
        if self.is_on_disk {
            return FeedPosition::after(number(self.oldest_under_way.saturating_sub(1)));
        }
        let last = self.last_transaction.zip(self.last_number);
        let earliest = self.earliest();
        last.map_or(earliest, |(transaction, number)| {
            position(transaction, number).max(earliest)
        })
    }
}

impl From<&FeedRow> for Feed {
    fn from(row: &FeedRow) -> Self {
        Self {
            epoch: row.epoch.0,
            earliest: row.earliest(),
            reached: row.reached(),
            waiting_since: row.waiting_since.map(|at| at.0),
            catalogue: row.catalogue,
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

/// The statement for one of the layouts.
struct ReadFeed<const IS_SPREAD: bool>(ChangesAfter);

const WHOLE: bool = false;
const SPREAD: bool = true;

// The text does not depend on the values: the statement is prepared once for each connection.
impl<const IS_SPREAD: bool> QueryId for ReadFeed<IS_SPREAD> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const IS_SPREAD: bool> Query for ReadFeed<IS_SPREAD> {
    type SqlType = (
        (
            Bool,
            Uuid,
            BigInt,
            BigInt,
            Nullable<BigInt>,
            BigInt,
            Bool,
            Nullable<Timestamptz>,
            Nullable<BigInt>,
            Nullable<BigInt>,
        ),
        (
            Nullable<BigInt>,
            Nullable<BigInt>,
            Nullable<Timestamptz>,
            Nullable<Uuid>,
            Nullable<SmallInt>,
        ),
    );
}

impl<const IS_SPREAD: bool> RunQueryDsl<PgConnection> for ReadFeed<IS_SPREAD> {}

/// The oldest transaction under way is that of the snapshot with which the statement reads the changes: none below it is
/// missing. The last change is looked for only where not everything is on disk.
const FEED: &str =
    " AS is_of_this_database, epoch, earliest_transaction, earliest_number, catalogue, ";
const WAITING: &str = " AS is_on_disk FROM feed), \
    waiting AS MATERIALIZED (SELECT at FROM changes \
    WHERE transaction >= (SELECT oldest_under_way FROM here) ORDER BY transaction, number LIMIT 1) \
    SELECT here.*, (SELECT at FROM waiting), last.*, told.* FROM here LEFT JOIN LATERAL \
    (SELECT transaction, number FROM changes \
    WHERE NOT here.is_on_disk AND transaction < here.oldest_under_way \
    ORDER BY transaction DESC, number DESC LIMIT 1) AS last ON true LEFT JOIN LATERAL \
    (SELECT transaction, number, at, user_id, kinds FROM changes WHERE (transaction, number) > (";

impl<const IS_SPREAD: bool> QueryFragment<Pg> for ReadFeed<IS_SPREAD> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self(after) = self;
        let layout = if IS_SPREAD {
            Layout::Spread
        } else {
            Layout::Whole
        };
        out.push_sql("WITH here AS MATERIALIZED (SELECT belongs_to = ");
        out.push_sql(IDENTITY);
        out.push_sql(FEED);
        out.push_sql(oldest_under_way(layout));
        out.push_sql(" AS oldest_under_way, ");
        out.push_sql(IS_ON_DISK);
        out.push_sql(WAITING);
        out.push_bind_param::<BigInt, _>(&after.transaction)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&after.number)?;
        out.push_sql(
            ") AND transaction < here.oldest_under_way ORDER BY transaction, number LIMIT ",
        );
        out.push_bind_param::<BigInt, _>(&after.most)?;
        out.push_sql(") AS told ON true");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(is_on_disk: bool, last: Option<(i64, i64)>) -> FeedPosition {
        let row = FeedRow {
            is_of_this_database: true,
            epoch: DbUuid(uuid::Uuid::nil()),
            earliest_transaction: 7,
            earliest_number: 3,
            catalogue: None,
            oldest_under_way: 21,
            is_on_disk,
            waiting_since: None,
            last_transaction: last.map(|(transaction, _)| transaction),
            last_number: last.map(|(_, number)| number),
        };
        Feed::from(&row).reached
    }

    #[test]
    fn the_position_is_beyond_the_last_change_only_if_all_is_on_disk() {
        assert_eq!(reached(true, None), FeedPosition::after(20));
        assert_eq!(reached(false, Some((9, 5))), position(9, 5));
        assert_eq!(reached(false, None), position(7, 3));
    }
}

//! Deleting changes that are too old.

use diesel::dsl::max;
use diesel::prelude::*;
use privet_database::DbTime;
use privet_database::DbUuid;
use privet_database::rows::changes::{OldChanges, old_changes};
use privet_domain::Timestamp;

use crate::record::Recorded;
use crate::schema::{changes, feed};

/// Deletes old changes. They are no change of a user, so they cause no event.
pub(super) fn forget(
    connection: &mut SqliteConnection,
    before: Timestamp,
    most: u32,
) -> QueryResult<Recorded<bool>> {
    let earliest: i64 = feed::table.select(feed::earliest).get_result(connection)?;
    let first: Vec<(i64, DbTime)> = changes::table
        .filter(changes::number.gt(earliest))
        .order(changes::number)
        .limit(i64::from(most).saturating_add(1))
        .select((changes::number, changes::at))
        .load(connection)?;
    let Some(OldChanges { last, has_more }) = old_changes(&first, before, most) else {
        return Ok(Recorded::unchanged(false));
    };
    delete_up_to(connection, last)?;
    diesel::update(feed::table)
        .set(feed::earliest.eq(last))
        .execute(connection)?;
    Ok(Recorded::unchanged(has_more))
}

/// Deletes the changes up to this one. The newest row of the table is emptied: if it were deleted, the next change would
/// get its number.
fn delete_up_to(connection: &mut SqliteConnection, last: i64) -> QueryResult<()> {
    let newest: Option<i64> = changes::table
        .select(max(changes::number))
        .get_result(connection)?;
    if newest == Some(last) {
        diesel::update(changes::table.find(last))
            .set((
                changes::user_id.eq(None::<DbUuid>),
                changes::kinds.eq(0_i16),
            ))
            .execute(connection)?;
    }
    let older = changes::table
        .filter(changes::number.le(last))
        .filter(changes::number.lt(newest.unwrap_or(last)));
    diesel::delete(older).execute(connection).map(drop)
}

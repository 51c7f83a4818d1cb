//! The same on a distributed database: statements about one user each, which the node of the user executes, in one
//! transaction. One statement that also inserts the entries would take four times as long.

use std::collections::HashMap;

use diesel::prelude::*;
use privet_application::settings::{Outcome, RowChange};
use privet_database::rows::settings::UserRow;
use privet_database::{Answers, DbUuid};
use uuid::Uuid;

use crate::record::{Recorded, not_in_effect, record_each};
use crate::schema::users;

/// Sets the rows of different users. A change that is alone waits for the lock of its row; several skip locked rows.
///
/// Fails if a node has not applied its changes yet: others may read the old rows.
pub(super) fn set_all(
    connection: &mut PgConnection,
    changes: &[&RowChange],
) -> QueryResult<Answers<Recorded<Outcome>>> {
    let (outcomes, stored) =
        connection.transaction(|connection| set_in_order(connection, changes))?;
    if !are_applied(connection, &stored) {
        return Err(not_in_effect());
    }
    let outcomes = outcomes.each();
    Ok(outcomes.map(|it| it.transpose().map(Ok)).collect())
}

/// The outcome of each change, `None` if another transaction has locked the row, and the changes that were stored.
type Set<'a> = (Recorded<Vec<Option<Outcome>>>, Vec<&'a RowChange>);

fn set_in_order<'a>(
    connection: &mut PgConnection,
    changes: &[&'a RowChange],
) -> QueryResult<Set<'a>> {
    let waits = changes.len() == 1;
    let mut ordered = changes.to_vec();
    // All transactions lock rows in this order, so that there are no deadlocks.
    ordered.sort_unstable_by_key(|change| change.row.id);
    let mut outcomes = HashMap::new();
    let mut stored = Vec::new();
    for change in ordered {
        let outcome = if waits || lock(connection, change)? {
            Some(set(connection, change)?)
        } else {
            None
        };
        outcomes.insert(change.row.id, outcome);
        if outcome == Some(Outcome::Stored) {
            stored.push(change);
        }
    }
    let events: Vec<_> = stored.iter().map(|change| &change.event).collect();
    let recorded = record_each(connection, &events)?;
    let outcome = |change: &&RowChange| outcomes.get(&change.row.id).copied().flatten();
    let outcomes = changes.iter().map(outcome).collect();
    Ok((recorded.map(|()| outcomes), stored))
}

/// Locks the row. Returns false if another transaction has locked it, or if there is none.
fn lock(connection: &mut PgConnection, change: &RowChange) -> QueryResult<bool> {
    let locked: Option<i64> = users::table
        .find(DbUuid::from(change.row.id))
        .select(users::revision)
        .for_no_key_update()
        .skip_locked()
        .first(connection)
        .optional()?;
    Ok(locked.is_some())
}

/// Sets the row if it has the expected revision.
fn set(connection: &mut PgConnection, change: &RowChange) -> QueryResult<Outcome> {
    let row = UserRow::from(&change.row);
    let expected = users::table
        .find(row.user_id)
        .filter(users::revision.eq(change.expected.get()));
    let updated = diesel::update(expected)
        .set((
            users::revision.eq(row.revision),
            users::choices.eq(row.choices),
            users::preferences.eq(row.preferences),
            users::cohorts.eq(row.cohorts),
            users::versions.eq(row.versions),
        ))
        .execute(connection)?;
    Ok(if updated == 1 {
        Outcome::Stored
    } else {
        Outcome::Conflict
    })
}

/// Whether the rows of these committed changes can be read, and none is still the old one.
fn are_applied(connection: &mut PgConnection, stored: &[&RowChange]) -> bool {
    if stored.is_empty() {
        return true;
    }
    let Ok(revisions) = revisions(connection, stored) else {
        return false;
    };
    stored.iter().all(|change| {
        let found = revisions.get(&change.row.id.as_uuid());
        found.is_none_or(|revision| *revision >= change.row.revision.get())
    })
}

/// The revisions of the rows, by user. The row of a user who was erased meanwhile is not there.
fn revisions(
    connection: &mut PgConnection,
    changes: &[&RowChange],
) -> QueryResult<HashMap<Uuid, i64>> {
    let ids: Vec<_> = changes
        .iter()
        .map(|change| DbUuid::from(change.row.id))
        .collect();
    let rows: Vec<(DbUuid, i64)> = users::table
        .filter(users::user_id.eq_any(ids))
        .select((users::user_id, users::revision))
        .load(connection)?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, revision)| (id.0, revision)).collect())
}

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

/// Sets the rows of different users. A change that is alone waits for the lock of its row, which saves a statement; several
/// skip locked rows.
///
/// Fails if a node has not applied its changes yet: others may read the old rows.
pub(super) fn set_all(
    connection: &mut PgConnection,
    changes: &[&RowChange],
) -> QueryResult<Answers<Recorded<Outcome>>> {
    if let [change] = changes {
        return Ok(vec![Some(Ok(set_alone(connection, change)?))]);
    }
    let outcomes = set_and_look(connection, changes, lock)?.each();
    Ok(outcomes.map(|it| it.transpose().map(Ok)).collect())
}

/// Sets the row of one user, and waits for its lock.
pub(super) fn set_alone(
    connection: &mut PgConnection,
    change: &RowChange,
) -> QueryResult<Recorded<Outcome>> {
    let outcomes = set_and_look(connection, &[change], |_, _| Ok(true))?;
    Ok(outcomes.map(|it| it.into_iter().flatten().next().unwrap_or(Outcome::Conflict)))
}

/// The outcome of each change, `None` if `lock` returns false for it.
fn set_and_look(
    connection: &mut PgConnection,
    changes: &[&RowChange],
    lock: impl Fn(&mut PgConnection, &RowChange) -> QueryResult<bool>,
) -> QueryResult<Recorded<Vec<Option<Outcome>>>> {
    let (outcomes, stored) =
        connection.transaction(|connection| set_in_order(connection, changes, lock))?;
    if !are_applied(connection, &stored) {
        return Err(not_in_effect());
    }
    Ok(outcomes)
}

/// The outcome of each change, and the changes that were stored.
type Set<'a> = (Recorded<Vec<Option<Outcome>>>, Vec<&'a RowChange>);

fn set_in_order<'a>(
    connection: &mut PgConnection,
    changes: &[&'a RowChange],
    lock: impl Fn(&mut PgConnection, &RowChange) -> QueryResult<bool>,
) -> QueryResult<Set<'a>> {
    let mut ordered = changes.to_vec();
    // All transactions lock rows in this order, so that there are no deadlocks.
    ordered.sort_unstable_by_key(|change| change.row.id);
    let mut outcomes = HashMap::new();
    let mut stored = Vec::new();
    for change in ordered {
        let outcome = if lock(connection, change)? {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::connection::SimpleConnection;
    use privet_application::StoreError;
    use privet_application::settings::SettingsStore;
    use privet_domain::settings::user::User;
    use privet_store_conformance::postgres_fixture::TestDatabase;
    use privet_store_conformance::samples::{change, no_email, somebody};

    use super::*;
    use crate::{PostgresConfig, PostgresStore};

    fn open(url: &str, spread: bool) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread,
        })
        .unwrap()
    }

    /// A database with these users.
    async fn database_of(users: &[User]) -> (TestDatabase, PgConnection) {
        let migrate = async |url: String| open(&url, true).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let store = open(database.url(), true);
        for user in users {
            store.create(user.clone().into()).await.unwrap();
        }
        let connection = PgConnection::establish(database.url()).unwrap();
        (database, connection)
    }

    #[tokio::test]
    async fn several_changes_skip_a_locked_row_and_each_gets_its_answer() {
        let users = [(); 3].map(|()| somebody());
        let (database, mut connection) = database_of(&users).await;
        let [locked, free, stale] = users.each_ref().map(|user| change(user, no_email()));
        let outdated = RowChange {
            expected: stale.row.revision,
            ..stale
        };
        let mut other = PgConnection::establish(database.url()).unwrap();
        let lock = format!(
            "BEGIN; SELECT FROM users WHERE user_id = '{}' FOR UPDATE",
            locked.row.id.as_uuid()
        );
        other.batch_execute(&lock).unwrap();
        let answers = set_all(&mut connection, &[&locked, &outdated, &free]).unwrap();
        let outcomes: Vec<_> = answers
            .into_iter()
            .map(|answer| answer.map(|it| *it.unwrap().answer()))
            .collect();
        let expected = [None, Some(Outcome::Conflict), Some(Outcome::Stored)];
        assert_eq!(outcomes, expected);
    }

    /// As if the node of the user did not apply the change.
    const KEEP_OLD: &str = "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql \
        AS 'BEGIN RETURN OLD; END'; \
        CREATE TRIGGER keep BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION keep()";

    #[tokio::test]
    async fn a_change_that_a_node_has_not_applied_is_not_acknowledged() {
        let users = [(); 2].map(|()| somebody());
        let (database, mut connection) = database_of(&users).await;
        connection.batch_execute(KEEP_OLD).unwrap();
        let [one, two] = users.each_ref().map(|user| change(user, no_email()));
        let store = open(database.url(), true);
        let error = store.compare_and_set(&one).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        // The control: in one database nothing is read again.
        let store = open(database.url(), false);
        let outcome = store.compare_and_set(&two).await.unwrap();
        assert_eq!(outcome, Outcome::Stored);
    }
}

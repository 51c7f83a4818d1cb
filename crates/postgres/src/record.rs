//! Records the events of users in the transaction that changes them. Every change uses this module: the result of a
//! change can only be made from the result of [`record`].

mod changes;
mod effect;
mod entries;

use diesel::prelude::*;
use diesel::result::Error;
use privet_application::StoreError;
use privet_application::user_events::UserEvent;
use privet_database::{Batches, Executor, Statement};
use privet_domain::changes::Change;

use crate::PostgresStore;
use crate::connection::PostgresConnector;

use changes::{ChangeColumns, InsertChanges};
use effect::Effect;
use entries::insert_entry;

pub(crate) use changes::INSERT_CHANGES;
pub(crate) use effect::not_in_effect;
pub(crate) use entries::{EntryColumns, InsertEntries};

/// The result of a change whose events were recorded.
pub(crate) struct Recorded<T>(T);

impl<T> Recorded<T> {
    /// The result of a call without a visible change.
    pub const fn unchanged(answer: T) -> Self {
        Self(answer)
    }

    /// The result of a statement that stores the events itself, with [`EntryColumns`] and [`INSERT_CHANGES`].
    pub const fn in_statement(answer: T) -> Self {
        Self(answer)
    }

    /// The result, while its transaction goes on.
    pub const fn answer(&self) -> &T {
        &self.0
    }

    /// Converts the result.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded(form(self.0))
    }
}

impl<T> Recorded<Vec<T>> {
    /// The results of several changes in one transaction.
    pub fn each(self) -> impl Iterator<Item = Recorded<T>> {
        self.0.into_iter().map(Recorded)
    }
}

impl<T> Recorded<Option<T>> {
    /// The result, if there is one.
    pub fn transpose(self) -> Option<Recorded<T>> {
        self.0.map(Recorded)
    }
}

/// Batches of changes that record their events.
#[derive(Clone)]
pub(crate) struct ChangeBatches<S: Statement<PgConnection>>(Batches<PostgresConnector, S>);

impl<T, S> ChangeBatches<S>
where
    S: Statement<PgConnection, Answer = Recorded<T>>,
{
    pub fn new(executor: &Executor<PostgresConnector>, statement: S) -> Self {
        Self(Batches::of_changes(executor, statement))
    }

    pub async fn submit(&self, request: S::Request) -> Result<T, StoreError> {
        let Recorded(answer) = self.0.submit(request).await?;
        Ok(answer)
    }
}

/// Records the events of a change. MUST run in the transaction of the change.
pub(crate) fn record(
    connection: &mut PgConnection,
    events: &[UserEvent],
) -> QueryResult<Recorded<()>> {
    let entries: EntryColumns = events.iter().flat_map(UserEvent::entries).collect();
    if !entries.is_empty() {
        InsertEntries(entries).execute(connection)?;
    }
    tell(connection, events.iter().filter_map(UserEvent::told))
}

/// The same with one statement for each audit entry, which the node of a distributed database that has the user's rows
/// executes. From one statement for all entries, it would copy them to the nodes.
pub(crate) fn record_each(
    connection: &mut PgConnection,
    events: &[&UserEvent],
) -> QueryResult<Recorded<()>> {
    for entry in events.iter().flat_map(|event| event.entries()) {
        insert_entry(connection, entry)?;
    }
    tell(connection, events.iter().filter_map(|event| event.told()))
}

/// Adds these changes to the feed. MUST run in the transaction that makes them.
pub(crate) fn tell(
    connection: &mut PgConnection,
    changes: impl IntoIterator<Item = Change>,
) -> QueryResult<Recorded<()>> {
    let changes: ChangeColumns = changes.into_iter().collect();
    if !changes.is_empty() {
        InsertChanges(changes).execute(connection)?;
    }
    Ok(Recorded(()))
}

impl PostgresStore {
    /// Runs a change in a transaction.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<Recorded<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let Recorded(answer) = self
            .executor
            .write(move |connection| connection.transaction(work))
            .await?;
        Ok(answer)
    }

    /// Runs a change in a transaction; `None` if the change was rolled back because a list has its maximum length.
    pub(crate) async fn change_within_limits<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<Recorded<T>> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        self.executor
            .write(move |connection| within_limits(connection.transaction(work)))
            .await
    }

    /// The same as [`Self::change`]. On a distributed database, reads what was changed until `is_in_effect` returns
    /// true. If that does not happen within the timeout, the call fails with [`StoreError::Unavailable`], and the change
    /// takes effect later.
    pub(crate) async fn change_in_effect<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<Recorded<T>> + Send + 'static,
        is_in_effect: impl Fn(&mut PgConnection, &T) -> QueryResult<bool> + Send + 'static,
    ) -> Result<T, StoreError> {
        let effect = self.effect();
        self.executor
            .write(move |connection| {
                let Recorded(answer) = connection.transaction(work)?;
                let look = |connection: &mut PgConnection| is_in_effect(connection, &answer);
                effect.wait(connection, look)?;
                Ok(answer)
            })
            .await
    }

    /// The same as [`Self::change_within_limits`], and waits as [`Self::change_in_effect`] does.
    pub(crate) async fn change_within_limits_in_effect<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<Recorded<T>> + Send + 'static,
        is_in_effect: impl Fn(&mut PgConnection, &T) -> QueryResult<bool> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let effect = self.effect();
        self.executor
            .write(move |connection| {
                let Some(answer) = within_limits(connection.transaction(work))? else {
                    return Ok(None);
                };
                let look = |connection: &mut PgConnection| is_in_effect(connection, &answer);
                effect.wait(connection, look)?;
                Ok(Some(answer))
            })
            .await
    }

    fn effect(&self) -> Effect {
        Effect {
            layout: self.layout.clone(),
            timeout: self.connector.timeout(),
        }
    }
}

/// `None` if the transaction was rolled back because of a limit.
fn within_limits<T>(result: QueryResult<Recorded<T>>) -> QueryResult<Option<T>> {
    match result {
        Ok(Recorded(answer)) => Ok(Some(answer)),
        Err(Error::RollbackTransaction) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::read_to_string;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use privet_application::settings::audit::{AuditQuery, AuditStore};
    use privet_store_conformance::postgres_fixture::TestDatabase;
    use privet_store_conformance::samples::{entry, settings_event, some_id};

    use super::*;
    use crate::PostgresConfig;

    // The epoch of the cache concerns no user.
    const WRITERS: [&str; 2] = ["cache_epoch.rs", "record.rs"];

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let sources = entries.map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        });
        sources.flatten().collect()
    }

    /// Changes that use this module must record their events to compile. This test finds changes that do not use it.
    #[test]
    fn no_other_module_changes_rows() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut writers = sources(&folder);
        let may_write = |path: &PathBuf| {
            let text = read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            code.contains(".write(") || code.contains("::of_changes(")
        };
        writers.retain(may_write);
        let mut names: Vec<_> = writers
            .iter()
            .map(|path| path.file_name().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, WRITERS);
    }

    fn open(url: &str) -> PostgresStore {
        PostgresStore::new(PostgresConfig {
            url: url.to_owned(),
            pool: 1,
            timeout: Duration::from_secs(10),
            spread: false,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn entries_are_recorded_with_a_change_of_several_statements() {
        let migrate = async |url: String| open(&url).migrate().await.unwrap();
        let database = TestDatabase::migrated(migrate).await;
        let (store, user_id) = (open(database.url()), some_id());
        let event = settings_event(user_id, vec![entry(user_id, "account.is_private")]);
        let events = vec![event.clone()];
        store
            .change(move |connection| record(connection, &events))
            .await
            .unwrap();
        let query = AuditQuery {
            user_id,
            setting: None,
            before: None,
            limit: 10,
        };
        assert_eq!(store.list(&query).await.unwrap(), event.entries());
    }
}

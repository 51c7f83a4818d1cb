//! Records the events of users in the transaction that changes them. Every change uses this module: the result of a
//! change can only be made from the result of [`record`].

mod writer;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use privet_application::StoreError;
use privet_application::user_events::UserEvent;
use privet_database::rows::audit::AuditRow;
use privet_database::rows::changes::ChangeRow;
use privet_domain::changes::Change;

use crate::SqliteStore;
use crate::schema::{audit_log, changes};

pub(crate) use writer::Writer;

/// The result of a change whose events were recorded.
pub(crate) struct Recorded<T>(T);

impl<T> Recorded<T> {
    /// The result of a call without a visible change.
    pub const fn unchanged(answer: T) -> Self {
        Self(answer)
    }

    /// Converts the result.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded(form(self.0))
    }
}

/// Records the events of a change. MUST run in the transaction of the change.
pub(crate) fn record(
    connection: &mut SqliteConnection,
    events: &[UserEvent],
) -> QueryResult<Recorded<()>> {
    for entry in events.iter().flat_map(UserEvent::entries) {
        insert_entry(connection, AuditRow::from(entry))?;
    }
    tell(connection, events.iter().filter_map(UserEvent::told))
}

/// Adds these changes to the feed. MUST run in the transaction that makes them.
pub(crate) fn tell(
    connection: &mut SqliteConnection,
    changes: impl IntoIterator<Item = Change>,
) -> QueryResult<Recorded<()>> {
    for change in changes {
        insert_change(connection, ChangeRow::from(change))?;
    }
    Ok(Recorded(()))
}

impl SqliteStore {
    /// Executes a change in a transaction, together with other waiting changes. The work runs again if the transaction
    /// was rolled back because of another change.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteConnection) -> QueryResult<Recorded<T>> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.change(work).await
    }

    /// The same; `None` if the change was rolled back because a list has its maximum length.
    pub(crate) async fn change_within_limits<T: Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteConnection) -> QueryResult<Recorded<T>> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        self.change(move |connection| unless_rolled_back(connection, &work))
            .await
    }
}

/// Runs work that may end in [`Error::RollbackTransaction`], under a savepoint, because the transaction may have other
/// changes.
fn unless_rolled_back<T>(
    connection: &mut SqliteConnection,
    work: impl Fn(&mut SqliteConnection) -> QueryResult<Recorded<T>>,
) -> QueryResult<Recorded<Option<T>>> {
    connection.batch_execute("SAVEPOINT bounded")?;
    match work(connection) {
        Ok(recorded) => {
            connection.batch_execute("RELEASE bounded")?;
            Ok(recorded.map(Some))
        }
        Err(Error::RollbackTransaction) => {
            connection.batch_execute("ROLLBACK TO bounded; RELEASE bounded")?;
            Ok(Recorded::unchanged(None))
        }
        Err(error) => Err(error),
    }
}

fn insert_entry(connection: &mut SqliteConnection, entry: AuditRow) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::user_id.eq(entry.user_id),
            audit_log::id.eq(entry.id),
            audit_log::actor_id.eq(entry.actor_id),
            audit_log::occurred_at.eq(entry.occurred_at),
            audit_log::setting.eq(entry.setting),
            audit_log::old_value.eq(entry.old_value),
            audit_log::new_value.eq(entry.new_value),
            audit_log::request_id.eq(entry.request_id),
            audit_log::reason.eq(entry.reason),
        ))
        .execute(connection)
        .map(drop)
}

fn insert_change(connection: &mut SqliteConnection, change: ChangeRow) -> QueryResult<()> {
    diesel::insert_into(changes::table)
        .values((
            changes::at.eq(change.at),
            changes::user_id.eq(change.user_id),
            changes::kinds.eq(change.kinds),
        ))
        .execute(connection)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use std::fs::read_to_string;
    use std::path::{Path, PathBuf};

    // The health check writes the current value of a page.
    const WRITERS: [&str; 2] = ["health.rs", "writer.rs"];

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
            // A method of `OpenOptions` has the same name.
            let code = code.replace(".write(true)", "");
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
}

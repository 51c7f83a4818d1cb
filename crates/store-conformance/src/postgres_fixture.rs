//! A PostgreSQL database for each test, which is cloned from a migrated template and dropped at the end. Many test
//! processes may use one server at the same time. The databases of a killed process are dropped by the next one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use uuid::Uuid;

/// The key of a lock: shared while a template is cloned, exclusive while one is created. "privtest" as a number.
const TEMPLATE_LOCK: i64 = 0x70_72_69_76_74_65_73_74;

/// A database for one test. Dropping this drops it.
pub struct TestDatabase {
    name: String,
    url: String,
    // The session holds the lock that marks the database as in use.
    server: Server,
}

impl TestDatabase {
    /// A migrated database. `migrate` gets a URL and runs the migrations; it is called only if they have changed since
    /// the last time.
    ///
    /// Panics without `TEST_DATABASE_URL`, so that tests fail and are not skipped if there is no server.
    pub async fn migrated<F: Future<Output = ()>>(migrate: impl FnOnce(String) -> F) -> Self {
        let mut server = Server::connect();
        let template = server.name("template", &format!("{:016x}", migrations_hash()));
        server.lock("pg_advisory_lock_shared");
        if !server.has(&template) {
            server.lock("pg_advisory_unlock_shared");
            server.lock("pg_advisory_lock");
            if !server.has(&template) {
                server.make_template(&template, migrate).await;
            }
            // The shared lock is taken first, so that no other process replaces the template before it is cloned.
            server.lock("pg_advisory_lock_shared");
            server.lock("pg_advisory_unlock");
        }
        let strategy = server.copying_strategy();
        let mut database = Self::create(server, &format!("TEMPLATE {template} {strategy}"));
        database.server.lock("pg_advisory_unlock_shared");
        database
    }

    /// An empty database.
    #[must_use]
    pub fn empty() -> Self {
        Self::create(Server::connect(), "")
    }

    fn create(mut server: Server, options: &str) -> Self {
        server.sweep();
        let name = server.name("test", &Uuid::new_v4().simple().to_string());
        assert!(server.claim(&name));
        server.execute(&format!("CREATE DATABASE {name} {options}"));
        Self {
            url: with_database(&server.url, &name),
            name,
            server,
        }
    }

    /// The database's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Closes all connections to the database, like a restart of the server.
    pub fn terminate_connections(&mut self) {
        diesel::sql_query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
        )
        .bind::<Text, _>(&self.name)
        .execute(&mut self.server.connection)
        .unwrap();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A panic here would hide the test's own panic. The next test drops what is left.
        if let Err(error) = self.server.connection.batch_execute(&drop) {
            eprintln!("the test's database was not dropped: {error}");
        }
    }
}

/// A session on the database of `TEST_DATABASE_URL`, from which other databases are created.
struct Server {
    url: String,
    connection: PgConnection,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Server {
    fn connect() -> Self {
        let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
            panic!(
                "TEST_DATABASE_URL is not set. Run `make test`, which starts a PostgreSQL where none \
                 is running, or set it to a server where databases may be created."
            );
        };
        let connection = match PgConnection::establish(&url) {
            Ok(connection) => connection,
            Err(error) => panic!("the PostgreSQL of TEST_DATABASE_URL cannot be used: {error}"),
        };
        Self { url, connection }
    }

    /// The name for a database. Only sessions of the same database see a lock, so the name contains the id of the
    /// database whose sessions use it.
    fn name(&mut self, kind: &str, distinction: &str) -> String {
        let query = diesel::sql_query(
            "SELECT oid::text AS name FROM pg_database WHERE datname = current_database()",
        );
        let guard: Name = query.get_result(&mut self.connection).unwrap();
        format!("privet_{kind}_{}_{distinction}", guard.name)
    }

    fn execute(&mut self, sql: &str) {
        if let Err(error) = self.connection.batch_execute(sql) {
            panic!("{sql}: {error}");
        }
    }

    fn ask(&mut self, sql: &str, name: &str) -> bool {
        let query = diesel::sql_query(sql).bind::<Text, _>(name);
        let answer: Answer = query.get_result(&mut self.connection).unwrap();
        answer.answer
    }

    fn has(&mut self, name: &str) -> bool {
        self.ask(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS answer",
            name,
        )
    }

    /// Copying the files takes a third of the time of logging all pages. But it begins with a checkpoint, which is
    /// cheap only without fsync. Before version 15 PostgreSQL always copied the files.
    fn copying_strategy(&mut self) -> &'static str {
        let is_better = "SELECT current_setting('fsync') = 'off' \
                         AND current_setting('server_version_num')::int >= $1::int AS answer";
        if self.ask(is_better, "150000") {
            "STRATEGY FILE_COPY"
        } else {
            ""
        }
    }

    /// Takes the lock that marks a database as in use, if it is free.
    fn claim(&mut self, name: &str) -> bool {
        self.ask(
            "SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS answer",
            name,
        )
    }

    /// Acquires or releases the lock on templates.
    fn lock(&mut self, function: &str) {
        diesel::sql_query(format!("SELECT {function}($1)"))
            .bind::<BigInt, _>(TEMPLATE_LOCK)
            .execute(&mut self.connection)
            .unwrap();
    }

    fn named_like(&mut self, pattern: &str) -> Vec<String> {
        let names: Vec<Name> =
            diesel::sql_query("SELECT datname AS name FROM pg_database WHERE datname LIKE $1")
                .bind::<Text, _>(pattern.replace('_', "\\_"))
                .load(&mut self.connection)
                .unwrap();
        names.into_iter().map(|name| name.name).collect()
    }

    /// Drops the databases of killed tests, whose locks are free.
    fn sweep(&mut self) {
        let pattern = self.name("test", "%");
        for name in self.named_like(&pattern) {
            if self.claim(&name) {
                self.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
                self.ask(
                    "SELECT pg_advisory_unlock(hashtextextended($1, 0)) AS answer",
                    &name,
                );
            }
        }
    }

    /// Creates the template, and drops those of other migrations. An unfinished template has another name, and is
    /// renamed at the end.
    async fn make_template<F: Future<Output = ()>>(
        &mut self,
        template: &str,
        migrate: impl FnOnce(String) -> F,
    ) {
        let pattern = self.name("template", "%");
        for name in self.named_like(&pattern) {
            self.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
        let unfinished = self.name("template", "unfinished");
        self.execute(&format!("CREATE DATABASE {unfinished}"));
        migrate(with_database(&self.url, &unfinished)).await;
        // A template cannot be renamed while there are sessions, from the migration or from autovacuum.
        self.execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'"
        ));
        self.execute(&format!("ALTER DATABASE {unfinished} RENAME TO {template}"));
    }
}

/// The URL of another database on the same server.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = base.split_once("://").unwrap();
    let (hosts, _) = rest.split_once('/').unwrap_or((rest, ""));
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{scheme}://{hosts}/{name}{mark}{query}")
}

/// A hash of all migration files.
fn migrations_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut files = Vec::new();
    collect_files(&folder, &mut files);
    files.sort();
    assert!(!files.is_empty());
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(&folder).unwrap().hash(&mut hasher);
        std::fs::read(&file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_files(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_the_database_changes_in_its_url() {
        for (url, other) in [
            ("postgres://u:p@h:1/a", "postgres://u:p@h:1/b"),
            ("postgres://h", "postgres://h/b"),
            (
                "postgres://u@%2Frun:5432/a?sslmode=disable",
                "postgres://u@%2Frun:5432/b?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "b"), other);
        }
    }
}

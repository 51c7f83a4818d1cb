//! PostgreSQL servers of a test's own: one alone, or a primary and a standby that streams from it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::sql_types::Bool;
use diesel::{Connection, PgConnection, RunQueryDsl, select};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::redis_server::free_port;

/// Longer than starting takes, even where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// What makes a server quick to start and to stop. Its files need not survive the machine.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=16MB",
    "max_connections=50",
    "wal_keep_size=64MB",
];

/// A primary and its standby.
pub struct PostgresPair {
    /// Takes changes.
    pub primary: PostgresServer,
    /// Replays them, until it is told not to.
    pub standby: PostgresServer,
}

impl PostgresPair {
    /// Makes and starts both.
    pub async fn start() -> Self {
        let primary = PostgresServer::start().await;
        let mut standby = PostgresServer::new();
        // With --write-recovery-conf it is a standby of where it was copied from.
        let copied = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"];
        let source = [
            "-U",
            "postgres",
            "-h",
            "127.0.0.1",
            "-p",
            &primary.port.to_string(),
        ]
        .map(str::to_owned);
        let mut copy = program("pg_basebackup");
        run(copy.args(copied).args(source).arg("-D").arg(standby.data())).await;
        standby.run().await;
        Self { primary, standby }
    }

    /// A `DATABASE_URL` with both hosts, the standby first, without any parameter.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres@{},{}/postgres",
            self.standby.address(),
            self.primary.address()
        )
    }

    /// Waits until the standby has replayed what the primary has written, and has it replay nothing more.
    pub async fn pause_replay(&self) {
        let mut primary = self.primary.connect();
        primary.batch_execute("CREATE TABLE marker ()").unwrap();
        let mut standby = self.standby.connect();
        while !is_so(&mut standby, "to_regclass('marker') IS NOT NULL") {
            sleep(Duration::from_millis(20)).await;
        }
        standby
            .batch_execute("SELECT pg_wal_replay_pause()")
            .unwrap();
        while !is_so(&mut standby, "pg_get_wal_replay_pause_state() = 'paused'") {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn is_so(connection: &mut PgConnection, condition: &str) -> bool {
    select(diesel::dsl::sql::<Bool>(condition))
        .get_result(connection)
        .unwrap()
}

/// One server on a port of its own, the same at every start. Ended when it is dropped.
pub struct PostgresServer {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
    settings: &'static [&'static str],
}

impl PostgresServer {
    /// Makes and starts one.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with these settings besides.
    pub async fn start_with(settings: &'static [&'static str]) -> Self {
        let mut server = Self {
            settings,
            ..Self::new()
        };
        let initdb = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"];
        run(program("initdb").args(initdb).arg("-D").arg(server.data())).await;
        server.run().await;
        server
    }

    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let owner = std::process::Command::new("chown")
                .arg("postgres")
                .arg(folder.path())
                .status();
            assert!(
                owner.unwrap().success(),
                "there should be a user `postgres`"
            );
        }
        Self {
            port: free_port(),
            folder,
            process: None,
            settings: &[],
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `host:port`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What `DATABASE_URL` takes.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address())
    }

    /// A session on it.
    pub fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    /// Starts it where it was, and waits until it answers.
    pub async fn run(&mut self) {
        let mut server = program("postgres");
        server
            .arg("-D")
            .arg(self.data())
            .arg("-p")
            .arg(self.port.to_string());
        for setting in SETTINGS.iter().chain(self.settings) {
            server.args(["-c", *setting]);
        }
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let server = server
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn();
        self.process = Some(server.unwrap());
        let begun = Instant::now();
        while PgConnection::establish(&self.url()).is_err() {
            assert!(begun.elapsed() < PATIENCE, "{}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as a failing machine would, with all its connections.
    pub async fn stop(&mut self) {
        self.end("-QUIT").await;
    }

    /// Ends it as an operator does who restarts it at once: connections end, and all is written.
    pub async fn shut_down(&mut self) {
        self.end("-INT").await;
    }

    async fn end(&mut self, signal: &str) {
        let mut process = self.process.take().expect("it should run");
        let id = process.id().expect("it should run").to_string();
        let told = Command::new("kill").args([signal, &id]).status().await;
        assert!(told.unwrap().success());
        process.wait().await.unwrap();
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

async fn run(command: &mut Command) {
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// A program of PostgreSQL, which refuses to run as root.
fn program(name: &str) -> Command {
    let program = folder_of_programs().join(name);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--init-groups",
                "--",
            ])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    // The user `postgres` may not enter the folder of the tests.
    command.current_dir("/").stdin(Stdio::null());
    command
}

/// Debian keeps them out of `PATH`, one folder for each version.
fn folder_of_programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let debian = debian.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let has_all = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_basebackup"]
            .iter()
            .all(|name| Path::exists(&folder.join(name)))
    };
    let found = std::env::split_paths(&path).chain(debian).find(has_all);
    found.expect("PostgreSQL's server should be installed: Debian and Ubuntu have it in the package postgresql")
}

fn is_root() -> bool {
    let id = std::process::Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

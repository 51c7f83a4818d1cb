//! A running Privet: the real binary on a port of its own.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;
use uuid::Uuid;

use super::program::command;
use super::{Backend, Client, Database, SECRET, Token, new_user_id};

/// Longer than starting or stopping takes, even where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. Killed when it is dropped.
pub struct Server {
    process: Child,
    log: Log,
    base_url: String,
    http: reqwest::Client,
    environment: Vec<(String, String)>,
    database: Option<Database>,
}

impl Server {
    /// Starts on the database, with the tests' secret and without rate limits.
    pub async fn start(database: &Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same with further variables. They take precedence; an empty one unsets.
    pub async fn start_with(database: &Database, variables: &[(&str, &str)]) -> Self {
        let mut server = Self::launch(database, variables);
        server.wait_until_it_serves().await;
        server
    }

    /// The same without waiting until it serves.
    pub fn launch(database: &Database, variables: &[(&str, &str)]) -> Self {
        let url = database.url();
        let defaults = [
            ("DATABASE_URL", url.as_str()),
            ("PRIVET_LISTEN", "127.0.0.1:0"),
            ("PRIVET_JWT_SECRET", SECRET),
            // On a machine where much else is done, two seconds pass in no time.
            ("PRIVET_DATABASE_TIMEOUT_MS", "20000"),
            ("PRIVET_RATE_LIMITS", "off"),
            ("PRIVET_WORKERS", "2"),
        ];
        let all = defaults.iter().chain(variables);
        let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::run(environment.collect())
    }

    /// Waits until it serves.
    pub async fn wait_until_it_serves(&mut self) {
        let line = self.wait_for_log("privet::serve: listening ").await;
        let (_, address) = line.rsplit_once("address=").unwrap();
        self.base_url = format!("http://{address}");
    }

    /// The same on an embedded database of its own, for tests to which the store makes no difference.
    pub async fn on_sqlite(variables: &[(&str, &str)]) -> Self {
        let database = Database::fresh(Backend::Sqlite).await;
        let mut server = Self::start_with(&database, variables).await;
        server.database = Some(database);
        server
    }

    /// The database of a server that has one of its own.
    pub fn database(&self) -> &Database {
        self.database.as_ref().expect("the test has the database")
    }

    /// Ends it without any warning, as a power failure would, and starts another on the same database.
    pub async fn kill_and_restart(mut self) -> Self {
        self.process.kill().await.unwrap();
        let mut server = Self::run(self.environment.clone());
        server.wait_until_it_serves().await;
        server.database = self.database.take();
        server
    }

    /// Sends the process a signal: `TERM`, `INT`, `KILL`, `STOP` or `CONT`.
    pub async fn signal(&self, name: &str) {
        let id = self.process.id().expect("the server should still run");
        let mut kill = Command::new("sh");
        kill.arg("-c").arg(format!("kill -{name} {id}"));
        assert!(kill.status().await.unwrap().success());
    }

    /// Waits until the process has ended.
    pub async fn wait_for_exit(&mut self) -> ExitStatus {
        let exit = timeout(PATIENCE, self.process.wait()).await;
        exit.expect("the server should have stopped").unwrap()
    }

    /// Everything logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// Waits for a line of the log that contains `text`, and answers it.
    pub async fn wait_for_log(&mut self, text: &str) -> String {
        let line = timeout(PATIENCE, self.log.wait_for(text)).await;
        line.ok()
            .flatten()
            .unwrap_or_else(|| panic!("{text:?} is not in the log:\n{}", self.log().join("\n")))
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// `host:port`, for tests that speak HTTP by hand.
    pub fn authority(&self) -> &str {
        self.base_url.trim_start_matches("http://")
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        Client::new(self.http.clone(), self.base_url.clone(), None)
    }

    /// A client with any text for a token.
    pub fn bearer(&self, token: &str) -> Client {
        Client::new(
            self.http.clone(),
            self.base_url.clone(),
            Some(token.to_owned()),
        )
    }

    /// A client for a user.
    pub fn user(&self, id: Uuid) -> Client {
        self.bearer(&Token::of(id).sign(SECRET)).known_as(id)
    }

    /// A client for a user whom nobody has seen before.
    pub fn new_user(&self) -> Client {
        self.user(new_user_id())
    }

    fn run(environment: Vec<(String, String)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = command()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Log::of(process.stderr.take().unwrap());
        Self {
            process,
            log,
            base_url: String::new(),
            // One pool for each server; none outlives the runtime of its test.
            http: reqwest::Client::new(),
            environment,
            database: None,
        }
    }
}

/// The lines that a server has logged.
struct Log(watch::Receiver<Arc<Vec<String>>>);

impl Log {
    fn of(stderr: ChildStderr) -> Self {
        let (sender, receiver) = watch::channel(Arc::default());
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                sender.send_modify(|log: &mut Arc<Vec<String>>| Arc::make_mut(log).push(line));
            }
        });
        Self(receiver)
    }

    fn lines(&self) -> Vec<String> {
        self.0.borrow().to_vec()
    }

    /// `None` if the process ends without such a line.
    async fn wait_for(&mut self, text: &str) -> Option<String> {
        let find = |log: &Arc<Vec<String>>| log.iter().find(|line| line.contains(text)).cloned();
        let log = self.0.wait_for(|log| find(log).is_some()).await.ok()?;
        find(&log)
    }
}

//! A running Privet: the real binary on a port of its own, or two of it on two ports.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::program::{command, is_measured};
use crate::support::{
    Backend, Client, Database, SECRET, Token, new_user_id, shared_redis, verdicts,
};

/// Longer than starting or stopping takes, even where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server: one process, or as many replicas as the set-up has. Killed when it is dropped.
pub struct Server {
    replicas: Vec<Child>,
    log: Log,
    base_urls: Arc<[String]>,
    /// Which replica the next client asks first.
    first: AtomicUsize,
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
            ("REDIS_URL", database.redis_url().unwrap_or_default()),
            ("PRIVET_LISTEN", "127.0.0.1:0"),
            ("PRIVET_JWT_SECRET", SECRET),
            // On a machine where much else is done, two seconds pass in no time.
            ("PRIVET_DATABASE_TIMEOUT_MS", "20000"),
            ("PRIVET_RATE_LIMITS", "off"),
            ("PRIVET_WORKERS", "2"),
        ];
        let all = defaults.iter().chain(variables);
        let environment = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self::run(environment.collect(), database.setup().replicas())
    }

    /// Waits until all replicas serve, and are connected to the Redis that all tests share.
    pub async fn wait_until_it_serves(&mut self) {
        let is_json = self
            .environment
            .iter()
            .any(|variable| *variable == ("PRIVET_LOG_FORMAT".to_owned(), "json".to_owned()));
        let listening = if is_json {
            "\"message\":\"listening\""
        } else {
            "privet::serve: listening "
        };
        let lines = self.log.wait_for(listening, self.replicas.len());
        let lines = timeout(PATIENCE, lines).await.ok().flatten();
        let lines = lines.unwrap_or_else(|| panic!("it does not serve:\n{}", self.whole_log()));
        let urls = lines
            .iter()
            .map(|line| format!("http://{}", address_in(line)));
        self.base_urls = urls.collect();
        let is_redis = |(name, url): &&(String, String)| name == "REDIS_URL" && !url.is_empty();
        let redis = self.environment.iter().rfind(is_redis);
        if redis.is_some_and(|(_, url)| shared_redis::is_at(url)) {
            for base_url in &*self.base_urls {
                self.wait_for_redis(base_url).await;
            }
        }
    }

    async fn wait_for_redis(&self, base_url: &str) {
        let begun = Instant::now();
        let url = format!("{base_url}/health/ready");
        loop {
            let answer = self.http.get(&url).send().await.unwrap();
            let text = answer.text().await.unwrap();
            if text.contains("\"redis\":\"up\"") {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{text}\n{}", self.whole_log());
            sleep(Duration::from_millis(2)).await;
        }
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

    /// Ends it without any warning, as a power failure would.
    pub async fn kill(&mut self) {
        for replica in &mut self.replicas {
            replica.kill().await.unwrap();
        }
    }

    /// Does that, and starts another on the same database.
    pub async fn kill_and_restart(mut self) -> Self {
        self.kill().await;
        let mut server = Self::run(self.environment.clone(), self.replicas.len());
        server.wait_until_it_serves().await;
        server.database = self.database.take();
        server
    }

    /// Sends all its processes a signal: `TERM`, `INT`, `KILL`, `STOP` or `CONT`.
    pub async fn signal(&self, name: &str) {
        for replica in &self.replicas {
            let id = replica.id().expect("the server should still run");
            let mut kill = Command::new("sh");
            kill.arg("-c").arg(format!("kill -{name} {id}"));
            assert!(kill.status().await.unwrap().success());
        }
    }

    /// How much memory the first replica has, in KiB: what the system calls its resident set.
    pub fn resident_memory(&self) -> u64 {
        let id = self.replicas[0].id().expect("the server should still run");
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        let status = status.expect("where Linux says it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        kib.expect("a number of KiB").parse().unwrap()
    }

    /// Waits until the first replica has a thread of this name.
    pub async fn wait_for_thread(&self, name: &str) {
        let id = self.replicas[0].id().expect("the server should still run");
        let begun = Instant::now();
        loop {
            let threads =
                std::fs::read_dir(format!("/proc/{id}/task")).expect("where Linux has them");
            let comm = |thread: std::io::Result<std::fs::DirEntry>| {
                std::fs::read_to_string(thread.ok()?.path().join("comm")).ok()
            };
            if threads.filter_map(comm).any(|comm| comm.trim() == name) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{}", self.whole_log());
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until all its processes have ended, and everything that they logged is here. Answers how they
    /// ended; where one failed, how that one did.
    pub async fn wait_for_exit(&mut self) -> ExitStatus {
        let ended = async {
            let mut exits = Vec::new();
            for replica in &mut self.replicas {
                exits.push(replica.wait().await.unwrap());
            }
            self.log.wait_for_end().await;
            exits
        };
        let exits = timeout(PATIENCE, ended).await;
        let exits = exits.expect("the server should have stopped");
        let failed = exits.iter().find(|exit| !exit.success());
        *failed.unwrap_or(&exits[0])
    }

    /// Everything logged so far, by whichever replica.
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// Waits for a line of the log that contains `text`, whichever replica writes it, and answers it.
    pub async fn wait_for_log(&mut self, text: &str) -> String {
        self.wait_for_logs(text, 1).await.remove(0)
    }

    /// Waits for that many lines of the log that contain `text`, and answers them.
    pub async fn wait_for_logs(&mut self, text: &str, number: usize) -> Vec<String> {
        let lines = timeout(PATIENCE, self.log.wait_for(text, number)).await;
        let lines = lines.ok().flatten();
        lines.unwrap_or_else(|| panic!("{text:?} is not in the log:\n{}", self.whole_log()))
    }

    fn whole_log(&self) -> String {
        self.log().join("\n")
    }

    /// The address of a path, on the first replica.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_urls[0])
    }

    /// `host:port` of the first replica, for tests that speak HTTP by hand.
    pub fn authority(&self) -> &str {
        self.base_urls[0].trim_start_matches("http://")
    }

    /// A client without a token.
    pub fn anonymous(&self) -> Client {
        self.client(None)
    }

    /// A client with any text for a token.
    pub fn bearer(&self, token: &str) -> Client {
        self.client(Some(token.to_owned()))
    }

    /// A client for a user.
    pub fn user(&self, id: Uuid) -> Client {
        self.bearer(&Token::of(id).sign(SECRET)).known_as(id)
    }

    /// A client for a user whom nobody has seen before.
    pub fn new_user(&self) -> Client {
        self.user(new_user_id())
    }

    fn client(&self, token: Option<String>) -> Client {
        let first = self.first.fetch_add(1, Ordering::Relaxed);
        Client::new(self.http.clone(), Arc::clone(&self.base_urls), first, token)
    }

    /// Runs the replicas, all at once: none waits until another has migrated.
    fn run(environment: Vec<(String, String)>, replicas: usize) -> Self {
        verdicts::stand();
        let mut processes: Vec<Child> = (0..replicas).map(|_| process(&environment)).collect();
        let logs = processes.iter_mut();
        let log = Log::of(logs.map(|process| process.stderr.take().unwrap()));
        Self {
            replicas: processes,
            log,
            base_urls: Arc::default(),
            first: AtomicUsize::new(0),
            // One pool for each server; none outlives the runtime of its test.
            http: reqwest::Client::new(),
            environment,
            database: None,
        }
    }
}

/// `host:port` in a line that says where something listens, in either form of the log.
pub fn address_in(line: &str) -> String {
    if let Ok(event) = serde_json::from_str::<Value>(line) {
        let host = event["server.address"].as_str().unwrap();
        return format!("{host}:{}", event["server.port"]);
    }
    let (_, address) = line.split_once("server.address=").unwrap();
    address.replace(" server.port=", ":")
}

impl Drop for Server {
    fn drop(&mut self) {
        if is_measured() {
            self.replicas.iter_mut().for_each(stop);
        }
    }
}

/// Stops it as an operator would, and waits for a while until it has.
fn stop(replica: &mut Child) {
    let Some(id) = replica.id() else { return };
    let told = std::process::Command::new("kill")
        .arg(id.to_string())
        .status();
    let patience = Instant::now() + Duration::from_secs(10);
    while told.is_ok() && Instant::now() < patience && matches!(replica.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn process(environment: &[(String, String)]) -> Child {
    let folder = tempfile::tempdir().unwrap();
    command()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lines that the processes of a server have logged.
struct Log(watch::Receiver<Arc<Vec<String>>>);

impl Log {
    fn of(outputs: impl Iterator<Item = ChildStderr>) -> Self {
        let (sender, receiver) = watch::channel(Arc::default());
        for output in outputs {
            let sender = sender.clone();
            tokio::spawn(async move {
                let mut lines = BufReader::new(output).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    sender.send_modify(|log: &mut Arc<Vec<String>>| Arc::make_mut(log).push(line));
                }
            });
        }
        Self(receiver)
    }

    fn lines(&self) -> Vec<String> {
        self.0.borrow().to_vec()
    }

    /// Waits for that many lines with that text. `None` if all processes end without them.
    async fn wait_for(&mut self, text: &str, number: usize) -> Option<Vec<String>> {
        let find = |log: &Arc<Vec<String>>| -> Vec<String> {
            let lines = log.iter().filter(|line| line.contains(text));
            lines.take(number).cloned().collect()
        };
        let log = self
            .0
            .wait_for(|log| find(log).len() == number)
            .await
            .ok()?;
        Some(find(&log))
    }

    async fn wait_for_end(&mut self) {
        // Those who write it are gone when there is nothing left to read.
        let _ = self.0.wait_for(|_| false).await;
    }
}

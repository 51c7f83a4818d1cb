//! A Redis of a test's own: the real server, which can be killed, paused, and started again with whatever
//! data the test wants it to have.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Longer than starting takes, even where many tests run at once.
const PATIENCE: Duration = Duration::from_mins(1);
/// Below the ports that the system hands out by itself, so that a port which is free while the server is away
/// stays so.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How many ports are tried: others run tests of the same kind.
const ATTEMPTS: u32 = 20;

/// Whether the data outlive the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// They are gone when the process is.
    Nothing,
    /// Every write is in a file before it is answered. Not on the disk, which would be slow and makes no
    /// difference: processes are killed here, not machines.
    Everything,
}

/// A Redis server on a port of its own, the same at every start. Ended when it is dropped.
pub struct RedisServer {
    port: u16,
    persistence: Persistence,
    folder: TempDir,
    process: Option<Child>,
}

/// The data that a server had at some time.
pub struct OldData(TempDir);

impl RedisServer {
    /// Runs, with nothing in it.
    pub async fn start(persistence: Persistence) -> Self {
        for _ in 0..ATTEMPTS {
            let mut server = Self::on(free_port(), persistence);
            if server.try_to_run().await {
                return server;
            }
        }
        panic!("no redis-server comes up, on {ATTEMPTS} ports");
    }

    /// Does not run yet.
    pub fn away() -> Self {
        Self::on(free_port(), Persistence::Nothing)
    }

    /// What `REDIS_URL` takes.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// `host:port`
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it where it was, with the data that are in its folder.
    pub async fn run(&mut self) {
        let begun = Instant::now();
        while !self.try_to_run().await {
            let address = self.address();
            assert!(begun.elapsed() < PATIENCE, "{address} is taken");
        }
    }

    /// Ends it without any warning.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("Redis should run");
        process.kill().await.unwrap();
    }

    /// Starts it where it was, with nothing in it.
    pub async fn run_empty(&mut self) {
        self.folder = tempfile::tempdir().unwrap();
        self.run().await;
    }

    /// Kills it and starts it with nothing in it.
    pub async fn restart_empty(&mut self) {
        self.kill().await;
        self.run_empty().await;
    }

    /// A copy of its data as they are now. To be taken of a server that persists them, while nobody writes.
    pub fn data(&self) -> OldData {
        assert_eq!(self.persistence, Persistence::Everything);
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), copy.path());
        OldData(copy)
    }

    /// Kills it and starts it with these data.
    pub async fn restart_with(&mut self, old: &OldData) {
        self.kill().await;
        self.folder = tempfile::tempdir().unwrap();
        copy_folder(old.0.path(), self.folder.path());
        self.run().await;
    }

    /// Has it answer nobody, with its connections open.
    pub async fn pause(&self) {
        self.signal("STOP").await;
    }

    /// Has it go on where it was paused.
    pub async fn resume(&self) {
        self.signal("CONT").await;
    }

    /// Has it take no writes, as it does when it has no memory left and may throw nothing out.
    pub async fn fill_up(&self) {
        self.bound_memory("1").await;
    }

    /// Has it take writes again.
    pub async fn make_room(&self) {
        self.bound_memory("0").await;
    }

    async fn bound_memory(&self, bytes: &str) {
        let command = format!("CONFIG SET maxmemory {bytes}");
        let answer = ask(&self.address(), &command).await;
        assert_eq!(answer.as_deref(), Some("+OK"));
    }

    /// How many keys it has.
    pub async fn keys(&self) -> u64 {
        loop {
            let answer = ask(&self.address(), "DBSIZE").await.unwrap();
            // While it reads its data from the disk it says so.
            if let Ok(keys) = answer.trim_start_matches(':').parse() {
                return keys;
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn on(port: u16, persistence: Persistence) -> Self {
        Self {
            port,
            persistence,
            folder: tempfile::tempdir().unwrap(),
            process: None,
        }
    }

    async fn signal(&self, name: &str) {
        let process = self.process.as_ref().expect("Redis should run");
        let id = process.id().expect("Redis should run");
        let mut kill = Command::new("sh");
        kill.arg("-c").arg(format!("kill -{name} {id}"));
        assert!(kill.status().await.unwrap().success());
    }

    /// Starts it and waits until it serves. Whether it does: another may have its port.
    async fn try_to_run(&mut self) -> bool {
        let mut process = self.spawn();
        let begun = Instant::now();
        while process.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "redis-server does not serve");
            if serves(&self.address(), process.id()).await {
                self.process = Some(process);
                return true;
            }
            sleep(Duration::from_millis(10)).await;
        }
        false
    }

    fn spawn(&self) -> Child {
        let append = match self.persistence {
            Persistence::Nothing => "no",
            Persistence::Everything => "yes",
        };
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", append, "--appendfsync", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command.spawn().unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => panic!(
                "redis-server is not installed. Run `make test`, which installs it on Debian and \
                 Ubuntu, or install it (apt-get install redis-server, brew install redis)."
            ),
            _ => panic!("redis-server cannot be started: {error}"),
        })
    }
}

/// Whether the process with this id serves there, and not another, and has read its data.
async fn serves(address: &str, id: Option<u32>) -> bool {
    let asking = timeout(Duration::from_secs(1), ask(address, "INFO"));
    let told = asking.await.ok().flatten().unwrap_or_default();
    let is_told = |line: &str| told.lines().any(|told| told == line);
    id.is_some_and(|id| is_told(&format!("process_id:{id}"))) && is_told("loading:0")
}

/// The answer to a command that is one line and answered with a line or a text.
async fn ask(address: &str, command: &str) -> Option<String> {
    let mut stream = BufReader::new(TcpStream::connect(address).await.ok()?);
    let line = format!("{command}\r\n");
    stream.write_all(line.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_line(&mut answer).await.ok()?;
    let Some(length) = answer.strip_prefix('$') else {
        return Some(answer.trim_end().to_owned());
    };
    let mut text = vec![0; length.trim_end().parse().ok()?];
    stream.read_exact(&mut text).await.ok()?;
    String::from_utf8(text).ok()
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let chance = crate::support::new_user_id().as_u128() % u128::from(PORTS.end - PORTS.start);
    let first = PORTS.start + u16::try_from(chance).unwrap();
    let mut ports = (first..PORTS.end).chain(PORTS.start..first);
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.find(is_free).expect("every port is taken")
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let copy = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&copy).unwrap();
            copy_folder(&entry.path(), &copy);
        } else {
            std::fs::copy(entry.path(), copy).unwrap();
        }
    }
}

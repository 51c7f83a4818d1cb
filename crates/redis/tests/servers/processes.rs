//! Redis servers for one test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::{PATIENCE, an_id};

/// A server. Dropping this ends it.
pub struct Process {
    pub port: u16,
    folder: TempDir,
    child: Child,
}

impl Process {
    /// Starts a server with these arguments, which are computed from its port and its folder.
    ///
    /// Another process may take the port, or the port of the cluster bus, first. Then the server ends, and another port
    /// is tried.
    pub async fn start(arguments: impl Fn(u16, &Path) -> Vec<String>) -> Self {
        for _ in 0..10 {
            if let Some(process) = Self::try_start(&arguments).await {
                return process;
            }
        }
        panic!("redis-server ended 10 times without serving");
    }

    async fn try_start(arguments: impl Fn(u16, &Path) -> Vec<String>) -> Option<Self> {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("redis-server")
            .args(arguments(port, folder.path()))
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("redis-server should be installed (Debian: apt-get install redis-server)");
        let mut process = Self {
            port,
            folder,
            child,
        };
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            if process.child.try_wait().unwrap().is_some() {
                return None;
            }
            assert!(begun.elapsed() < PATIENCE, "redis-server does not serve");
            sleep(Duration::from_millis(10)).await;
        }
        // The answer may come from another process that took the port first.
        sleep(Duration::from_millis(20)).await;
        process
            .child
            .try_wait()
            .unwrap()
            .is_none()
            .then_some(process)
    }

    /// Starts a server with these additional arguments.
    pub async fn plain(more: &[&str]) -> Self {
        Self::start(|port, _| {
            let port = port.to_string();
            let own = ["--port", &port, "--bind", "127.0.0.1", "--save", ""];
            own.iter().chain(more).map(ToString::to_string).collect()
        })
        .await
    }

    /// Returns the answer to a command as text.
    pub async fn ask(&self, command: &str) -> String {
        let url = format!("redis://127.0.0.1:{}", self.port);
        let client = redis::Client::open(url).unwrap();
        let mut words = command.split(' ');
        let mut question = redis::cmd(words.next().unwrap());
        for word in words {
            question.arg(word);
        }
        let begun = Instant::now();
        loop {
            let answer = async {
                let mut connection = client.get_multiplexed_async_connection().await?;
                question.query_async::<redis::Value>(&mut connection).await
            };
            match answer.await {
                Ok(value) => return text(&value),
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{command}: {error}"),
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Repeats the command until the answer contains this text.
    pub async fn wait_for(&self, command: &str, expected: &str) {
        let begun = Instant::now();
        loop {
            let answer = self.ask(command).await;
            if answer.contains(expected) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{command}: {answer}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends it the signal with this name.
    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("sh");
        kill.arg("-c")
            .arg(format!("kill -{name} {}", self.child.id()));
        assert!(kill.status().unwrap().success());
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(self.folder.path());
    }
}

/// The texts of the value, one on each line.
fn text(value: &redis::Value) -> String {
    match value {
        redis::Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        redis::Value::SimpleString(text) => text.clone(),
        redis::Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join("\n"),
        other => format!("{other:?}"),
    }
}

/// A port whose cluster port, 10,000 above, is free as well. Both are below the ports (from 32,768) that the kernel
/// assigns to connections, of which concurrent tests have many.
fn free_port() -> u16 {
    let [first, second, ..] = *an_id().as_bytes();
    let first = 20_000 + u16::from_be_bytes([first, second]) % 2_700;
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    (first..22_700)
        .chain(20_000..first)
        .find(|port| is_free(*port) && is_free(port + 10_000))
        .expect("every port is taken")
}

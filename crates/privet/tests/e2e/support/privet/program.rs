//! The real binary, run to its end.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// Longer than any command takes that does not serve.
const PATIENCE: Duration = Duration::from_mins(1);

/// A run of the binary to come. It sees no variables but those given here, and works in an empty folder
/// of its own.
pub struct Program {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Output {
    /// The exit status.
    pub status: i32,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
}

impl Program {
    /// `privet` with these arguments.
    pub fn new(arguments: &[&str]) -> Self {
        Self {
            arguments: arguments.iter().map(ToString::to_string).collect(),
            environment: Vec::new(),
        }
    }

    /// With this variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs it until it ends by itself.
    pub async fn run(self) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let running = command()
            .args(&self.arguments)
            .envs(self.environment)
            .current_dir(folder.path())
            .output();
        let output = timeout(PATIENCE, running).await;
        let output = output.expect("it should have ended by itself").unwrap();
        Output {
            status: output
                .status
                .code()
                .expect("it should not be ended by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Where the binary is. `PRIVET_TEST_BINARY` names another one, such as that of a release.
pub fn binary() -> String {
    let binary = std::env::var("PRIVET_TEST_BINARY");
    binary.unwrap_or_else(|_| env!("CARGO_BIN_EXE_privet").to_owned())
}

/// The binary with an empty environment, ended when it is dropped.
pub fn command() -> Command {
    let mut command = Command::new(binary());
    command.env_clear().stdin(Stdio::null()).kill_on_drop(true);
    if is_spread() {
        command.env("PRIVET_DATABASE_SPREAD", "true");
    }
    // Where it is measured what the tests reach, it says what it did.
    if let Some(file) = std::env::var_os(PROFILES) {
        command.env(PROFILES, file);
    }
    command
}

/// Whether `TEST_SPREAD` is set: all servers then use the statements of a distributed PostgreSQL (`scripts/test-spread`).
pub fn is_spread() -> bool {
    std::env::var_os("TEST_SPREAD").is_some_and(|value| value == "true")
}

/// Whether it is measured what the tests reach. A process that is killed does not say what it did.
pub fn is_measured() -> bool {
    std::env::var_os(PROFILES).is_some()
}

/// Where a process that was built to be measured writes what it did.
const PROFILES: &str = "LLVM_PROFILE_FILE";

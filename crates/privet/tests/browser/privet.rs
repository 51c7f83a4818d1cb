//! The server under test.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::Process;

/// A running Privet with a database of its own.
pub struct Privet {
    url: String,
    folder: PathBuf,
    _process: Process,
}

impl Privet {
    /// Starts one with these variables.
    pub fn start(folder: &Path, variables: &[(&str, &str)]) -> Result<Self> {
        const SAID: &str = "Swagger UI: ";
        let mut command = Self::command(folder);
        let (process, line) = Process::start(command.envs(variables.iter().copied()), SAID)?;
        let (_, address) = line.split_once(SAID).context("no address in the log")?;
        let url = address.trim().trim_end_matches("/swagger-ui/");
        Ok(Self {
            url: url.to_owned(),
            folder: folder.to_owned(),
            _process: process,
        })
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// A token that it takes.
    pub fn token_for(&self, user: &str) -> Result<String> {
        let output = Self::command(&self.folder)
            .args(["token", "--user", user])
            .output()?;
        ensure!(output.status.success(), "privet token: {output:?}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    fn command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_privet"));
        command
            .env_clear()
            .env("PRIVET_LISTEN", "127.0.0.1:0")
            .env(
                "DATABASE_URL",
                format!("sqlite://{}/privet.db", folder.display()),
            )
            .current_dir(folder);
        command
    }
}

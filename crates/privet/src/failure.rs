//! Why a command did not do what it was asked to, and the exit status that says so.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::anyhow;
use privet_application::{StoreError, in_one_line};

use crate::configuration::ConfigurationError;

/// Exit status of a command that was asked for something that it cannot do as configured.
const MISCONFIGURED: u8 = 2;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration cannot be used; exit status 2.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The configuration is fine, but what was asked for makes no sense with it; exit status 2.
    #[error("{0}")]
    Refused(String),
    /// Something went wrong on the way; exit status 1.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// The store failed at `doing` something. Its error tells its causes by itself.
    pub fn of_store(doing: &str, error: &StoreError) -> Self {
        Self::Failed(anyhow!("cannot {doing}: {error}"))
    }

    /// Writes it to standard error: one line, and one for each fault of a configuration that has several.
    pub fn report(&self) -> ExitCode {
        let (first, faults) = match self {
            Self::Configuration(error) => match error.lines() {
                [first, faults @ ..] => (first.clone(), faults),
                [] => (error.to_string(), &[][..]),
            },
            Self::Refused(_) | Self::Failed(_) => (self.to_string(), &[][..]),
        };
        // Where it cannot be written, the exit status still tells.
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "privet: {}", in_one_line(&first));
        for fault in faults {
            let _ = writeln!(stderr, "{}", in_one_line(fault));
        }
        match self {
            Self::Configuration(_) | Self::Refused(_) => ExitCode::from(MISCONFIGURED),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

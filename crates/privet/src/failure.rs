//! Errors of commands and their exit status.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::anyhow;
use privet_application::{StoreError, in_one_line};

use crate::configuration::ConfigurationError;

/// The exit status of an error in the configuration.
const MISCONFIGURED: u8 = 2;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is invalid; exit status 2.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    /// The configuration is valid, but does not permit this command; exit status 2.
    #[error("{0}")]
    Refused(String),
    /// Another error; exit status 1.
    #[error("{0:#}")]
    Failed(#[from] anyhow::Error),
}

impl Failure {
    /// The store failed at `doing` something. Its error contains the causes.
    pub fn of_store(doing: &str, error: &StoreError) -> Self {
        Self::Failed(anyhow!("cannot {doing}: {error}"))
    }

    /// Writes the error to standard error: one line, and one more for each error of a configuration with several.
    pub fn report(&self) -> ExitCode {
        let (first, faults) = match self {
            Self::Configuration(error) => match error.lines() {
                [first, faults @ ..] => (first.clone(), faults),
                [] => (error.to_string(), &[][..]),
            },
            Self::Refused(_) | Self::Failed(_) => (self.to_string(), &[][..]),
        };
        // If it cannot be written, the exit status still shows the error.
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

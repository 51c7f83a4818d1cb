//! Logging: to standard error, so that what a command prints on standard output stays clean.

use std::io::{self, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use crate::configuration::log::{LogConfiguration, LogFormat};

/// Starts logging. Lines are written by a thread of their own, so that a slow terminal or pipe never
/// holds a request up; if it falls far behind, lines are dropped. The guard, when dropped, writes what
/// is left.
pub fn start(configuration: LogConfiguration) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .thread_name("log")
        .finish(io::stderr());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(configuration.filter)
        .with_writer(writer)
        .with_ansi(configuration.colors && io::stderr().is_terminal());
    match configuration.format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    guard
}

//! Logging: to standard error, so that what a command prints on standard output stays clean.

use std::io::{self, BufWriter, IsTerminal};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

use crate::configuration::log::{LogConfiguration, LogFormat};

/// Lines that may wait to be written: a few MiB, and about half a second of full load.
const WAITING_LINES: usize = 16_384;

/// Bytes that one system call may write. The writing thread flushes whenever nothing waits.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

/// Starts logging. Lines are written by a thread of their own, so that a slow terminal or pipe never
/// holds a request up; if it falls far behind, lines are dropped. The guard, when dropped, writes what
/// is left.
pub fn start(configuration: LogConfiguration) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .thread_name("log")
        .buffered_lines_limit(WAITING_LINES)
        .finish(BufWriter::with_capacity(WRITTEN_AT_ONCE, io::stderr()));
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

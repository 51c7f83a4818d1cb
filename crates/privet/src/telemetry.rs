//! Log, metrics and spans. The log goes to standard error: standard output is for the output of commands.

mod collector;
mod line_writer;
pub mod metrics;
#[cfg_attr(not(feature = "opentelemetry"), path = "telemetry/no_spans.rs")]
mod spans;
mod text_fields;
mod text_line;
#[cfg(test)]
mod written;

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::Context;

use crate::configuration::log::{LogConfiguration, LogFormat};

use line_writer::{Lines, Writing};
use text_fields::TextFields;
use text_line::{LineTime, TextLine};

pub use spans::Spans;

/// Starts logging. A thread writes the lines, so that a slow terminal or pipe never delays a request; if it falls
/// far behind, lines are dropped and their number is logged. Dropping the guard writes the rest.
pub fn start(configuration: LogConfiguration) -> anyhow::Result<Writing> {
    let lines = Arc::new(Lines::default());
    let has_colors = configuration.colors && io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(configuration.filter)
        .with_writer(Arc::clone(&lines))
        .with_timer(LineTime)
        .with_ansi(has_colors);
    match configuration.format {
        LogFormat::Text if has_colors => subscriber.init(),
        LogFormat::Text => subscriber
            .fmt_fields(TextFields)
            .event_format(TextLine::new())
            .init(),
        LogFormat::Json => subscriber.json().flatten_event(true).init(),
    }
    let on_loss = |lines| {
        metrics::count_dropped_lines(lines);
        tracing::warn!(lines, "standard error is too slow: log lines were dropped");
    };
    Writing::start(lines, io::stderr(), on_loss)
        .context("cannot start the thread that writes the log")
}

//! Formats an event as a line of text, like `tracing_subscriber` without colors, with half the instructions: its own
//! formatter applies styles that are not shown, and writes the time in many parts.

use std::fmt;

use chrono::Utc;
use privet_domain::Timestamp;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// The target of events of the crate `log`. They have their own target in a field.
const OF_LOG: &str = "log";

/// The time of a line.
pub struct LineTime;

impl FormatTime for LineTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        #[expect(
            clippy::disallowed_methods,
            reason = "a line has the time of the system, as its formatter has no clock"
        )]
        let now = Utc::now();
        write!(writer, "{}", Timestamp::truncate(now))
    }
}

/// Writes `time LEVEL target: fields`. Events within spans, and those of the crate `log`, are left to the formatter that it
/// replaces.
pub struct TextLine(Format<Full, LineTime>);

impl TextLine {
    pub fn new() -> Self {
        Self(Format::default().with_ansi(false).with_timer(LineTime))
    }
}

impl<S, N> FormatEvent<S, N> for TextLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        if metadata.target() == OF_LOG || context.event_scope().is_some() {
            return self.0.format_event(context, writer, event);
        }
        LineTime.format_time(&mut writer)?;
        writer.write_char(' ')?;
        let level = metadata.level().as_str();
        if level.len() < "ERROR".len() {
            writer.write_char(' ')?;
        }
        writer.write_str(level)?;
        writer.write_char(' ')?;
        writer.write_str(metadata.target())?;
        writer.write_str(": ")?;
        context.format_fields(writer.by_ref(), event)?;
        writer.write_char('\n')
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Registry;
    use tracing_subscriber::fmt::format::DefaultFields;
    use tracing_subscriber::fmt::time::SystemTime;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::telemetry::written::Written;

    fn log_everything() {
        tracing::error!("an error");
        tracing::warn!(number = 7, "a warning");
        tracing::info!(text = "plain");
        tracing::debug!(target: "another", "for a developer");
        tracing::trace!(target: OF_LOG, "of log");
        let span = tracing::info_span!("outer", size = 2);
        span.in_scope(|| tracing::info!("within a span"));
    }

    /// The lines without their times.
    fn written_by<E>(events: E) -> Vec<String>
    where
        E: FormatEvent<Registry, DefaultFields> + Send + Sync + 'static,
    {
        let written = Written::default();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(written.clone())
            .with_ansi(false)
            .event_format(events);
        let subscriber = Registry::default().with(layer);
        tracing::subscriber::with_default(subscriber, log_everything);
        let text = written.text();
        let without_time = |line: &str| line.split_at("2026-11-30T00:00:00.000000Z".len()).1.into();
        text.lines().map(without_time).collect()
    }

    #[test]
    fn lines_are_those_of_the_formatter_that_it_stands_in_for() {
        let expected = written_by(Format::default().with_ansi(false));
        assert_eq!(expected.len(), 6, "{expected:?}");
        assert_eq!(written_by(TextLine::new()), expected);
    }

    #[test]
    fn the_time_is_written_like_that_of_the_formatter_that_it_stands_in_for() {
        let times = [
            time_by(&SystemTime),
            time_by(&LineTime),
            time_by(&SystemTime),
        ];
        assert!(times.is_sorted(), "{times:?}");
        assert!(times.iter().all(|time| time.len() == 27), "{times:?}");
    }

    fn time_by(time: &impl FormatTime) -> String {
        let mut text = String::new();
        time.format_time(&mut Writer::new(&mut text)).unwrap();
        text
    }
}

//! Formats the fields of an event in a text line, like `tracing_subscriber` without colors. Its own formatter uses
//! styles and `Debug` for each field, which took half of the time of a request's line.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

/// Writes `message name=value name="text"`.
pub struct TextFields;

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line {
            writer,
            is_empty: true,
            result: Ok(()),
        };
        fields.record(&mut line);
        line.result
    }
}

struct Line<'writer> {
    writer: Writer<'writer>,
    is_empty: bool,
    result: fmt::Result,
}

impl Line<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = self.try_add(field, value);
        }
    }

    fn try_add(
        &mut self,
        field: &Field,
        value: impl FnOnce(&mut Writer<'_>) -> fmt::Result,
    ) -> fmt::Result {
        if !std::mem::take(&mut self.is_empty) {
            self.writer.write_char(' ')?;
        }
        if field.name() != "message" {
            self.writer.write_str(field.name())?;
            self.writer.write_char('=')?;
        }
        value(&mut self.writer)
    }
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, |writer| write!(writer, "{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" || !is_plain(value) {
            return self.record_debug(field, &value);
        }
        self.add(field, |writer| {
            writer.write_char('"')?;
            writer.write_str(value)?;
            writer.write_char('"')
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }
}

/// Whether the text is printable ASCII that needs no escaping.
#[expect(
    clippy::needless_bitwise_bool,
    clippy::manual_range_contains,
    reason = "without a branch many bytes are compared at once"
)]
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| (byte >= b' ') & (byte <= b'~') & (byte != b'"') & (byte != b'\\');
    // Without an early exit the compiler compares many bytes at once.
    text.bytes().fold(true, |all, byte| all & is_plain(byte))
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::fmt::format::DefaultFields;

    use super::*;
    use crate::telemetry::written::Written;

    fn log_everything() {
        tracing::info!("only a message");
        tracing::info!(
            text = "plain",
            "quoted \" text" = "a \"quote\", a \\ and a \n",
            "with fields"
        );
        tracing::warn!(
            foreign = "é",
            number = 7_u64,
            negative = -7,
            is_so = true,
            shown = %"as it is",
            nothing = None::<u64>,
            status = 200_u16,
            error = &io::Error::other("it failed") as &dyn std::error::Error,
            "and {}",
            "more"
        );
        tracing::info!(alone = "no message");
    }

    fn written_by(fields: impl for<'w> FormatFields<'w> + Send + Sync + 'static) -> String {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(written.clone())
            .with_ansi(false)
            .without_time()
            .fmt_fields(fields)
            .finish();
        tracing::subscriber::with_default(subscriber, log_everything);
        written.text()
    }

    #[test]
    fn lines_are_those_of_the_formatter_that_it_stands_in_for() {
        let expected = written_by(DefaultFields::new());
        assert!(expected.contains("number=7"), "{expected}");
        assert_eq!(written_by(TextFields), expected);
    }
}

//! The time of a log line.

use std::fmt;

use chrono::Utc;
use privet_domain::Timestamp;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// Writes the time as `tracing_subscriber` does, in a sixth of the instructions.
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

#[cfg(test)]
mod tests {
    use tracing_subscriber::fmt::time::SystemTime;

    use super::*;

    fn written_by(time: &impl FormatTime) -> String {
        let mut text = String::new();
        time.format_time(&mut Writer::new(&mut text)).unwrap();
        text
    }

    #[test]
    fn the_time_is_written_like_that_of_the_formatter_that_it_stands_in_for() {
        let times = [
            written_by(&SystemTime),
            written_by(&LineTime),
            written_by(&SystemTime),
        ];
        assert!(times.is_sorted(), "{times:?}");
        assert!(times.iter().all(|time| time.len() == 27), "{times:?}");
    }
}

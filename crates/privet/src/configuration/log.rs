//! The log: its filter and format.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{ConfigurationError, Environment};

/// Suppresses events that Privet logs itself: those of `actix_server` at the start, and an ERROR of `actix_http`
/// for each connection with invalid HTTP. A filter for these targets shows them again.
const QUIET: &str = "actix_server=warn,actix_http::h1::dispatcher=off";

/// The configuration of the log.
#[derive(Debug)]
pub struct LogConfiguration {
    /// The filter of events.
    pub filter: EnvFilter,
    /// The format of a line.
    pub format: LogFormat,
    /// Whether to use colors on a terminal: <https://no-color.org>.
    pub colors: bool,
}

/// The format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogConfiguration {
    /// Reads filter and format.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let filter = environment.parsed(
            "PRIVET_LOG",
            "levels (off, error, warn, info, debug or trace), alone or for a part of the program, such as \
             info or info,privet_http=debug",
            filter,
        )?;
        let format =
            environment.parsed("PRIVET_LOG_FORMAT", "text or json", |text| match text {
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?;
        Ok(Self {
            filter: filter.unwrap_or_else(|| EnvFilter::new(format!("{QUIET},info"))),
            format: format.unwrap_or(LogFormat::Text),
            colors: !environment.is_set("NO_COLOR"),
        })
    }
}

/// Parses a filter of tracing in which each part must end in a level. Tracing treats a misspelt level as the name
/// of a target, logs that target completely, and nothing else.
fn filter(text: &str) -> Option<EnvFilter> {
    let filter = EnvFilter::try_new(format!("{QUIET},{text}")).ok();
    filter.filter(|_| {
        text.split(',')
            .all(|each| each.is_empty() || has_level(each))
    })
}

fn has_level(directive: &str) -> bool {
    let level = directive
        .rsplit_once('=')
        .map_or(directive, |(_, level)| level);
    !level.is_empty() && level.parse::<LevelFilter>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<LogConfiguration, ConfigurationError> {
        LogConfiguration::read(&Environment::of(variables))
    }

    #[test]
    fn a_filter_may_tell_modules_apart() {
        let configuration = read(&[("PRIVET_LOG", "warn,privet_http=debug")]).unwrap();
        assert!(
            configuration
                .filter
                .to_string()
                .contains("privet_http=debug")
        );
        assert_eq!(configuration.format, LogFormat::Text);
    }

    #[test]
    fn a_level_stands_alone_or_behind_what_it_is_for() {
        for value in [
            "off",
            "WARN",
            "3",
            "warn,privet=debug,",
            "info,[request{id=1}]=trace",
        ] {
            assert!(read(&[("PRIVET_LOG", value)]).is_ok(), "{value}");
        }
    }

    #[test]
    fn a_filter_or_form_that_is_none_is_refused() {
        for (name, value) in [
            ("PRIVET_LOG", "privet=loud"),
            ("PRIVET_LOG", "wran"),
            ("PRIVET_LOG", "info,privet_http"),
            ("PRIVET_LOG", "info,privet_http="),
            ("PRIVET_LOG_FORMAT", "xml"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
}

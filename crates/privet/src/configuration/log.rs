//! What is logged, and in which form.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{ConfigurationError, Environment};

/// What others log that Privet logs itself: `actix_server` at the start, and `actix_http` an ERROR for each
/// connection on which something else than a request is sent. A filter of its own brings it back.
const QUIET: &str = "actix_server=warn,actix_http::h1::dispatcher=off";

/// What is logged, and how.
#[derive(Debug)]
pub struct LogConfiguration {
    /// Which events are logged.
    pub filter: EnvFilter,
    /// The form of a line.
    pub format: LogFormat,
    /// Whether colors are welcome where there is a terminal to show them: <https://no-color.org>.
    pub colors: bool,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl LogConfiguration {
    /// Reads filter and form.
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

/// What tracing makes of the text, but that each part of it must end in a level. To tracing a misspelt level
/// is the name of something that is to be logged in full, and all else is not logged any more.
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

//! What is logged, and in which form.

use tracing_subscriber::EnvFilter;

use super::{ConfigurationError, Environment};

/// What says at its start what Privet says itself; a filter of its own brings it back.
const QUIET: &str = "actix_server=warn";

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
            "a tracing filter, such as info, warn or info,privet_http=debug",
            |text| EnvFilter::try_new(format!("{QUIET},{text}")).ok(),
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
    fn a_filter_or_form_that_is_none_is_refused() {
        for (name, value) in [("PRIVET_LOG", "privet=loud"), ("PRIVET_LOG_FORMAT", "xml")] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
}

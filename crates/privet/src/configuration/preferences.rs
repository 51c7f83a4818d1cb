//! Which preferences there are.

use std::sync::Arc;

use privet_domain::preferences::PreferencesSchema;

use super::{ConfigurationError, Environment};

/// The file with the operator's schema.
pub const SCHEMA: &str = "PRIVET_PREFERENCES_SCHEMA";

/// Which preferences there are.
#[derive(Debug)]
pub struct PreferencesConfiguration {
    /// The operator's schema, or the one that is built in.
    pub schema: Arc<PreferencesSchema>,
}

impl PreferencesConfiguration {
    /// Reads the operator's schema if there is one.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let Some(content) = environment.file(SCHEMA)? else {
            return Ok(Self {
                schema: Arc::new(PreferencesSchema::built_in()),
            });
        };
        let refused = |problem: &str| {
            let problem = format!("is no schema of preferences ({problem})");
            let takes = "a JSON Schema in which every key has a description and a valid default";
            environment.refused_file(SCHEMA, &problem, takes)
        };
        let text = String::from_utf8(content).map_err(|_| refused("it is not UTF-8"))?;
        let schema =
            PreferencesSchema::parse(&text).map_err(|error| refused(&error.to_string()))?;
        Ok(Self {
            schema: Arc::new(schema),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_schema_that_cannot_be_used_is_refused_with_the_key_that_is_wrong() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let schema =
            r#"{"type": "object", "properties": {"volume": {"type": "integer", "default": 1}}}"#;
        file.write_all(schema.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        let message = PreferencesConfiguration::read(&Environment::of(&[(SCHEMA, path)]));
        let message = message.unwrap_err().to_string();
        assert!(
            message.starts_with(SCHEMA) && message.contains("volume"),
            "{message}"
        );
    }
}

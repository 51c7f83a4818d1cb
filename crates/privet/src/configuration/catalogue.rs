//! The configured settings, actions and preferences.

use std::sync::Arc;

use privet_domain::catalogue::preferences::PreferencesSchema;
use privet_domain::catalogue::{Catalogue, InvalidCatalogue};

use super::{ConfigurationError, Environment};

/// The catalogue: the name of a built-in one, or the path of the operator's.
pub const CATALOGUE: &str = "PRIVET_CATALOGUE";
/// The file with the operator's preferences schema.
pub const SCHEMA: &str = "PRIVET_PREFERENCES_SCHEMA";
/// The name of the built-in catalogue.
const CORE: &str = "core";

/// The configured settings, actions and preferences.
#[derive(Debug)]
pub struct CatalogueConfiguration {
    /// The catalogue, with the preferences schema.
    pub catalogue: Arc<Catalogue>,
}

impl CatalogueConfiguration {
    /// Reads the operator's files, if any.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let schema = schema(environment)?;
        let catalogue = catalogue(environment)?.with_preferences(schema);
        Ok(Self {
            catalogue: Arc::new(catalogue),
        })
    }

    /// The variables that name files; `None` if everything is built in.
    pub fn files(environment: &Environment) -> Option<&'static str> {
        match (!is_core(environment), environment.is_set(SCHEMA)) {
            (true, true) => Some("PRIVET_CATALOGUE and PRIVET_PREFERENCES_SCHEMA"),
            (true, false) => Some(CATALOGUE),
            (false, true) => Some(SCHEMA),
            (false, false) => None,
        }
    }
}

fn is_core(environment: &Environment) -> bool {
    let path = environment.path(CATALOGUE);
    path.is_none_or(|path| path.as_os_str() == CORE)
}

fn catalogue(environment: &Environment) -> Result<Catalogue, ConfigurationError> {
    if is_core(environment) {
        return Ok(Catalogue::core());
    }
    let takes = "core, or the path of a catalogue (privet catalogue schema prints its JSON Schema)";
    let text = environment.text_file(CATALOGUE, takes)?.unwrap_or_default();
    Catalogue::parse(&text).map_err(|invalid| {
        let refused = environment.refused_file(CATALOGUE, "breaks rules of the catalogue", takes);
        refused.with_faults(faults(&invalid))
    })
}

/// All errors, one a line.
pub fn faults(invalid: &InvalidCatalogue) -> Vec<String> {
    invalid.faults().iter().map(ToString::to_string).collect()
}

fn schema(environment: &Environment) -> Result<PreferencesSchema, ConfigurationError> {
    let Some(content) = environment.file(SCHEMA)? else {
        return Ok(PreferencesSchema::built_in());
    };
    let refused = |problem: &str| {
        let problem = format!("is not a valid preferences schema ({problem})");
        let takes = "a JSON Schema in which every key has a description and a valid default";
        environment.refused_file(SCHEMA, &problem, takes)
    };
    let text = String::from_utf8(content).map_err(|_| refused("it is not UTF-8"))?;
    PreferencesSchema::parse(&text).map_err(|error| refused(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(variable: &str, content: &str) -> Result<CatalogueConfiguration, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        let read = CatalogueConfiguration::read(&Environment::of(&[(variable, path)]));
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn a_schema_that_cannot_be_used_is_refused_with_the_key_that_is_wrong() {
        let schema =
            r#"{"type": "object", "properties": {"volume": {"type": "integer", "default": 1}}}"#;
        let message = read(SCHEMA, schema).unwrap_err();
        assert!(
            message.starts_with(SCHEMA) && message.contains("volume"),
            "{message}"
        );
    }

    #[test]
    fn a_catalogue_that_cannot_be_used_is_refused_with_every_fault() {
        let message = read(CATALOGUE, r#"{"settings": {"Call": {}}, "layer": 1}"#).unwrap_err();
        assert!(message.starts_with(CATALOGUE), "{message}");
        let lines: Vec<_> = message.lines().collect();
        assert!(
            lines.iter().any(|line| line.starts_with("layer:")),
            "{message}"
        );
        assert!(
            lines.iter().any(|line| line.starts_with("settings.Call:")),
            "{message}"
        );
    }

    #[test]
    fn a_catalogue_of_the_operator_is_read() {
        let configuration = read(
            CATALOGUE,
            r#"{"settings": {"show_in_search": {"type": "switch",
            "title": "Search", "description": "Whether people find you by name.", "default": true}}}"#,
        );
        let catalogue = configuration.unwrap().catalogue;
        assert!(catalogue.find("messaging.show_in_search").is_some());
    }

    #[test]
    fn the_built_in_catalogue_is_named_or_left_out() {
        for variables in [&[][..], &[(CATALOGUE, "core")], &[(CATALOGUE, "")]] {
            let environment = Environment::of(variables);
            let read = CatalogueConfiguration::read(&environment).unwrap();
            assert_eq!(
                read.catalogue.to_document(),
                Catalogue::core().to_document()
            );
            assert_eq!(CatalogueConfiguration::files(&environment), None);
        }
        let environment = Environment::of(&[(CATALOGUE, "catalogue.json")]);
        assert_eq!(CatalogueConfiguration::files(&environment), Some(CATALOGUE));
    }
}

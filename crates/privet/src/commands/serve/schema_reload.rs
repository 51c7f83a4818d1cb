//! SIGHUP reads the JSON Schema of the preferences again.

use std::sync::Arc;

use async_trait::async_trait;
use privet_application::Privet;

use crate::configuration::Environment;
use crate::configuration::preferences::{PreferencesConfiguration, SCHEMA};
use crate::signals::{Reload, Reloaded};

/// Replaces the schema that preferences are checked by.
pub struct SchemaReload(pub Arc<Privet>);

#[async_trait(?Send)]
impl Reload for SchemaReload {
    async fn reload(&mut self, environment: &Environment<'_>) -> Vec<Reloaded> {
        if !environment.is_set(SCHEMA) {
            return Vec::new();
        }
        let read = PreferencesConfiguration::read(environment);
        let replaced = read.map(|read| self.0.preferences_schema.replace(read.schema));
        vec![Reloaded {
            source: SCHEMA,
            problem: replaced.err().map(|error| error.to_string()),
        }]
    }
}

//! Reloads the catalogue and the preferences schema at SIGHUP.

use std::sync::Arc;

use async_trait::async_trait;
use privet_application::catalogue::CurrentCatalogue;

use crate::configuration::Environment;
use crate::configuration::catalogue::CatalogueConfiguration;
use crate::signals::{Reload, Reloaded};

/// Replaces the catalogue in force. Both files or neither, because they are checked together.
pub struct CatalogueReload(pub Arc<CurrentCatalogue>);

#[async_trait(?Send)]
impl Reload for CatalogueReload {
    async fn reload(&mut self, environment: &Environment<'_>) -> Vec<Reloaded> {
        let Some(source) = CatalogueConfiguration::files(environment) else {
            return Vec::new();
        };
        let read = CatalogueConfiguration::read(environment);
        let replaced = read.map(|read| self.0.replace(read.catalogue));
        vec![Reloaded {
            source,
            problem: replaced.err().map(|error| error.to_string()),
        }]
    }
}

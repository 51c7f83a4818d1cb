//! Servers with an operator's catalogue.

use std::fs;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Database, Server};

/// A file with the document.
pub fn catalogue_file(document: &Value) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), document.to_string()).unwrap();
    file
}

/// A server whose catalogue is in the file. Keep the file until the server has stopped: SIGHUP reads it again.
pub async fn start_with_catalogue(database: &Database, file: &NamedTempFile) -> Server {
    let variables = [("PRIVET_CATALOGUE", file.path().to_str().unwrap())];
    Server::start_with(database, &variables).await
}

/// A server with the cohort that the document's example of `set_cohorts` names.
pub async fn start_with_a_cohort(database: &Database) -> (Server, NamedTempFile) {
    let catalogue = json!({"cohorts": {"minor": {"description": "Under 18."}}});
    let file = catalogue_file(&catalogue);
    (start_with_catalogue(database, &file).await, file)
}

//! Adds the catalogue in force to the document: schemas of its settings, actions and preferences, and valid
//! examples.

mod examples;

use privet_domain::catalogue::Catalogue;
use utoipa::openapi::{OpenApi, RefOr};

use crate::features::settings::preferences::RESET_PATH;
use crate::features::settings::{messaging_schemas, preferences_schemas};
use crate::schemas;

/// Replaces the built-in catalogue in the document by this one.
pub fn describe(document: &mut OpenApi, catalogue: &Catalogue) {
    allow_an_empty_reset(document);
    let components = document.components.get_or_insert_default();
    for (name, _) in all(&Catalogue::core()) {
        components.schemas.remove(&name);
    }
    components.schemas.extend(all(catalogue));
    examples::show(document, catalogue);
}

/// All schemas that depend on the catalogue, by name.
fn all(catalogue: &Catalogue) -> Vec<(String, RefOr<utoipa::openapi::Schema>)> {
    let mut all = messaging_schemas::of(catalogue);
    all.extend(schemas::of(catalogue));
    all.extend(preferences_schemas::of(catalogue.preferences()));
    all
}

/// An empty body resets everything. The macro does not support optional bodies.
fn allow_an_empty_reset(document: &mut OpenApi) {
    let reset = document.paths.paths.get_mut(RESET_PATH);
    let reset = reset.and_then(|item| item.post.as_mut());
    let body = reset.and_then(|operation| operation.request_body.as_mut());
    if let Some(RefOr::T(body)) = body {
        body.required = None;
    }
}

//! The OpenAPI 3.1 document, generated from the handlers.

mod catalogue_in_force;
mod failure_schemas;
mod failures;
mod finish;
pub mod text;

use privet_domain::catalogue::Catalogue;
use privet_http_core::auth::scopes;
use privet_http_core::endpoint::Endpoint;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{PathItem, PathsBuilder};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::{Modify, OpenApi as _};

use crate::schemas;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Privet",
        description = include_str!("openapi/introduction.md"),
        contact(name = "The operator of this service"),
        license(name = "GPL-3.0-or-later", identifier = "GPL-3.0-or-later"),
    ),
    tags(
        (name = "email contact", description = "May other users send an e-mail?"),
        (name = "account privacy", description = "Does a follow need approval?"),
        (name = "messaging privacy", description = "What other users in a chat may see and do."),
        (name = "preferences", description = "The preferences of a user."),
        (name = "catalogue", description = "All settings and actions."),
        (name = "audit", description = "The history of a user's settings."),
        (name = "contacts", description = "The contacts of a user. Two users are mutual contacts while both have added each other."),
        (name = "blocks", description = "The users whom a user blocked."),
        (name = "exceptions", description = "What one user may always or never do, whatever the settings."),
        (name = "follows", description = "Follows and follow requests."),
        (name = "decisions", description = "Decisions: which actions do a user's settings allow?"),
        (name = "enforcement", description = "Ready-made results for the product's services, such as filtered profiles."),
        (name = "authzen", description = "Decisions in the format of the OpenID AuthZEN Authorization API 1.0."),
        (name = "accounts", description = "Export and erasure of an account."),
        (name = "administration", description = "What services do to users on behalf of the product's staff."),
        (name = "changes", description = "What changed, for services that cache decisions and for users' devices."),
        (name = "operations", description = "Health, metrics and this document."),
    ),
    components(schemas(schemas::SettingNameSchema)),
    security(("bearer" = [])),
    external_docs(url = "swagger-ui/", description = "Swagger UI for this document."),
    modifiers(&Introduction, &Bearer),
)]
struct Document;

/// Puts the table of scopes into the introduction, at its marker.
struct Introduction;

impl Modify for Introduction {
    fn modify(&self, document: &mut OpenApi) {
        if let Some(text) = &mut document.info.description {
            *text = text.replace("{scopes}\n", &scopes::table());
        }
    }
}

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(format!(
                "A JSON Web Token whose `sub` is the user's UUID. `privet token` makes one for tests. Its `scope` \
                 gives further access:\n\n{}",
                scopes::table()
            )))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document of these endpoints, as clients see it who reach the service by `public_url` with this
/// catalogue in force.
pub fn document(
    endpoints: &[Endpoint],
    public_url: &str,
    catalogue: &Catalogue,
) -> serde_json::Result<Value> {
    let mut document = Document::openapi();
    add_endpoints(&mut document, endpoints);
    document.servers = Some(vec![Server::new(public_url)]);
    catalogue_in_force::describe(&mut document, catalogue);
    let mut document = serde_json::to_value(document)?;
    finish::finish(&mut document);
    Ok(document)
}

fn add_endpoints(document: &mut OpenApi, endpoints: &[Endpoint]) {
    let paths = std::mem::take(&mut document.paths);
    let mut paths = PathsBuilder::from(paths);
    let components = document.components.get_or_insert_default();
    for endpoint in endpoints {
        let mut described = endpoint.describe();
        failures::add(endpoint, &mut described.operation);
        components.schemas.extend(described.schemas);
        let item = PathItem::new(endpoint.method.clone(), described.operation);
        paths = paths.path(endpoint.path.as_str(), item);
    }
    document.paths = paths.build();
}

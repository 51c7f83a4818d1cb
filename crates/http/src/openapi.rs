//! The OpenAPI 3.1 document, generated from the handlers.

mod catalogue_in_force;
mod failure_schemas;
mod failures;
mod finish;
mod own_failures;

use std::sync::Arc;

use arc_swap::ArcSwap;
use privet_domain::catalogue::Catalogue;
use privet_http_core::auth::scopes;
use privet_http_core::conditional::static_answers::StaticContent;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::{Modify, OpenApi as _};

use failures::Failures;

use crate::features::accounts::{erasure, export};
use crate::features::operations;
use crate::features::operations::METRICS_PATH;
use crate::features::relationships::{blocks, contacts, follows};
use crate::features::rules::{authzen, decisions, enforcement};
use crate::features::settings::{
    account_privacy, audit, catalogue, email_contact, messaging_privacy, preferences,
};
use crate::schemas;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Privet",
        description = include_str!("openapi/introduction.md"),
        contact(name = "The operator of this service"),
        license(name = "GPL-3.0-or-later", identifier = "GPL-3.0-or-later"),
    ),
    paths(
        email_contact::get_email_contact,
        email_contact::update_email_contact,
        account_privacy::get_account_privacy,
        account_privacy::update_account_privacy,
        messaging_privacy::get_messaging_privacy,
        messaging_privacy::update_messaging_privacy,
        preferences::get_preferences,
        preferences::update_preferences,
        preferences::reset_preferences,
        preferences::get_preferences_schema,
        catalogue::get_catalogue,
        audit::list_audit_entries,
        contacts::list_contacts,
        contacts::get_contact,
        contacts::add_contact,
        contacts::remove_contact,
        blocks::list_blocks,
        blocks::get_block,
        blocks::add_block,
        blocks::remove_block,
        follows::follow,
        follows::unfollow,
        follows::check_follow,
        follows::requests::list_pending_follow_requests,
        follows::requests::accept_follow_request,
        follows::requests::decline_follow_request,
        follows::lists::list_followers,
        follows::lists::remove_follower,
        follows::lists::list_following,
        follows::lists::get_follow_stats,
        decisions::get_access,
        decisions::decide,
        enforcement::enforce_profile,
        enforcement::messages::enforce_receipts,
        enforcement::messages::enforce_typing,
        enforcement::enforce_group_additions,
        enforcement::messages::enforce_message_expiry,
        authzen::evaluate,
        authzen::batch::evaluate_several,
        authzen::search_actions,
        authzen::get_authzen_configuration,
        export::export_account,
        erasure::erase_me,
        erasure::erase_user,
        operations::check_liveness,
        operations::check_readiness,
        operations::get_metrics,
        operations::get_openapi,
    ),
    tags(
        (name = "email contact", description = "Whether others may write an e-mail."),
        (name = "account privacy", description = "Whether followers need approval."),
        (name = "messaging privacy", description = "What others in a chat see and may do."),
        (name = "preferences", description = "What a user chose of the product's preferences."),
        (name = "catalogue", description = "Which settings and actions there are."),
        (name = "audit", description = "The history of a user's own settings."),
        (name = "contacts", description = "Whom a user knows; mutual while both have added each other."),
        (name = "blocks", description = "Whom a user wants nothing to do with."),
        (name = "follows", description = "Who follows whom, and who asked to."),
        (name = "decisions", description = "What users' settings allow others."),
        (name = "enforcement", description = "Ready-made enforcement for the product's services."),
        (name = "authzen", description = "The same decisions over the OpenID AuthZEN Authorization API 1.0."),
        (name = "accounts", description = "Taking one's data, and leaving."),
        (name = "operations", description = "Health, metrics and this document."),
    ),
    components(schemas(schemas::SettingNameSchema)),
    security(("bearer" = [])),
    external_docs(url = "swagger-ui/", description = "This document as pages to read and try."),
    modifiers(&Introduction, &Bearer, &Failures),
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
                "A JSON Web Token whose `sub` is the user's UUID. `privet token` makes one to try. What it may do \
                 besides is said by its `scope`:\n\n{}",
                scopes::table()
            )))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document, as clients see it who reach the service by `public_url` with this catalogue in force; with
/// the metrics where they have no address of their own.
pub fn document(
    public_url: &str,
    has_metrics: bool,
    catalogue: &Catalogue,
) -> serde_json::Result<Value> {
    let mut document = Document::openapi();
    if !has_metrics {
        document.paths.paths.retain(|path, _| path != METRICS_PATH);
    }
    document.servers = Some(vec![Server::new(public_url)]);
    catalogue_in_force::describe(&mut document, catalogue);
    let mut document = serde_json::to_value(document)?;
    finish::finish(&mut document);
    Ok(document)
}

/// The document as it is sent. Cloning it is cheap.
#[derive(Clone)]
pub struct OpenApiText {
    public_url: Arc<str>,
    has_metrics: bool,
    written: Arc<ArcSwap<Written>>,
}

/// What was written last, and for which catalogue.
struct Written {
    catalogue: Arc<Catalogue>,
    text: Arc<StaticContent>,
}

impl OpenApiText {
    /// Writes the document once for all requests, until another catalogue is in force.
    pub fn new(
        public_url: &str,
        has_metrics: bool,
        catalogue: Arc<Catalogue>,
    ) -> serde_json::Result<Self> {
        let written = Written::new(public_url, has_metrics, catalogue)?;
        Ok(Self {
            public_url: public_url.into(),
            has_metrics,
            written: Arc::new(ArcSwap::from_pointee(written)),
        })
    }

    /// The text, with this catalogue.
    pub fn with(&self, catalogue: Arc<Catalogue>) -> serde_json::Result<Arc<StaticContent>> {
        let written = self.written.load();
        if Arc::ptr_eq(&written.catalogue, &catalogue) {
            return Ok(Arc::clone(&written.text));
        }
        let anew = Written::new(&self.public_url, self.has_metrics, catalogue)?;
        let text = Arc::clone(&anew.text);
        self.written.store(Arc::new(anew));
        Ok(text)
    }
}

impl Written {
    fn new(
        public_url: &str,
        has_metrics: bool,
        catalogue: Arc<Catalogue>,
    ) -> serde_json::Result<Self> {
        let document = document(public_url, has_metrics, &catalogue)?;
        let text = StaticContent::new(serde_json::to_vec(&document)?.into());
        Ok(Self {
            catalogue,
            text: Arc::new(text),
        })
    }
}

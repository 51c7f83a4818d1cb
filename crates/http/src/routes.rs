//! The list of all endpoints. The router and the OpenAPI document are built from it.

use std::sync::LazyLock;

use privet_http_core::endpoint::Endpoint;

use crate::features::accounts::{self, erasure, export, receipts};
use crate::features::administration::{cohorts, import, support};
use crate::features::changes;
use crate::features::operations;
use crate::features::relationships::follows::{lists, requests};
use crate::features::relationships::{blocks, contacts, exceptions, follows};
use crate::features::rules::{authzen, decisions, enforcement, explanations, filter};
use crate::features::settings::{
    account_privacy, audit, catalogue, email_contact, looks, messaging_privacy, preferences,
};
use crate::openapi::text;

/// All endpoints. They include the metrics unless these have a separate address.
pub fn endpoints(has_metrics: bool) -> &'static [Endpoint] {
    if has_metrics { &ALL } else { &WITHOUT_METRICS }
}

/// The endpoints of the separate metrics address.
pub fn of_metrics_server() -> &'static [Endpoint] {
    &METRICS_SERVER
}

static ALL: LazyLock<Vec<Endpoint>> = LazyLock::new(|| list(true));
static WITHOUT_METRICS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| list(false));
static METRICS_SERVER: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let mut endpoints = operations::health();
    endpoints.push(operations::metrics());
    endpoints
});

fn list(has_metrics: bool) -> Vec<Endpoint> {
    let features = [
        email_contact::endpoints(),
        account_privacy::endpoints(),
        messaging_privacy::endpoints(),
        preferences::endpoints(),
        catalogue::endpoints(),
        audit::endpoints(),
        looks::endpoints(),
        contacts::endpoints(),
        blocks::endpoints(),
        exceptions::endpoints(),
        follows::endpoints(),
        requests::endpoints(),
        lists::endpoints(),
        decisions::endpoints(),
        filter::endpoints(),
        explanations::endpoints(),
        enforcement::endpoints(),
        authzen::endpoints(),
        export::endpoints(),
        accounts::import::endpoints(),
        erasure::endpoints(),
        receipts::endpoints(),
        cohorts::endpoints(),
        support::endpoints(),
        import::endpoints(),
        changes::endpoints(),
        operations::health(),
    ];
    let mut endpoints: Vec<_> = features.into_iter().flatten().collect();
    endpoints.extend(has_metrics.then(operations::metrics));
    endpoints.push(text::endpoint());
    endpoints
}

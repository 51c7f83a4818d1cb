//! The list of all paths.

use actix_web::web;
use privet_http_core::auth::admission::Gate;

use crate::features::accounts::{erasure, export};
use crate::features::operations;
use crate::features::relationships::follows::{lists, requests};
use crate::features::relationships::{blocks, contacts, follows};
use crate::features::rules::{authzen, decisions, enforcement};
use crate::features::settings::{
    account_privacy, audit, catalogue, email_contact, messaging_privacy, preferences,
};
use crate::pages::swagger_ui;

/// Registers every path; that of the metrics where they have no address of their own.
pub fn configure(config: &mut web::ServiceConfig, gate: &Gate, has_metrics: bool) {
    config
        .service(email_contact::path(gate))
        .service(account_privacy::path(gate))
        .service(messaging_privacy::path(gate))
        .service(preferences::path(gate))
        .service(preferences::reset_path(gate))
        .service(preferences::schema_path(gate))
        .service(catalogue::path(gate))
        .service(audit::path(gate))
        .service(contacts::list_path(gate))
        .service(contacts::path(gate))
        .service(blocks::list_path(gate))
        .service(blocks::path(gate))
        .configure(|config| configure_follows(config, gate))
        .service(decisions::access_path(gate))
        .service(export::path(gate))
        .service(erasure::own_path(gate))
        .configure(|config| configure_services(config, gate))
        .configure(|config| operations::configure(config, has_metrics))
        .configure(swagger_ui::configure);
}

fn configure_follows(config: &mut web::ServiceConfig, gate: &Gate) {
    config
        .service(follows::check_path(gate))
        .service(lists::followers_path(gate))
        .service(lists::following_path(gate))
        .service(lists::stats_path(gate))
        .service(requests::pending_path(gate))
        .service(requests::accept_path(gate))
        .service(requests::decline_path(gate))
        .service(follows::path(gate));
}

/// Paths for the product's other services.
fn configure_services(config: &mut web::ServiceConfig, gate: &Gate) {
    config
        .service(decisions::path(gate))
        .service(enforcement::profile_path(gate))
        .service(enforcement::group_additions_path(gate))
        .service(enforcement::messages::receipts_path(gate))
        .service(enforcement::messages::typing_path(gate))
        .service(enforcement::messages::message_expiry_path(gate))
        .service(authzen::evaluation_path(gate))
        .service(authzen::batch::path(gate))
        .service(authzen::search_action_path(gate))
        .service(authzen::configuration_path())
        .service(erasure::path(gate));
}

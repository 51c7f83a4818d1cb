//! Functions that the endpoints of all families use: read a switch, apply a change.

use std::sync::Arc;

use actix_web::HttpRequest;
use privet_application::Privet;
use privet_domain::catalogue::{Catalogue, Family, SettingsUpdate};
use privet_domain::settings::user::User;
use privet_http_core::auth::middleware::Authenticated;
use privet_http_core::conditional::precondition;
use privet_http_core::errors::ApiError;

/// Whether a switch of the family is on for the user.
pub fn is_on(catalogue: &Catalogue, user: &User, family: Family, key: &str) -> bool {
    let shown = user.shown(catalogue, family);
    shown
        .iter()
        .any(|(name, value)| *name == key && **value == true)
}

/// Changes the caller's settings and returns the new row.
pub async fn change(
    privet: &Privet,
    request: &HttpRequest,
    authenticated: &Authenticated,
    catalogue: &Arc<Catalogue>,
    update: SettingsUpdate,
) -> Result<Arc<User>, ApiError> {
    let (caller, loaded) = (&authenticated.caller, &authenticated.loaded);
    let settings = &privet.settings;
    let changed = settings.change(caller, loaded, precondition(request), catalogue, update);
    Ok(changed.await?)
}

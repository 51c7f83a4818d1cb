//! Changes as JSON.

use privet_application::changes::{ChangePage, PlacedChange};
use privet_domain::changes::{ChangeKind, ChangedUser};
use serde::Serialize;
use utoipa::ToSchema;

/// Changes, in the order in which everybody is told.
#[derive(Serialize, ToSchema)]
pub struct ListChangesResponse {
    /// The changes.
    changes: Vec<ChangeResponse>,
    /// The cursor after these changes.
    next: String,
    /// Whether there were no more changes. False also while changes are told late.
    caught_up: bool,
}

/// A change: forget what you keep that names this user, as viewer or as subject.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ChangeResponse {
    /// A change of one user.
    User(UserChangeResponse),
    /// A change for all users.
    All(CatalogueChangeResponse),
}

/// A change of one user.
#[derive(Serialize, ToSchema)]
pub struct UserChangeResponse {
    /// The user whose settings, relationships or account changed.
    #[schema(format = "uuid")]
    user_id: String,
    /// What changed.
    #[schema(value_type = Vec<UserChangeKind>)]
    kinds: Vec<&'static str>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

/// The catalogue changed: forget everything.
#[derive(Serialize, ToSchema)]
pub struct CatalogueChangeResponse {
    /// Always true.
    all: bool,
    /// What changed.
    #[schema(value_type = Vec<CatalogueChangeKind>)]
    kinds: Vec<&'static str>,
    /// When.
    #[schema(format = "date-time")]
    at: String,
}

/// What changed of a user.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the member")]
pub enum UserChangeKind {
    /// Account privacy.
    Account,
    /// Email contact.
    Email,
    /// Messaging privacy.
    Messaging,
    /// Preferences.
    Preferences,
    /// The user's contacts.
    Contacts,
    /// The user's blocks.
    Blocks,
    /// The user's follows and follow requests, in either direction.
    Follows,
    /// The user's exceptions.
    Exceptions,
    /// The user's cohorts.
    Cohorts,
    /// The account was erased.
    Erased,
}

/// What changed for all users.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes the member")]
pub enum CatalogueChangeKind {
    /// The catalogue.
    Catalogue,
}

impl From<&PlacedChange> for ChangeResponse {
    fn from(placed: &PlacedChange) -> Self {
        let change = &placed.change;
        let kinds = change.kinds.iter().map(ChangeKind::as_str).collect();
        let at = change.at.to_string();
        match change.user {
            ChangedUser::One(user_id) => Self::User(UserChangeResponse {
                user_id: user_id.to_string(),
                kinds,
                at,
            }),
            ChangedUser::All => Self::All(CatalogueChangeResponse {
                all: true,
                kinds,
                at,
            }),
        }
    }
}

impl From<&ChangePage> for ListChangesResponse {
    fn from(page: &ChangePage) -> Self {
        Self {
            changes: page.changes.iter().map(ChangeResponse::from).collect(),
            next: page.next.to_string(),
            caught_up: page.caught_up,
        }
    }
}

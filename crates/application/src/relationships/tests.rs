//! Contacts, blocks and follows over fakes.

mod blocks;
mod contacts;
mod follows;
mod lists;
mod requests;

use privet_domain::catalogue::Family;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use serde_json::json;

use crate::fakes::{Services, pair, user};
use crate::relationships::RelationshipError;

/// The user's account is private from now on, or public.
async fn set_private(services: &Services, number: u128, is_private: bool) {
    let wanted = json!({"is_private": is_private});
    services
        .change(user(number), Family::Account, &wanted)
        .await
        .unwrap();
}

async fn follow(services: &Services, actor: u128, other: u128) -> Follow {
    services
        .relationships
        .follow(pair(actor, other))
        .await
        .unwrap()
}

/// A request to a private account.
async fn ask(services: &Services, actor: u128, other: u128) -> Follow {
    set_private(services, other, true).await;
    let request = follow(services, actor, other).await;
    assert_eq!(request.status, FollowStatus::Pending);
    request
}

async fn erase(services: &Services, number: u128) {
    services.accounts.erase_user(user(number)).await.unwrap();
}

/// The names of the errors, which are no values to compare.
fn error<T: std::fmt::Debug>(result: Result<T, RelationshipError>) -> &'static str {
    match result.unwrap_err() {
        RelationshipError::CallerErased => "caller erased",
        RelationshipError::NotFound => "not found",
        RelationshipError::Hidden => "hidden",
        RelationshipError::AlreadyAccepted => "already accepted",
        RelationshipError::Store(_) => "store",
    }
}

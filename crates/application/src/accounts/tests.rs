//! Exports and erasures over fakes.

mod erasure;
mod export;
mod receipts;

use privet_domain::catalogue::Family;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::settings::user::User;
use serde_json::json;

use crate::fakes::{Services, pair, user};

/// User 1 with settings, preferences and everything that ties users to each other, in both directions.
async fn with_everything() -> Services {
    with_everything_of(Services::new()).await
}

async fn with_everything_of(services: Services) -> Services {
    let relationships = &services.relationships;
    for (family, wanted) in [
        (Family::Messaging, json!({"show_last_seen": false})),
        (Family::Preferences, json!({"theme.mode": "dark"})),
        (Family::Account, json!({"is_private": true})),
    ] {
        services.change(user(1), family, &wanted).await.unwrap();
    }
    for (one, other) in [(1, 2), (3, 1)] {
        relationships.add_contact(pair(one, other)).await.unwrap();
        relationships.follow(pair(one, other)).await.unwrap();
    }
    for (one, other) in [(1, 4), (5, 1)] {
        relationships.add_block(pair(one, other)).await.unwrap();
    }
    let exceptions = Exceptions::of([("view_profile", Exception::Never)]);
    for (one, other) in [(1, 6), (7, 1)] {
        let set = relationships.set_exceptions(pair(one, other), &exceptions);
        set.await.unwrap();
    }
    services
}

/// Contacts that fill so many rows of user 1.
async fn add_contacts(services: &Services, number: u128) {
    for other in 1_000..1_000 + number {
        services
            .relationships
            .add_contact(pair(1, other))
            .await
            .unwrap();
    }
}

async fn row(services: &Services, number: u128) -> User {
    services
        .settings
        .load(user(number))
        .await
        .unwrap()
        .user()
        .clone()
}

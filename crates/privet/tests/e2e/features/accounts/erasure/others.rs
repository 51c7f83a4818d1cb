//! What others see of somebody's erasure: their lists and numbers without the erased one, and everything
//! else as it was.

use serde_json::{Value, json};

use super::assert_nothing_left;
use crate::support::acting::{become_mutual_contacts, block, erase, set};
use crate::support::contacts_and_blocks::Kind;
use crate::support::follows::{Between, become_follower, between, stats, status};
use crate::support::settings::Settings;
use crate::support::{Client, Database, Server};

in_every_setup![
    the_erased_one_is_on_nobodys_lists,
    numbers_count_the_erased_one_no_more,
    what_others_have_among_themselves_stays,
    nobody_can_tie_themselves_to_the_erased_one_again,
];

/// Everything about a user that their own export shows, but when it was made.
async fn export(user: &Client) -> Value {
    let answer = user.get("/api/v1/users/me/export").await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut export = answer.json();
    export["exported_at"].take();
    export
}

async fn pending(user: &Client) -> Value {
    let answer = user.get("/api/v1/e-social/follows/requests/pending").await;
    answer.json()["data"]["totalItems"].take()
}

async fn the_erased_one_is_on_nobodys_lists(database: Database) {
    let server = Server::start(&database).await;
    for tie in 0..6 {
        let (alice, bob) = (server.new_user(), server.new_user());
        let before = export(&bob).await;
        match tie {
            0 => drop(Kind::Contacts.add(&bob, alice.id()).await),
            1 => become_mutual_contacts(&alice, &bob).await,
            2 => block(&bob, &alice).await,
            3 => become_follower(&alice, &bob).await,
            4 => become_follower(&bob, &alice).await,
            _ => between(&bob, &alice, Between::Request).await,
        }
        assert_ne!(export(&bob).await, before);
        erase(&alice).await;
        assert_eq!(export(&bob).await, before, "{tie}");
        for kind in Kind::ALL {
            let list = bob.get(kind.list()).await.json();
            assert_eq!(list, json!({kind.items(): [], "next_cursor": null}));
            assert_eq!(bob.get(&kind.one(alice.id())).await.status, 404);
        }
        for list in ["followers", "following"] {
            let path = format!("/api/v1/e-social/follows/{list}/{}", bob.id());
            assert_eq!(bob.get(&path).await.json()["data"]["totalItems"], 0);
        }
    }
}

async fn numbers_count_the_erased_one_no_more(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    for other in [&alice, &carol] {
        become_follower(other, &bob).await;
        become_follower(&bob, other).await;
    }
    let asker = server.new_user();
    for asker in [&asker, &server.new_user()] {
        between(asker, &bob, Between::Request).await;
    }
    erase(&alice).await;
    erase(&asker).await;
    let numbers = json!({"userId": bob.id(), "followersCount": 1, "followingCount": 1,
        "pendingRequestsCount": 1});
    assert_eq!(stats(&bob, &bob).await, numbers);
    assert_eq!(pending(&bob).await, 1);
}

async fn what_others_have_among_themselves_stays(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&bob, &carol).await;
    become_follower(&bob, &carol).await;
    between(&carol, &bob, Between::Request).await;
    block(&carol, &server.new_user()).await;
    for settings in Settings::ALL {
        settings.set(&bob, !settings.default()).await;
    }
    let before = [export(&bob).await, export(&carol).await];
    become_mutual_contacts(&alice, &bob).await;
    set(&carol, "isPrivate", true).await;
    set(&carol, "isPrivate", false).await;
    let carols = export(&carol).await;
    become_follower(&alice, &carol).await;
    erase(&alice).await;
    assert_eq!(export(&bob).await, before[0]);
    assert_eq!(export(&carol).await, carols);
    assert_eq!(status(&bob, &carol).await, "ACCEPTED");
    assert_eq!(status(&carol, &bob).await, "PENDING");
}

async fn nobody_can_tie_themselves_to_the_erased_one_again(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    become_follower(&bob, &alice).await;
    erase(&alice).await;
    for path in Kind::ALL.map(|kind| kind.one(alice.id())) {
        assert_eq!(bob.add(&path).await.status, 404);
    }
    let follow = crate::support::acting::follow_path(alice.id());
    assert_eq!(
        bob.request(reqwest::Method::POST, &follow)
            .send()
            .await
            .status,
        404
    );
    assert_nothing_left(&database, alice.id());
}

//! Previews: to the letter what enforcement gives.

use reqwest::Method;
use serde_json::{Value, json};

use super::PREVIEW;
use crate::support::acting::{
    add_contact, become_mutual_contacts, block, close_everything, erase, except, follow, set,
};
use crate::support::asking::{assert_problem, service, wrong_members};
use crate::support::shapes::JSON;
use crate::support::{Answer, Client, Database, Server, new_user_id};

// They read the database as decisions do.
on_both_stores![a_preview_is_to_the_letter_what_enforcement_gives];

// What a request may be is the same in every set-up.
in_one_setup![
    a_made_up_viewer_sees_what_a_real_one_of_the_kind_would,
    the_profile_is_the_callers_own,
    an_erased_viewer_has_no_preview,
];

/// The members of a profile as the product may write them, but its owner.
const MEMBERS: &str = r#""z": [1.70, 1e2, 12345678901234567890123], "username":"\u0061nn", "is_online":true , "bio":"Reads.",
    "last_seen": "2026-01-31T10:30:45Z""#;

fn profile(owner: &Client) -> String {
    format!("{{{MEMBERS}, \"user_id\": \"{}\"}}", owner.id())
}

async fn send(client: &Client, path: &str, body: String) -> Answer {
    let request = client.request(Method::POST, path);
    let answer = request.header(JSON.0, JSON.1).body(body).send().await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Cache-Control"), "no-store");
    answer
}

/// What the owner is shown, as text.
async fn preview(owner: &Client, query: &str) -> String {
    let body = format!("{{\"profile\": {}}}", profile(owner));
    send(owner, &format!("{PREVIEW}?{query}"), body).await.text
}

/// What a service gets for the viewer, as text.
async fn enforced(service: &Client, viewer: &Client, owner: &Client) -> String {
    let (viewer, profile) = (viewer.id(), profile(owner));
    let body = format!("{{\"viewer\": \"{viewer}\", \"profiles\": [{profile}]}}");
    let path = "/api/v1/privacy/enforce/profile";
    let text = send(service, path, body).await.text;
    let only = text.strip_prefix("{\"profiles\":[").unwrap();
    only.strip_suffix("]}").unwrap().to_owned()
}

async fn a_preview_is_to_the_letter_what_enforcement_gives(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_CATALOGUE", "messenger")]).await;
    let alice = server.new_user();
    let [stranger, contact, blocked, always, never, hiding] = [(); 6].map(|()| server.new_user());
    become_mutual_contacts(&alice, &contact).await;
    block(&alice, &blocked).await;
    except(
        &alice,
        &always,
        json!({"view_profile": "always", "view_online_status": "always", "view_last_seen": "always"}),
    )
    .await;
    except(&alice, &never, json!({"view_profile": "never"})).await;
    set(&hiding, "show_last_seen", false).await;
    let service = service(&server);
    let viewers = [
        &stranger, &contact, &blocked, &always, &never, &hiding, &alice,
    ];
    let mut different = std::collections::BTreeSet::new();
    for audience in ["everyone", "contacts", "nobody"] {
        set(&alice, "who_can_see_profile", audience).await;
        for viewer in viewers {
            let shown = preview(&alice, &format!("viewer={}", viewer.id())).await;
            assert_eq!(
                shown,
                enforced(&service, viewer, &alice).await,
                "{audience}"
            );
            different.insert(shown);
        }
    }
    // Whole, without the last seen, limited with it, and limited without it.
    assert_eq!(different.len(), 4, "{different:?}");
}

async fn a_made_up_viewer_sees_what_a_real_one_of_the_kind_would(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_CATALOGUE", "messenger")]).await;
    let alice = server.new_user();
    let [stranger, added, contact, follower, idol] = [(); 5].map(|()| server.new_user());
    add_contact(&alice, &added).await;
    become_mutual_contacts(&alice, &contact).await;
    follow(&follower, &alice).await;
    follow(&alice, &idol).await;
    let service = service(&server);
    for audience in [
        "everyone",
        "added_contacts",
        "contacts",
        "followers",
        "following",
        "nobody",
    ] {
        set(&alice, "who_can_see_profile", audience).await;
        for (made_up, real) in [
            ("stranger", &stranger),
            ("added_contact", &added),
            ("contact", &contact),
            ("follower", &follower),
            ("followed", &idol),
        ] {
            let shown = preview(&alice, &format!("as={made_up}")).await;
            let expected = enforced(&service, real, &alice).await;
            assert_eq!(shown, expected, "{audience}, {made_up}");
        }
    }
}

async fn the_profile_is_the_callers_own(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let path = format!("{PREVIEW}?as=stranger");
    // Without an id it is the caller's.
    let own = alice.id().to_string();
    for profile in [
        json!({"bio": "Reads."}),
        json!({"bio": "Reads.", "user_id": own}),
        json!({"bio": "Reads.", "user_id": own.to_uppercase()}),
    ] {
        let preview = alice.post(&path, json!({"profile": profile})).await;
        assert_eq!(preview.status, 200, "{preview}");
        let expected = json!({"visibility": "full", "profile": {"bio": "Reads.", "user_id": own}});
        assert_eq!(preview.json(), expected);
    }
    close_everything(&alice).await;
    let preview = alice
        .post(&path, json!({"profile": {"bio": "Reads."}}))
        .await;
    assert_eq!(preview.json()["visibility"], "limited");
    for (body, wrong) in [
        (json!({"profile": {"user_id": bob.id()}}), "profile.user_id"),
        (json!({"profile": {"user_id": null}}), "profile.user_id"),
        (json!({"profile": {"user_id": 1}}), "profile.user_id"),
        (json!({"profile": []}), "profile"),
        (json!({"profile": null}), "profile"),
        (json!({}), "profile"),
        (json!({"profile": {}, "viewer": bob.id()}), "viewer"),
    ] {
        let preview = alice.post(&path, body).await;
        assert_eq!(wrong_members(&preview), [wrong]);
    }
    for body in [json!([]), Value::Null, json!("x")] {
        assert_problem(&alice.post(&path, body).await, 400, "INVALID_REQUEST");
    }
}

async fn an_erased_viewer_has_no_preview(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    erase(&bob).await;
    let body = json!({"profile": {"bio": "Reads."}});
    let path = format!("{PREVIEW}?viewer={}", bob.id());
    assert_problem(&alice.post(&path, body.clone()).await, 404, "NOT_FOUND");
    // Somebody never seen is there.
    let path = format!("{PREVIEW}?viewer={}", new_user_id());
    assert_eq!(alice.post(&path, body).await.status, 200);
}

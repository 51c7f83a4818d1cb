//! Profiles that somebody is about to see.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{enforce, path};
use crate::support::acting::{become_mutual_contacts, block, close_everything, erase, set};
use crate::support::asking::{service, wrong_members};
use crate::support::{Answer, Client, Database, Server};

in_one_setup![
    an_open_profile_stays_whole,
    a_closed_profile_is_cut_to_four_members_and_says_nothing_of_presence,
    a_hidden_last_seen_leaves_the_rest_of_an_open_profile,
    a_profile_without_presence_gets_none_but_for_a_last_seen_that_is_hidden,
    profiles_come_in_order_each_by_its_own_owners_settings,
    a_block_and_an_erasure_cut_as_closed_settings_do,
    contacts_see_what_is_for_contacts,
    members_of_any_kind_pass_as_they_are,
    what_does_not_stand_in_a_profile_is_not_made_up,
    members_come_back_to_the_letter_and_in_their_order,
    a_member_given_twice_is_malformed,
];

/// A profile with everything that is treated in its own way.
fn profile(owner: Uuid) -> Value {
    json!({"user_id": owner, "username": "ann", "display_name": "Ann", "avatar_url": "https://a/1",
        "bio": "Reads.", "last_seen": "2026-01-31T10:30:45Z", "last_seen_text": "a minute ago",
        "is_online": true})
}

/// What is left of it where nothing may be seen.
fn limited(owner: Uuid) -> Value {
    json!({"visibility": "limited", "profile": {"user_id": owner, "username": "ann",
        "display_name": "Ann", "avatar_url": "https://a/1", "last_seen": null,
        "last_seen_text": "last seen unavailable"}})
}

fn full(profile: &Value) -> Value {
    json!({"visibility": "full", "profile": profile})
}

async fn shown(service: &Client, viewer: &Client, profiles: Vec<Value>) -> Vec<Value> {
    let body = json!({"viewer": viewer.id(), "profiles": profiles});
    let answer = enforce(service, "profile", body).await;
    let shown = answer["profiles"].as_array().unwrap().clone();
    assert_eq!(answer, json!({"profiles": shown}));
    shown
}

async fn an_open_profile_stays_whole(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    let given = profile(ann.id());
    let shown = shown(&service(&server), &bob, vec![given.clone()]).await;
    assert_eq!(shown, [full(&given)]);
}

async fn a_closed_profile_is_cut_to_four_members_and_says_nothing_of_presence(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&ann, "who_can_see_profile", "nobody").await;
    let given = profile(ann.id());
    let shown = shown(&service(&server), &bob, vec![given]).await;
    assert_eq!(shown, [limited(ann.id())]);
}

async fn a_hidden_last_seen_leaves_the_rest_of_an_open_profile(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&ann, "show_last_seen", false).await;
    let shown = shown(&service(&server), &bob, vec![profile(ann.id())]).await;
    let mut expected = profile(ann.id());
    expected["last_seen"] = json!(null);
    expected["last_seen_text"] = json!("last seen unavailable");
    assert_eq!(shown, [full(&expected)]);
}

async fn a_profile_without_presence_gets_none_but_for_a_last_seen_that_is_hidden(
    database: Database,
) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    let given = json!({"user_id": ann.id(), "bio": "Reads."});
    let open = shown(&service, &bob, vec![given.clone()]).await;
    assert_eq!(open, [full(&given)]);
    // Whether there was anything to hide does not show.
    set(&ann, "who_can_see_profile", "nobody").await;
    let closed = shown(&service, &bob, vec![given]).await;
    let left = json!({"user_id": ann.id(), "last_seen": null,
        "last_seen_text": "last seen unavailable"});
    assert_eq!(closed, [json!({"visibility": "limited", "profile": left})]);
}

async fn profiles_come_in_order_each_by_its_own_owners_settings(database: Database) {
    let server = Server::start(&database).await;
    let [open, closed, hiding, viewer] = [(); 4].map(|()| server.new_user());
    set(&closed, "who_can_see_profile", "nobody").await;
    set(&hiding, "show_last_seen", false).await;
    let owners = [&closed, &open, &hiding, &open, &viewer, &closed, &closed];
    let given = owners.map(|owner| profile(owner.id()));
    let shown = shown(&service(&server), &viewer, given.to_vec()).await;
    let summary = shown.iter().map(|shown| {
        let has_bio = shown["profile"].get("bio").is_some();
        let online = shown["profile"].get("is_online").is_some();
        let last_seen = !shown["profile"]["last_seen"].is_null();
        (
            shown["profile"]["user_id"].clone(),
            has_bio,
            online,
            last_seen,
        )
    });
    let facts = [
        (false, false, false),
        (true, true, true),
        (true, true, false),
        (true, true, true),
        (true, true, true),
        (false, false, false),
        (false, false, false),
    ];
    let expected = owners.into_iter().zip(facts);
    let expected =
        expected.map(|(owner, (bio, online, last))| (json!(owner.id()), bio, online, last));
    assert_eq!(summary.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

async fn a_block_and_an_erasure_cut_as_closed_settings_do(database: Database) {
    let server = Server::start(&database).await;
    let [closed, blocker, erased, viewer] = [(); 4].map(|()| server.new_user());
    close_everything(&closed).await;
    block(&blocker, &viewer).await;
    erase(&erased).await;
    let owners = [&closed, &blocker, &erased];
    let given = owners.map(|owner| profile(owner.id()));
    let cut = shown(&service(&server), &viewer, given.to_vec()).await;
    assert_eq!(cut, owners.map(|owner| limited(owner.id())));
    // Having blocked somebody changes nothing.
    let given = profile(viewer.id());
    let whole = shown(&service(&server), &blocker, vec![given.clone()]).await;
    assert_eq!(whole, [full(&given)]);
}

async fn contacts_see_what_is_for_contacts(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob, stranger) = (server.new_user(), server.new_user(), server.new_user());
    set(&ann, "who_can_see_profile", "contacts").await;
    become_mutual_contacts(&ann, &bob).await;
    let given = profile(ann.id());
    let for_bob = shown(&service, &bob, vec![given.clone()]).await;
    assert_eq!(for_bob, [full(&given)]);
    let for_stranger = shown(&service, &stranger, vec![given]).await;
    assert_eq!(for_stranger, [limited(ann.id())]);
}

async fn members_of_any_kind_pass_as_they_are(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    let given = json!({"zodiac": "leo", "user_id": ann.id(), "": null, "links": [1, 2.5, -3],
        "deep": {"er": {"user_id": "x"}}, "visibility": "odd", "profile": {}, "ümlaut": "\u{0}",
        "avatar_url": null, "display_name": {"first": "Ann"}, "is_online": "maybe", "last_seen": 7});
    let open = shown(&service, &bob, vec![given.clone()]).await;
    assert_eq!(open, [full(&given)]);
    set(&ann, "who_can_see_profile", "nobody").await;
    let closed = shown(&service, &bob, vec![given.clone()]).await;
    let left = json!({"user_id": given["user_id"], "avatar_url": null,
        "display_name": {"first": "Ann"}, "last_seen": null,
        "last_seen_text": "last seen unavailable"});
    assert_eq!(closed, [json!({"visibility": "limited", "profile": left})]);
}

async fn what_does_not_stand_in_a_profile_is_not_made_up(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let ann = server.new_user();
    for lacking in [json!({}), json!({"username": "ann"})] {
        let body = json!({"viewer": ann.id(), "profiles": [profile(ann.id()), lacking]});
        let answer = service.post(&path("profile"), body).await;
        assert_eq!(wrong_members(&answer), ["profiles[1].user_id"]);
    }
    for none in [json!(null), json!(ann.id()), json!([])] {
        let body = json!({"viewer": ann.id(), "profiles": [profile(ann.id()), none]});
        let answer = service.post(&path("profile"), body).await;
        assert_eq!(wrong_members(&answer), ["profiles[1]"]);
    }
}

/// Sends a profile as it is written here.
async fn send(service: &Client, viewer: &Client, profile: &str) -> Answer {
    let body = format!(r#"{{"viewer":"{}","profiles":[{profile}]}}"#, viewer.id());
    let request = service.request(Method::POST, &path("profile"));
    let request = request.header("Content-Type", "application/json");
    request.body(body).send().await
}

async fn members_come_back_to_the_letter_and_in_their_order(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    let id = ann.id();
    let numbers = "12345678901234567890123,3.14159265358979323846,1.50,1e2,-0,1e308,-1E-400,1E+2";
    let username = r#""username":{"b": 1.10 ,"a":"\u00e9\/"}"#;
    let given = format!(
        r#"{{"is_online":true,"z":[{numbers}],{username},"user_id":"{id}","last_seen":1.0,"a":{{}}}}"#
    );
    let open = send(&service, &bob, &given).await;
    let whole = format!(r#"{{"profiles":[{{"visibility":"full","profile":{given}}}]}}"#);
    assert_eq!(open.text, whole, "{open}");
    set(&ann, "who_can_see_profile", "nobody").await;
    let cut = send(&service, &bob, &given).await;
    let last_seen = r#""last_seen":null,"last_seen_text":"last seen unavailable""#;
    let left = format!(r#"{{{username},"user_id":"{id}",{last_seen}}}"#);
    let cut_to = format!(r#"{{"profiles":[{{"visibility":"limited","profile":{left}}}]}}"#);
    assert_eq!(cut.text, cut_to, "{cut}");
}

async fn a_member_given_twice_is_malformed(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, bob) = (server.new_user(), server.new_user());
    for twice in [r#""a":1e40,"a":1"#, r#""a":{"b":[{"c":1,"\u0063":1e40}]}"#] {
        let given = format!(r#"{{"user_id":"{}",{twice}}}"#, ann.id());
        let answer = send(&service, &bob, &given).await;
        assert_eq!(answer.status, 400, "{answer}");
        assert!(answer.text.contains("a member is given twice"), "{answer}");
    }
}

//! Ready-made enforcement and AuthZEN with exceptions, audiences of contacts and follows, reciprocal actions and layers.

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::enforce;
use crate::support::acting::{
    add_contact, become_mutual_contacts, block, classify, close_everything, except, follow,
    mark_close_friend, set,
};
use crate::support::asking::service;
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::{Client, Database, Server};

// The rules are tested without HTTP. Here is shown once that every call goes by them.
in_one_setup![
    an_exception_opens_and_cuts_a_profile,
    an_audience_of_contacts_or_follows_shows_the_profile_to_whom_it_names,
    who_hides_their_presence_is_shown_none_in_profiles,
    who_hides_their_receipts_is_told_delivered,
    who_hides_their_typing_is_not_told_of_any,
    an_exception_comes_before_the_administrator_of_a_group,
    messages_disappear_after_a_layers_default_until_the_sender_chooses,
    an_evaluation_goes_by_exceptions_and_tells_them,
    an_evaluation_of_a_reciprocal_action_reads_the_viewers_settings,
    a_search_finds_what_an_exception_and_an_audience_allow,
    entries_of_a_batch_go_by_exceptions_each,
];

/// The catalogue `messenger`, and a layer for minors.
async fn start(database: &Database) -> (Server, NamedTempFile) {
    let file = catalogue_file(&json!({
        "extends": "messenger",
        "cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor", "defaults": {
            "messaging.disappearing_messages_default": 86_400,
            "messaging.who_can_add_to_groups": "contacts"}}],
    }));
    (start_with_catalogue(database, &file).await, file)
}

async fn shown(service: &Client, viewer: &Client, owner: &Client) -> Value {
    let profile = json!({"user_id": owner.id(), "username": "ann", "bio": "Reads.",
        "is_online": true, "last_seen": "2026-01-31T10:30:45Z"});
    let body = json!({"viewer": viewer.id(), "profiles": [profile]});
    let mut answer = enforce(service, "profile", body).await;
    answer["profiles"][0].take()
}

/// Whether the profile is whole, whether the online status is shown, and whether the last seen is shown.
fn summary(shown: &Value) -> (bool, bool, &'static str) {
    let profile = &shown["profile"];
    let is_full = shown["visibility"] == "full";
    assert_eq!(profile.get("bio").is_some(), is_full, "{shown}");
    let last_seen = match (profile.get("last_seen"), profile.get("last_seen_text")) {
        (Some(Value::Null), Some(_)) => "unavailable",
        (Some(_), None) => "shown",
        _ => panic!("{shown}"),
    };
    (is_full, profile.get("is_online").is_some(), last_seen)
}

async fn an_exception_opens_and_cuts_a_profile(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob, stranger] = [(); 3].map(|()| server.new_user());
    let service = service(&server);
    let for_bob = async || summary(&shown(&service, &bob, &ann).await);
    except(&ann, &bob, json!({"view_profile": "never"})).await;
    // The presence has actions of its own.
    assert_eq!(for_bob().await, (false, true, "shown"));
    except(&ann, &bob, json!({"view_last_seen": "never"})).await;
    assert_eq!(for_bob().await, (true, true, "unavailable"));
    close_everything(&ann).await;
    let all = json!({"view_profile": "always", "view_online_status": "always", "view_last_seen": "always"});
    for (exceptions, expected) in [
        (
            json!({"view_profile": "always"}),
            (true, false, "unavailable"),
        ),
        (json!({"view_last_seen": "always"}), (false, false, "shown")),
        (all, (true, true, "shown")),
    ] {
        except(&ann, &bob, exceptions).await;
        assert_eq!(for_bob().await, expected);
    }
    let for_stranger = summary(&shown(&service, &stranger, &ann).await);
    assert_eq!(for_stranger, (false, false, "unavailable"));
    block(&ann, &bob).await;
    assert_eq!(
        for_bob().await,
        (false, false, "unavailable"),
        "behind a block"
    );
}

async fn an_audience_of_contacts_or_follows_shows_the_profile_to_whom_it_names(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, close, added, follower, idol] = [(); 5].map(|()| server.new_user());
    let service = service(&server);
    for contact in [&close, &added] {
        add_contact(&ann, contact).await;
    }
    mark_close_friend(&ann, &close, true).await;
    follow(&follower, &ann).await;
    follow(&ann, &idol).await;
    let viewers = [&close, &added, &follower, &idol];
    for (audience, expected) in [
        ("close_friends", [true, false, false, false]),
        ("added_contacts", [true, true, false, false]),
        ("followers", [false, false, true, false]),
        ("following", [false, false, false, true]),
        ("mutual_followers", [false; 4]),
        ("contacts", [false; 4]),
    ] {
        set(&ann, "who_can_see_profile", audience).await;
        for (viewer, expected) in viewers.into_iter().zip(expected) {
            let (is_full, ..) = summary(&shown(&service, viewer, &ann).await);
            assert_eq!(is_full, expected, "{audience}");
        }
    }
}

async fn who_hides_their_presence_is_shown_none_in_profiles(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob] = [(); 2].map(|()| server.new_user());
    let service = service(&server);
    let for_bob = async || summary(&shown(&service, &bob, &ann).await);
    assert_eq!(for_bob().await, (true, true, "shown"));
    set(&bob, "show_last_seen", false).await;
    assert_eq!(for_bob().await, (true, true, "unavailable"));
    set(&bob, "who_can_see_profile", "nobody").await;
    assert_eq!(for_bob().await, (true, false, "unavailable"));
    // Bob lets Ann see it, whatever the settings.
    except(&bob, &ann, json!({"view_last_seen": "always"})).await;
    assert_eq!(for_bob().await, (true, false, "shown"));
    except(&ann, &bob, json!({"view_online_status": "always"})).await;
    assert_eq!(for_bob().await, (true, true, "shown"));
}

async fn who_hides_their_receipts_is_told_delivered(database: Database) {
    let (server, _file) = start(&database).await;
    let [sender, recipient] = [(); 2].map(|()| server.new_user());
    let service = service(&server);
    let told = async || {
        let receipt = json!({"message_id": "m", "recipient": recipient.id(), "status": "read"});
        let body = json!({"sender": sender.id(), "receipts": [receipt]});
        let mut answer = enforce(&service, "receipts", body).await;
        answer["receipts"][0]["status"].take()
    };
    assert_eq!(told().await, "read");
    except(&recipient, &sender, json!({"view_read_receipts": "never"})).await;
    assert_eq!(told().await, "delivered");
    let other = json!({"view_typing": "never"});
    except(&recipient, &sender, other).await;
    assert_eq!(told().await, "read");
    // The recipient hides nothing, the sender does.
    set(&sender, "show_read_receipts", false).await;
    assert_eq!(told().await, "delivered");
    let always = json!({"view_read_receipts": "always"});
    except(&recipient, &sender, always).await;
    assert_eq!(told().await, "read");
}

async fn who_hides_their_typing_is_not_told_of_any(database: Database) {
    let (server, _file) = start(&database).await;
    let [typist, open, hiding, excepted, never] = [(); 5].map(|()| server.new_user());
    for recipient in [&hiding, &excepted] {
        set(recipient, "show_typing_indicator", false).await;
    }
    except(&typist, &excepted, json!({"view_typing": "always"})).await;
    except(&typist, &never, json!({"view_typing": "never"})).await;
    let recipients = [&never, &hiding, &open, &excepted].map(Client::id);
    let body = json!({"typist": typist.id(), "recipients": recipients});
    let told = enforce(&service(&server), "typing", body).await;
    assert_eq!(told, json!({"recipients": [open.id(), excepted.id()]}));
}

async fn an_exception_comes_before_the_administrator_of_a_group(database: Database) {
    let (server, _file) = start(&database).await;
    let [actor, open, never, always, close, minor] = [(); 6].map(|()| server.new_user());
    for invitee in [&always, &close] {
        set(invitee, "who_can_add_to_groups", "close_friends").await;
    }
    except(&never, &actor, json!({"add_to_group": "never"})).await;
    except(&always, &actor, json!({"add_to_group": "always"})).await;
    become_mutual_contacts(&close, &actor).await;
    classify(&server, &minor, &["minor"]).await;
    let invitees = [&minor, &close, &never, &always, &open].map(Client::id);
    let service = service(&server);
    for (is_admin, allowed, refused) in [
        (false, vec![&always, &open], vec![&minor, &close, &never]),
        (true, vec![&minor, &close, &always, &open], vec![&never]),
    ] {
        let body = json!({"actor": actor.id(), "actor_is_admin": is_admin, "invitees": invitees});
        let answer = enforce(&service, "group-additions", body).await;
        let ids = |users: Vec<&Client>| -> Vec<_> { users.into_iter().map(Client::id).collect() };
        let expected = json!({"allowed": ids(allowed), "refused": ids(refused)});
        assert_eq!(answer, expected, "an administrator: {is_admin}");
    }
    mark_close_friend(&close, &actor, true).await;
    let body = json!({"actor": actor.id(), "invitees": [close.id()]});
    let answer = enforce(&service, "group-additions", body).await;
    assert_eq!(answer, json!({"allowed": [close.id()], "refused": []}));
}

async fn messages_disappear_after_a_layers_default_until_the_sender_chooses(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, other] = [(); 2].map(|()| server.new_user());
    let service = service(&server);
    let seconds = async |sender: &Client| {
        let body = json!({"senders": [sender.id()]});
        let mut answer = enforce(&service, "message-expiry", body).await;
        answer["expiries"][0]["seconds"].take()
    };
    assert_eq!(seconds(&ann).await, json!(null));
    classify(&server, &ann, &["minor"]).await;
    assert_eq!(seconds(&ann).await, json!(86_400));
    assert_eq!(seconds(&other).await, json!(null));
    // The very default of the catalogue is a choice, too.
    set(&ann, "disappearing_messages_default", json!(null)).await;
    assert_eq!(seconds(&ann).await, json!(null));
    set(&ann, "disappearing_messages_default", 300).await;
    assert_eq!(seconds(&ann).await, json!(300));
}

fn user(client: &Client) -> Value {
    json!({"type": "user", "id": client.id()})
}

/// The answer of the standard interface to one question.
async fn evaluate(service: &Client, viewer: &Client, subject: &Client, action: &str) -> Value {
    let request =
        json!({"subject": user(viewer), "action": {"name": action}, "resource": user(subject)});
    let answer = service.post("/access/v1/evaluation", request).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

fn decided(decision: bool, reason: &str) -> Value {
    json!({"decision": decision, "context": {"reason": reason}})
}

async fn an_evaluation_goes_by_exceptions_and_tells_them(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob] = [(); 2].map(|()| server.new_user());
    let service = service(&server);
    let exceptions = json!({"view_profile": "never", "call": "always"});
    except(&ann, &bob, exceptions).await;
    set(&ann, "who_can_call", "nobody").await;
    for (action, expected) in [
        ("view_profile", decided(false, "exception_never")),
        ("call", decided(true, "exception_always")),
        ("view_about", decided(true, "everyone")),
    ] {
        assert_eq!(evaluate(&service, &bob, &ann, action).await, expected);
    }
    let call = evaluate(&service, &ann, &ann, "call").await;
    assert_eq!(call, decided(true, "self"));
}

async fn an_evaluation_of_a_reciprocal_action_reads_the_viewers_settings(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob] = [(); 2].map(|()| server.new_user());
    let service = service(&server);
    set(&bob, "show_typing_indicator", false).await;
    let typing = evaluate(&service, &bob, &ann, "view_typing").await;
    assert_eq!(typing, decided(false, "not_reciprocated"));
    let typing = evaluate(&service, &ann, &bob, "view_typing").await;
    assert_eq!(typing, decided(false, "setting_off"));
    let receipts = evaluate(&service, &bob, &ann, "view_read_receipts").await;
    assert_eq!(receipts, decided(true, "setting_on"));
}

async fn a_search_finds_what_an_exception_and_an_audience_allow(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob, stranger] = [(); 3].map(|()| server.new_user());
    let service = service(&server);
    close_everything(&ann).await;
    set(&ann, "who_can_call", "close_friends").await;
    add_contact(&ann, &bob).await;
    mark_close_friend(&ann, &bob, true).await;
    let exceptions = json!({"view_typing": "always", "mention": "never"});
    except(&ann, &bob, exceptions).await;
    let found = async |viewer: &Client| -> Vec<String> {
        let request = json!({"subject": user(viewer), "resource": user(&ann)});
        let answer = service.post("/access/v1/search/action", request).await;
        let results = answer.json()["results"].take();
        let names = results.as_array().unwrap().iter();
        names
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let (mut of_bob, of_stranger) = (found(&bob).await, found(&stranger).await);
    assert!(of_stranger.contains(&"mention".to_owned()));
    for (name, only_bob) in [("view_typing", true), ("call", true), ("mention", false)] {
        assert_eq!(of_bob.contains(&name.to_owned()), only_bob, "{name}");
        assert_eq!(of_stranger.contains(&name.to_owned()), !only_bob, "{name}");
    }
    // Everything else is the same.
    of_bob.retain(|name| !["view_typing", "call"].contains(&&**name));
    let of_both = of_stranger.into_iter().filter(|name| name != "mention");
    assert_eq!(of_bob, of_both.collect::<Vec<_>>());
}

async fn entries_of_a_batch_go_by_exceptions_each(database: Database) {
    let (server, _file) = start(&database).await;
    let [ann, bob, carol] = [(); 3].map(|()| server.new_user());
    except(&ann, &bob, json!({"view_profile": "never"})).await;
    set(&ann, "who_can_see_profile", "nobody").await;
    except(&ann, &carol, json!({"view_profile": "always"})).await;
    let entries = [&bob, &carol, &ann].map(|viewer| json!({"subject": user(viewer)}));
    let request =
        json!({"action": {"name": "view_profile"}, "resource": user(&ann), "evaluations": entries});
    let answer = service(&server)
        .post("/access/v1/evaluations", request)
        .await;
    let expected = [
        decided(false, "exception_never"),
        decided(true, "exception_always"),
        decided(true, "self"),
    ];
    assert_eq!(answer.json(), json!({"evaluations": expected}), "{answer}");
}

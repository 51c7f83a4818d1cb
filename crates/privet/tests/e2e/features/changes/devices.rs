//! Streams of users' devices: tags, families, and who is told.

use std::fs;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::acting::{
    add_contact, block, classify, erase, except, follow, set, unblock, unfollow,
};
use crate::support::catalogues::{catalogue_file, start_with_a_cohort, start_with_catalogue};
use crate::support::changes::{EventStream, OWN_CHANGES};
use crate::support::settings::Settings;
use crate::support::shapes::error_message;
use crate::support::{Client, Database, Server};

in_every_setup![
    a_stream_begins_with_the_tags_in_force_and_tells_each_new_one,
    relationships_are_told_without_a_tag_and_to_those_who_may_know,
    the_state_is_told_again_when_cohorts_change,
];

on_both_stores![
    the_state_is_told_again_when_the_catalogue_changes,
    the_end_of_a_follow_by_an_erasure_is_told,
];

in_one_setup![
    an_eleventh_stream_of_a_user_is_429_with_limits_off_too,
    of_many_streams_at_once_ten_are_opened,
    head_answers_without_a_stream,
];

// Each replica counts the streams that it has itself.
tests_in_setup!(
    two_replicas_only,
    Setup::TwoReplicas,
    [each_of_two_replicas_opens_ten_streams_of_a_user]
);

const FAMILIES: [(Settings, &str); 4] = [
    (Settings::AccountPrivacy, "account"),
    (Settings::EmailContact, "email"),
    (Settings::MessagingPrivacy, "messaging"),
    (Settings::Preferences, "preferences"),
];

/// A stream whose beginning was read, and the tags that it began with.
async fn device(user: &Client) -> (EventStream, Value) {
    let mut stream = EventStream::of_user(user).await;
    let state = stream.data().await;
    assert_eq!(state, json!({"type": "state", "etags": state["etags"]}));
    let etags = state["etags"].clone();
    assert_eq!(etags.as_object().unwrap().len(), FAMILIES.len());
    (stream, etags)
}

/// What a stream tells until it tells of preferences, which this function changes.
async fn until_marked(stream: &mut EventStream, user: &Client) -> Vec<String> {
    let value = format!(
        "#{}",
        &crate::support::new_user_id().simple().to_string()[..6]
    );
    let body = json!({"theme.accent_color": value});
    let answer = user.patch(Settings::Preferences.path(), body).await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut told = Vec::new();
    loop {
        let data = stream.data().await;
        assert_eq!(data["type"], "changed", "{data}");
        let family = data["family"].as_str().unwrap().to_owned();
        if family == "preferences" {
            return told;
        }
        assert_eq!(data, json!({"type": "changed", "family": family}));
        told.push(family);
    }
}

async fn a_stream_begins_with_the_tags_in_force_and_tells_each_new_one(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let (mut stream, etags) = device(&alice).await;
    for (settings, family) in FAMILIES {
        assert_eq!(etags[family], settings.tag(&alice).await, "{family}");
        let tag = settings.set(&alice, !settings.default()).await;
        let told = stream.data().await;
        let expected = json!({"type": "changed", "family": family, "etag": tag});
        assert_eq!(told, expected);
    }
    // Another user's changes, and what changes nothing.
    Settings::EmailContact.set(&server.new_user(), false).await;
    Settings::EmailContact
        .set(&alice, !Settings::EmailContact.default())
        .await;
    assert_eq!(until_marked(&mut stream, &alice).await, [""; 0]);
    let (_, etags) = device(&alice).await;
    for (settings, family) in FAMILIES {
        assert_eq!(etags[family], settings.tag(&alice).await, "{family}");
    }
}

async fn relationships_are_told_without_a_tag_and_to_those_who_may_know(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let (mut of_alice, _) = device(&alice).await;
    let (mut of_bob, _) = device(&bob).await;
    for (step, told, told_other) in [
        ("contact", "contacts", ""),
        ("except", "exceptions", ""),
        ("follow", "follows", "follows"),
        ("unfollow", "follows", "follows"),
        ("block", "blocks", ""),
        ("hidden", "", "follows"),
    ] {
        match step {
            "contact" => add_contact(&alice, &bob).await,
            "except" => except(&alice, &bob, json!({"view_typing": "never"})).await,
            "follow" => drop(follow(&alice, &bob).await),
            "unfollow" => unfollow(&alice, &bob).await,
            "block" => block(&alice, &bob).await,
            _ => drop(follow(&bob, &alice).await),
        }
        for (stream, user, told) in [
            (&mut of_alice, &alice, told),
            (&mut of_bob, &bob, told_other),
        ] {
            let mut families = until_marked(stream, user).await;
            families.dedup();
            families.retain(|family| !family.is_empty());
            let expected: Vec<_> = Some(told).into_iter().filter(|it| !it.is_empty()).collect();
            assert_eq!(families, expected, "{step}");
        }
    }
    // The hidden request is shown.
    unblock(&alice, &bob).await;
    let mut families = until_marked(&mut of_alice, &alice).await;
    families.sort();
    families.dedup();
    assert_eq!(families, ["blocks", "follows"]);
}

async fn the_end_of_a_follow_by_an_erasure_is_told(database: Database) {
    let server = Server::start(&database).await;
    let [alice, fan, followed] = [(); 3].map(|()| server.new_user());
    follow(&fan, &alice).await;
    follow(&alice, &followed).await;
    let (mut stream, _) = device(&alice).await;
    // The follows may be told now.
    until_marked(&mut stream, &alice).await;
    for other in [fan, followed] {
        erase(&other).await;
        let mut families = until_marked(&mut stream, &alice).await;
        families.dedup();
        assert_eq!(families, ["follows"]);
    }
}

async fn the_state_is_told_again_when_cohorts_change(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let alice = server.new_user();
    let (mut stream, _) = device(&alice).await;
    classify(&server, &alice, &["minor"]).await;
    let state = stream.data().await;
    assert_eq!(state["type"], "state", "{state}");
}

async fn the_state_is_told_again_when_the_catalogue_changes(database: Database) {
    let layer = |theme: &str| {
        let defaults = json!({"preferences.theme.mode": theme});
        json!({"layers": [{"name": "house rules", "defaults": defaults}]})
    };
    let file = catalogue_file(&layer("dark"));
    let mut server = start_with_catalogue(&database, &file).await;
    let alice = server.new_user();
    let (mut stream, before) = device(&alice).await;
    fs::write(file.path(), layer("light").to_string()).unwrap();
    server.signal("HUP").await;
    server.wait_for_log("SIGHUP: read again").await;
    loop {
        let state = stream.data().await;
        assert_eq!(state["type"], "state", "{state}");
        // The first catalogue may be told as a change too.
        if state["etags"] != before {
            let tag = Settings::Preferences.tag(&alice).await;
            assert_eq!(state["etags"]["preferences"], tag);
            return;
        }
    }
}

async fn an_eleventh_stream_of_a_user_is_429_with_limits_off_too(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(device(&alice).await);
    }
    let refused = alice.get(OWN_CHANGES).await;
    error_message(&refused, OWN_CHANGES, 429);
    assert_eq!(refused.json()["code"], "RATE_LIMITED", "{refused}");
    let wait: u64 = refused.header("Retry-After").parse().unwrap();
    assert!(wait >= 1, "{refused}");
    assert!(refused.has_header("RateLimit") && refused.has_header("RateLimit-Policy"));
    // Others have their own, and other requests are answered.
    device(&server.new_user()).await;
    set(&alice, "isPrivate", true).await;
    // A place is free as soon as a client has gone.
    streams.pop();
    wait_for_a_place(&alice).await;
}

/// Waits until another stream of the user may be opened.
async fn wait_for_a_place(user: &Client) {
    let begun = Instant::now();
    while user.get(OWN_CHANGES).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_mins(1));
        sleep(Duration::from_millis(20)).await;
    }
}

async fn each_of_two_replicas_opens_ten_streams_of_a_user(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let [first, second] = [0, 1].map(|number| alice.on_replica(number));
    let (mut of_first, mut of_second) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        of_first.push(device(&first).await.0);
        of_second.push(device(&second).await.0);
    }
    for replica in [&first, &second] {
        let refused = replica.get(OWN_CHANGES).await;
        error_message(&refused, OWN_CHANGES, 429);
    }
    // The refusals have ended none of them, and a change through either replica is told to all.
    for (replica, is_on) in [(&first, false), (&second, true)] {
        let tag = Settings::EmailContact.set(replica, is_on).await;
        let expected = json!({"type": "changed", "family": "email", "etag": tag});
        for stream in of_first.iter_mut().chain(&mut of_second) {
            assert_eq!(stream.data().await, expected);
        }
    }
    // A place on one replica is none on the other.
    of_first.pop();
    wait_for_a_place(&first).await;
    assert_eq!(second.get(OWN_CHANGES).await.status, 429);
}

async fn of_many_streams_at_once_ten_are_opened(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let opening = [(); 20].map(|()| {
        let request = alice.request(Method::GET, OWN_CHANGES);
        tokio::spawn(request.open())
    });
    // Kept, so that no place becomes free.
    let mut answers = Vec::new();
    for opened in opening {
        answers.push(opened.await.unwrap().unwrap());
    }
    let statuses = answers.iter().map(|answer| answer.status().as_u16());
    let (open, refused): (Vec<_>, Vec<_>) = statuses.partition(|status| *status == 200);
    assert_eq!((open.len(), refused), (10, vec![429; 10]));
}

async fn head_answers_without_a_stream(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for _ in 0..20 {
        let head = alice.request(Method::HEAD, OWN_CHANGES).send();
        let head = timeout(Duration::from_secs(10), head).await;
        let head = head.expect("HEAD should not wait");
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{head}");
        assert_eq!(head.header("Content-Type"), "text/event-stream");
        assert_eq!(head.header("Cache-Control"), "no-store");
        assert_eq!(head.header("Vary"), "Authorization");
    }
}

//! Cohorts: set by a service, on record, and shown to nobody else.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::acting::{classify, cohorts_path, erase};
use crate::support::asking::{ask, assert_problem, no, service, with_scope, wrong_members, yes};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::settings::{Settings, history, time};
use crate::support::shapes::JSON;
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

// What a cache or another replica keeps must follow.
in_every_setup![a_cohort_is_in_force_everywhere_once_it_is_acknowledged];

// The row of the user, and the history.
on_both_stores![
    cohorts_are_set_by_a_service_and_on_record,
    who_is_asked_about_is_not_made_and_who_is_classified_is,
    a_service_that_is_erased_stays_named_in_the_histories_of_others,
];

// What a request may be is the same in every set-up.
in_one_setup![
    the_same_cohorts_again_are_no_news,
    what_are_no_cohorts_is_refused,
    cohorts_that_left_the_catalogue_are_not_shown_and_come_back,
];

/// The names of so many cohorts.
fn names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("cohort_{number}"))
        .collect()
}

/// Nine cohorts, the first of which has a layer.
fn document() -> Value {
    let cohorts = names(9).into_iter();
    let cohorts: Value = cohorts
        .map(|name| (name, json!({"description": "A cohort."})))
        .collect();
    json!({"cohorts": cohorts, "layers": [{"name": "quiet", "cohort": "cohort_0",
        "defaults": {"messaging.who_can_add_to_groups": "nobody"}}]})
}

async fn start(database: &Database) -> (Server, NamedTempFile) {
    let file = catalogue_file(&document());
    (start_with_catalogue(database, &file).await, file)
}

async fn cohorts_of(classifier: &Client, user: &Client) -> Value {
    let answer = classifier.get(&cohorts_path(user.id())).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Cache-Control"), "private, no-cache");
    let mut body = answer.json();
    assert_eq!(body, json!({"cohorts": body["cohorts"]}));
    body["cohorts"].take()
}

async fn a_cohort_is_in_force_everywhere_once_it_is_acknowledged(database: Database) {
    let (server, _file) = start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let (replicas, service) = (database.setup().replicas(), service(&server));
    for round in 0..6 {
        let (cohorts, expected): (&[&str], _) = if round % 2 == 0 {
            (&["cohort_0"], no("nobody"))
        } else {
            (&[], yes("everyone"))
        };
        classify(&server, &alice, cohorts).await;
        for _ in 0..replicas {
            assert_eq!(ask(&service, &bob, &alice, "add_to_group").await, expected);
            let shown = Settings::MessagingPrivacy.get(&alice).await.json();
            assert_eq!(shown["who_can_add_to_groups"] == "nobody", round % 2 == 0);
        }
    }
}

async fn cohorts_are_set_by_a_service_and_on_record(database: Database) {
    let (server, _file) = start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let classifier = with_scope(&server, "users:classify");
    let path = cohorts_path(alice.id());
    let (both, nothing) = (json!(["cohort_1", "cohort_0"]), json!([]));
    let answer = classifier.put(&path, json!({"cohorts": both})).await;
    assert_eq!(answer.status, 200, "{answer}");
    let stored = cohorts_of(&classifier, &alice).await;
    assert_eq!(answer.json(), json!({"cohorts": stored}));
    assert_eq!(stored.as_array().unwrap().len(), 2);
    let entries = history(&alice).await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!(entry["setting"], "cohorts");
    assert_eq!(
        (&entry["old_value"], &entry["new_value"]),
        (&nothing, &stored)
    );
    assert_eq!(entry["actor_id"], json!(classifier.id()));
    assert_eq!(entry["request_id"], answer.header("X-Request-Id"));
    Settings::MessagingPrivacy.set(&alice, false).await;
    let filtered = alice.get("/api/v1/privacy/audit?setting=cohorts").await;
    assert_eq!(filtered.json()["entries"], json!(entries));
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["cohorts"], stored);
    // The scope alone opens it, to the user as to others.
    for user in [
        &alice,
        &bob,
        &with_scope(&server, "privacy:decide users:erase privacy:admin"),
    ] {
        assert_problem(&user.get(&path).await, 403, "FORBIDDEN");
        let answer = user.put(&path, json!({"cohorts": []})).await;
        assert_problem(&answer, 403, "FORBIDDEN");
    }
    erase(&alice).await;
    assert_problem(&classifier.get(&path).await, 404, "NOT_FOUND");
    let answer = classifier.put(&path, json!({"cohorts": []})).await;
    assert_problem(&answer, 404, "NOT_FOUND");
}

async fn who_is_asked_about_is_not_made_and_who_is_classified_is(database: Database) {
    let (server, _file) = start(&database).await;
    let (unseen, clock) = (server.new_user(), server.new_user());
    let classifier = with_scope(&server, "users:classify");
    assert_eq!(cohorts_of(&classifier, &unseen).await, json!([]));
    let mut session = Session::on(&database);
    assert_eq!(session.rows_naming(unseen.id()), BTreeMap::new());
    let mut times = Vec::new();
    for classified in [false, true] {
        if classified {
            classify(&server, &unseen, &["cohort_1"]).await;
        }
        // The envelope says what time it is.
        let now = Settings::AccountPrivacy.get(&clock).await.json();
        times.push(time(&now["action_time"]));
    }
    assert_eq!(session.rows_of("users", unseen.id()), 1);
    let account = Settings::AccountPrivacy.get(&unseen).await.json();
    let created = time(&account["data"]["createdAt"]);
    assert!(times[0] <= created && created <= times[1], "{created}");
    assert_eq!(account["data"]["updatedAt"], account["data"]["createdAt"]);
}

async fn a_service_that_is_erased_stays_named_in_the_histories_of_others(database: Database) {
    let (server, _file) = start(&database).await;
    let (alice, classifier) = (server.new_user(), with_scope(&server, "users:classify"));
    let path = cohorts_path(alice.id());
    let cohorts = json!({"cohorts": ["cohort_1"]});
    assert_eq!(classifier.put(&path, cohorts).await.status, 200);
    let before = history(&alice).await;
    let path = format!("/api/v1/users/{}", classifier.id());
    let erased = with_scope(&server, "users:erase").delete(&path).await;
    assert_eq!(erased.status, 200, "{erased}");
    assert_eq!(before[0]["actor_id"], json!(classifier.id()));
    assert_eq!(history(&alice).await, before);
}

async fn the_same_cohorts_again_are_no_news(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    let classifier = with_scope(&server, "users:classify");
    let path = cohorts_path(alice.id());
    let first = classifier
        .put(&path, json!({"cohorts": ["cohort_1", "cohort_0"]}))
        .await;
    let (entries, tag) = (
        history(&alice).await,
        Settings::MessagingPrivacy.tag(&alice).await,
    );
    // In another order, and one of them twice.
    for cohorts in [
        json!(["cohort_1", "cohort_0"]),
        json!(["cohort_0", "cohort_1"]),
        json!(["cohort_0", "cohort_1", "cohort_0"]),
    ] {
        let again = classifier.put(&path, json!({"cohorts": cohorts})).await;
        assert_eq!((again.status, again.json()), (200, first.json()), "{again}");
    }
    assert_eq!(history(&alice).await, entries);
    assert_eq!(Settings::MessagingPrivacy.tag(&alice).await, tag);
}

async fn what_are_no_cohorts_is_refused(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    let classifier = with_scope(&server, "users:classify");
    let path = cohorts_path(alice.id());
    let eight = json!({"cohorts": names(8)});
    let answer = classifier.put(&path, eight.clone()).await;
    assert_eq!((answer.status, answer.json()), (200, eight.clone()));
    for (body, wrong) in [
        (json!({}), "cohorts"),
        (json!({"cohorts": null}), "cohorts"),
        (json!({"cohorts": "cohort_0"}), "cohorts"),
        (json!({"cohorts": {}}), "cohorts"),
        (json!({"cohorts": names(9)}), "cohorts"),
        (json!({"cohorts": ["cohort_0", "adult"]}), "cohorts[1]"),
        (json!({"cohorts": [null]}), "cohorts[0]"),
        (json!({"cohorts": ["Cohort_0"]}), "cohorts[0]"),
        (json!({"cohorts": [], "note": "x"}), "note"),
    ] {
        let answer = classifier.put(&path, body).await;
        assert_eq!(wrong_members(&answer), [wrong]);
    }
    for body in ["[]", "null", "{"] {
        let request = classifier.request(reqwest::Method::PUT, &path);
        let answer = request.header(JSON.0, JSON.1).body(body).send().await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
    for path in [
        "/api/v1/admin/users/me/cohorts",
        "/api/v1/admin/users/1/cohorts",
    ] {
        let answer = classifier.put(path, json!({"cohorts": []})).await;
        assert_eq!(wrong_members(&answer), ["userId"]);
        assert_eq!(wrong_members(&classifier.get(path).await), ["userId"]);
    }
    assert_eq!(cohorts_of(&classifier, &alice).await, eight["cohorts"]);
    let upper = alice.id().to_string().to_uppercase();
    let path = format!("/api/v1/admin/users/{upper}/cohorts");
    assert_eq!(classifier.get(&path).await.json(), eight);
    assert!(history(&server.user(new_user_id())).await.is_empty());
}

async fn cohorts_that_left_the_catalogue_are_not_shown_and_come_back(database: Database) {
    let (mut server, file) = start(&database).await;
    let alice = server.new_user();
    let classifier = with_scope(&server, "users:classify");
    classify(&server, &alice, &["cohort_0", "cohort_1"]).await;
    let mut fewer = document();
    fewer["cohorts"].as_object_mut().unwrap().remove("cohort_1");
    for (place, (catalogue, shown)) in [
        (fewer, json!(["cohort_0"])),
        (document(), json!(["cohort_0", "cohort_1"])),
    ]
    .into_iter()
    .enumerate()
    {
        std::fs::write(file.path(), catalogue.to_string()).unwrap();
        server.signal("HUP").await;
        let read_again = "SIGHUP: read again: PRIVET_CATALOGUE";
        server.wait_for_logs(read_again, place + 1).await;
        assert_eq!(cohorts_of(&classifier, &alice).await, shown);
    }
}

//! Bounds: which note refuses a value, what is in force where a choice is not allowed, and what stays possible.

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{CATALOGUE, SETTINGS, setting};
use crate::support::acting::{classify, set, try_set};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::settings::{Settings, history};
use crate::support::{Answer, Client, Database, Server};

// The rule is tested without HTTP; here is shown that requests go by it.
in_one_setup![
    the_innermost_layer_that_forbids_says_why,
    where_no_default_is_allowed_by_all_the_innermost_bound_is_in_force,
    the_value_in_force_can_be_set_whatever_the_layers,
    a_wrong_value_comes_before_a_locked_one_in_every_family,
    a_locked_value_is_refused_whatever_the_condition,
    a_preference_is_bounded_like_a_setting,
    a_locked_preference_can_be_reset,
    a_choice_of_the_very_default_is_kept_in_every_family,
    what_replaces_a_bounded_choice_is_on_record,
    a_layer_of_others_moves_no_tag,
];

/// Two layers for all, with a note and without; and for minors a further one with a note, and one without.
fn document() -> Value {
    json!({
        "cohorts": {"minor": {"description": "Under 18."}, "quiet": {"description": "Quiet."},
            "staff": {"description": "Staff."}},
        "layers": [
            {"name": "house rules", "note": "Not in this house.",
             "allowed": {"messaging.who_can_see_profile": ["everyone", "contacts"]}},
            {"name": "minors", "cohort": "minor", "note": "Not under 18.",
             "defaults": {"messaging.who_can_see_profile": "contacts", "account.is_private": true,
                "email.allow_email_contact": false, "preferences.theme.mode": "dark"},
             "allowed": {"messaging.who_can_see_profile": ["contacts", "nobody"], "account.is_private": [true],
                "email.allow_email_contact": [false], "preferences.theme.mode": ["dark", "system"]}},
            {"name": "quiet hours", "cohort": "quiet", "defaults": {"messaging.who_can_see_profile": "nobody"},
             "allowed": {"messaging.who_can_see_profile": ["nobody"]}},
        ],
    })
}

async fn start(database: &Database) -> (Server, NamedTempFile) {
    let file = catalogue_file(&document());
    (start_with_catalogue(database, &file).await, file)
}

/// The note of a refused value.
async fn note(user: &Client, value: &str) -> Value {
    let answer = try_set(user, "who_can_see_profile", value).await;
    assert_problem(&answer, 403, "SETTING_LOCKED");
    answer.json()["errors"][0]["message"].take()
}

async fn the_innermost_layer_that_forbids_says_why(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    // The first layer alone.
    assert_eq!(note(&alice, "nobody").await, "Not in this house.");
    classify(&server, &alice, &["minor"]).await;
    assert_eq!(note(&alice, "everyone").await, "Not under 18.");
    // The inner one allows it.
    assert_eq!(note(&alice, "nobody").await, "Not in this house.");
    // One that has no note is named.
    classify(&server, &alice, &["minor", "quiet"]).await;
    let unnamed = note(&alice, "everyone").await;
    assert!(
        unnamed.as_str().unwrap().contains("quiet hours"),
        "{unnamed}"
    );
    let shown = setting(&alice, "messaging.who_can_see_profile").await;
    assert_eq!(shown["note"], Value::Null);
    assert!(
        history(&alice)
            .await
            .iter()
            .all(|it| it["setting"] == "cohorts")
    );
}

async fn where_no_default_is_allowed_by_all_the_innermost_bound_is_in_force(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    set(&alice, "who_can_see_profile", "everyone").await;
    for (cohorts, value, allowed) in [
        (vec!["minor"], "contacts", json!(["contacts"])),
        (vec!["quiet"], "nobody", json!([])),
        (vec!["minor", "quiet"], "nobody", json!([])),
        (vec![], "everyone", json!(["everyone", "contacts"])),
    ] {
        classify(&server, &alice, &cohorts).await;
        let shown = setting(&alice, "messaging.who_can_see_profile").await;
        assert_eq!(shown["value"], value, "{cohorts:?}");
        assert_eq!(shown["allowed"], allowed, "{cohorts:?}");
        let locked = allowed.as_array().unwrap().len() <= 1;
        assert_eq!(shown["locked"], locked, "{cohorts:?}");
        assert_eq!(shown["chosen"], "everyone", "{cohorts:?}");
        let settings = alice.get(SETTINGS).await.json();
        assert_eq!(settings["who_can_see_profile"], value);
    }
}

async fn the_value_in_force_can_be_set_whatever_the_layers(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    classify(&server, &alice, &["quiet"]).await;
    let tag = Settings::MessagingPrivacy.tag(&alice).await;
    let entries = history(&alice).await;
    // An outer layer forbids it, and it is in force all the same: that changes nothing, and is no failure.
    set(&alice, "who_can_see_profile", "nobody").await;
    assert_eq!(Settings::MessagingPrivacy.tag(&alice).await, tag);
    assert_eq!(history(&alice).await, entries);
    for value in ["everyone", "contacts"] {
        let answer = try_set(&alice, "who_can_see_profile", value).await;
        assert_problem(&answer, 403, "SETTING_LOCKED");
    }
}

async fn a_wrong_value_comes_before_a_locked_one_in_every_family(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    classify(&server, &alice, &["minor"]).await;
    let wrong = json!({"settings": {"show_last_seen": 1, "who_can_see_profile": "everyone"}});
    let answer = alice.put(SETTINGS, wrong).await;
    assert_eq!(wrong_members(&answer), ["show_last_seen"]);
    let path = Settings::Preferences.path();
    let wrong = json!({"theme.mode": "light", "theme.accent_color": "red"});
    let answer = alice.patch(path, wrong).await;
    assert_eq!(answer.status, 400, "{answer}");
    assert!(answer.json().get("theme.mode").is_none(), "{answer}");
    for (setting, wrong, status) in [
        ("allow_email_contact", json!("yes"), 400),
        ("isPrivate", json!("no"), 422),
    ] {
        let answer = try_set(&alice, setting, wrong).await;
        assert_eq!(answer.status, status, "{answer}");
        let answer = try_set(&alice, setting, setting != "isPrivate").await;
        assert_eq!(answer.status, 403, "{answer}");
    }
}

/// The same with a condition that does not hold.
async fn unmet(user: &Client, method: Method, path: &str, body: Value) -> Answer {
    let request = user.request(method, path).header("If-Match", "\"x\"");
    request.json(body).send().await
}

async fn a_locked_value_is_refused_whatever_the_condition(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    classify(&server, &alice, &["minor"]).await;
    // RFC 9110, section 13.2.1: a condition counts only where the request would otherwise succeed.
    for (settings, method, locked, allowed) in [
        (
            Settings::EmailContact,
            Method::PATCH,
            json!({"allow_email_contact": true}),
            json!({"allow_email_contact": false}),
        ),
        (
            Settings::AccountPrivacy,
            Method::PUT,
            json!({"isPrivate": false}),
            json!({"isPrivate": true}),
        ),
        (
            Settings::MessagingPrivacy,
            Method::PUT,
            json!({"setting": "who_can_see_profile", "value": "everyone"}),
            json!({"setting": "who_can_see_profile", "value": "contacts"}),
        ),
        (
            Settings::Preferences,
            Method::PATCH,
            json!({"theme.mode": "light"}),
            json!({"theme.mode": "system"}),
        ),
    ] {
        let path = settings.path();
        let answer = unmet(&alice, method.clone(), path, locked).await;
        assert_eq!(answer.status, 403, "{answer}");
        let answer = unmet(&alice, method, path, allowed).await;
        assert_eq!(answer.status, 412, "{answer}");
    }
}

async fn a_preference_is_bounded_like_a_setting(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    let path = Settings::Preferences.path();
    let light = json!({"theme.mode": "light"});
    assert_eq!(alice.patch(path, light.clone()).await.status, 200);
    let unbound = setting(&alice, "preferences.theme.mode").await;
    assert_eq!(
        (&unbound["allowed"], &unbound["locked"]),
        (&json!(null), &json!(false))
    );
    classify(&server, &alice, &["minor"]).await;
    let bound = setting(&alice, "preferences.theme.mode").await;
    assert_eq!(bound["allowed"], json!(["dark", "system"]));
    assert_eq!(
        (&bound["value"], &bound["chosen"]),
        (&json!("dark"), &json!("light"))
    );
    assert_eq!(bound["source"], "layer:minors");
    assert_eq!(bound["note"], "Not under 18.");
    assert_eq!(bound["default"], "dark");
    let refused = alice.patch(path, light).await;
    assert_eq!(refused.status, 403, "{refused}");
    let several = json!({"theme": {"mode": "light"}, "locale.language": "de"});
    assert_eq!(alice.patch(path, several).await.status, 403);
    let shown = alice.get(path).await.json();
    assert_eq!(shown["locale"]["language"], "en", "all or nothing");
    assert_eq!(
        alice
            .patch(path, json!({"theme.mode": "system"}))
            .await
            .status,
        200
    );
}

async fn a_locked_preference_can_be_reset(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    let path = Settings::Preferences.path();
    for reset in [
        json!({"theme.mode": null}),
        json!({"theme": null}),
        json!({}),
    ] {
        classify(&server, &alice, &[]).await;
        let light = json!({"theme.mode": "light"});
        assert_eq!(alice.patch(path, light).await.status, 200);
        classify(&server, &alice, &["minor"]).await;
        let answer = if reset == json!({}) {
            alice.post("/api/users/me/preferences/reset/", reset).await
        } else {
            alice.patch(path, reset).await
        };
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.json()["theme"]["mode"], "dark");
        let shown = setting(&alice, "preferences.theme.mode").await;
        assert_eq!(shown.get("chosen"), None);
    }
}

async fn a_choice_of_the_very_default_is_kept_in_every_family(database: Database) {
    let (mut server, file) = start(&database).await;
    let (alice, passive) = (server.new_user(), server.new_user());
    for user in [&alice, &passive] {
        set(user, "who_can_see_profile", "contacts").await;
    }
    let entries = history(&alice).await;
    for family in Settings::ALL {
        // No tag moves, and nothing is recorded.
        let tag = family.tag(&alice).await;
        assert_eq!(family.set(&alice, family.default()).await, tag);
    }
    let mode = json!({"theme.mode": "system"});
    let answer = alice.patch(Settings::Preferences.path(), mode).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(history(&alice).await, entries);
    // With other defaults they stand.
    let mut changed = document();
    changed["layers"][0]["defaults"] = json!({"account.is_private": true,
        "email.allow_email_contact": false, "messaging.show_last_seen": false,
        "preferences.notifications.slack_enabled": true});
    std::fs::write(file.path(), changed.to_string()).unwrap();
    server.signal("HUP").await;
    let read_again = "SIGHUP: read again: PRIVET_CATALOGUE";
    server.wait_for_logs(read_again, 1).await;
    for family in Settings::ALL {
        let of_alice = family.value(&family.get(&alice).await);
        assert_eq!(of_alice, family.default(), "{family:?}");
        let of_passive = family.value(&family.get(&passive).await);
        assert_eq!(of_passive, !family.default(), "{family:?}");
        let shown = setting(&alice, family.setting()).await;
        assert_eq!(shown["source"], "choice", "{family:?}");
    }
}

async fn what_replaces_a_bounded_choice_is_on_record(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    let path = Settings::Preferences.path();
    let mode = |mode: &str| json!({"theme.mode": mode});
    assert_eq!(alice.patch(path, mode("light")).await.status, 200);
    classify(&server, &alice, &["minor"]).await;
    assert_eq!(alice.patch(path, mode("system")).await.status, 200);
    let entries = history(&alice).await;
    assert_eq!(entries.len(), 3, "{entries:?}");
    let newest = &entries[0];
    assert_eq!(newest["setting"], "preferences.theme.mode");
    // What was in force, and what is.
    assert_eq!(
        (&newest["old_value"], &newest["new_value"]),
        (&json!("dark"), &json!("system"))
    );
    // The choice before does not come back.
    classify(&server, &alice, &[]).await;
    assert_eq!(alice.get(path).await.json()["theme"]["mode"], "system");
}

async fn a_layer_of_others_moves_no_tag(database: Database) {
    let (mut server, file) = start(&database).await;
    let alice = server.new_user();
    let page = async || alice.get(CATALOGUE).await.header("ETag").to_owned();
    let before = page().await;
    // A cohort that no layer names.
    classify(&server, &alice, &["staff"]).await;
    assert_eq!(page().await, before);
    let mut changed = document();
    changed["layers"][1]["note"] = json!("Another note.");
    changed["cohorts"]["minor"]["description"] = json!("Minors.");
    std::fs::write(file.path(), changed.to_string()).unwrap();
    server.signal("HUP").await;
    let read_again = "SIGHUP: read again: PRIVET_CATALOGUE";
    server.wait_for_logs(read_again, 1).await;
    assert_eq!(page().await, before);
    classify(&server, &alice, &["minor"]).await;
    assert_ne!(page().await, before);
}

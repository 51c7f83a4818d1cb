//! Layers: defaults and bounds that an operator puts above what users choose. What a bound does is in
//! `layers/bounds.rs`, cohorts are in `layers/cohorts.rs`.

use std::fs;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::acting::{classify, set, try_set};
use crate::support::asking::{ask, assert_problem, no, service, wrong_members, yes};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::settings::{Settings, history};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server};

mod bounds;
mod cohorts;

// What a cache or another replica keeps must follow.
in_every_setup![
    a_layer_puts_its_defaults_in_force_for_its_cohort,
    a_layer_that_comes_with_a_signal_moves_tags_and_changes_no_row,
];

// The stored choices and cohorts; the settings in force follow from them alike in every set-up.
on_both_stores![
    a_value_that_a_layer_forbids_is_refused_in_the_familys_shape,
    a_choice_under_a_bound_is_kept_and_comes_back,
];

const CATALOGUE: &str = "/api/v1/privacy/catalogue";
const SETTINGS: &str = "/api/v1/privacy/settings";
const NOTE: &str = "Protected while you are under 18.";

fn document() -> Value {
    json!({
        "extends": "messenger",
        "cohorts": {"minor": {"description": "Under 18."}, "staff": {"description": "Staff."}},
        "layers": [
            {"name": "house rules", "defaults": {"messaging.who_can_see_profile": "contacts", "preferences.theme.mode": "dark"}},
            {"name": "minors", "cohort": "minor", "note": NOTE,
             "defaults": {"account.is_private": true, "messaging.who_can_add_to_groups": "contacts", "email.allow_email_contact": false},
             "allowed": {"messaging.who_can_add_to_groups": ["contacts", "nobody"], "email.allow_email_contact": [false],
                "account.is_private": [true], "preferences.theme.mode": ["dark"]}},
        ],
    })
}

async fn start(database: &Database) -> (Server, NamedTempFile) {
    start_with(database, &document()).await
}

async fn start_with(database: &Database, catalogue: &Value) -> (Server, NamedTempFile) {
    let file = catalogue_file(catalogue);
    (start_with_catalogue(database, &file).await, file)
}

async fn setting(user: &Client, name: &str) -> Value {
    let catalogue = user.get(CATALOGUE).await.json();
    let settings = catalogue["settings"].as_array().unwrap();
    let found = settings.iter().find(|it| it["name"] == name);
    found.unwrap().clone()
}

async fn a_layer_puts_its_defaults_in_force_for_its_cohort(database: Database) {
    let (server, _file) = start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let service = service(&server);
    assert_eq!(
        alice.get(SETTINGS).await.json()["who_can_see_profile"],
        "contacts"
    );
    let preferences = Settings::Preferences.get(&alice).await.json();
    assert_eq!(preferences["theme"]["mode"], "dark");
    assert_eq!(
        ask(&service, &bob, &alice, "view_profile").await,
        no("not_a_contact")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "add_to_group").await,
        yes("everyone")
    );
    let of_house = setting(&alice, "messaging.who_can_see_profile").await;
    assert_eq!(of_house["source"], "layer:house rules");
    assert_eq!(
        (&of_house["default"], &of_house["locked"]),
        (&json!("contacts"), &json!(false))
    );
    let before = [
        Settings::AccountPrivacy,
        Settings::EmailContact,
        Settings::MessagingPrivacy,
    ];
    let mut tags = Vec::new();
    for family in before {
        tags.push(family.tag(&alice).await);
    }
    classify(&server, &alice, &["minor"]).await;
    assert_eq!(
        ask(&service, &bob, &alice, "add_to_group").await,
        no("not_a_contact")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "send_email").await,
        no("setting_off")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "view_content").await,
        no("private_account")
    );
    for (family, tag) in before.into_iter().zip(tags) {
        assert_ne!(family.tag(&alice).await, tag);
    }
    let locked = setting(&alice, "email.allow_email_contact").await;
    assert_eq!(locked["source"], "layer:minors");
    assert_eq!(
        (&locked["allowed"], &locked["locked"]),
        (&json!([false]), &json!(true))
    );
    assert_eq!(locked["note"], NOTE);
}

async fn a_value_that_a_layer_forbids_is_refused_in_the_familys_shape(database: Database) {
    let (server, _file) = start(&database).await;
    let alice = server.new_user();
    classify(&server, &alice, &["minor"]).await;
    let problem = try_set(&alice, "who_can_add_to_groups", "everyone").await;
    assert_problem(&problem, 403, "SETTING_LOCKED");
    let expected = json!([{"field": "who_can_add_to_groups", "message": NOTE}]);
    assert_eq!(problem.json()["errors"], expected);
    let several =
        json!({"settings": {"show_last_seen": false, "who_can_add_to_groups": "everyone"}});
    assert_problem(&alice.put(SETTINGS, several).await, 403, "SETTING_LOCKED");
    assert_eq!(
        alice.get(SETTINGS).await.json()["show_last_seen"],
        true,
        "all or nothing"
    );
    let wrong = json!({"settings": {"show_last_seen": 1, "who_can_add_to_groups": "everyone"}});
    assert_eq!(
        wrong_members(&alice.put(SETTINGS, wrong).await),
        ["show_last_seen"]
    );
    let by_field = try_set(&alice, "allow_email_contact", true).await;
    assert_eq!(by_field.status, 403, "{by_field}");
    assert_eq!(by_field.json(), json!({"allow_email_contact": [NOTE]}));
    let envelope = try_set(&alice, "isPrivate", false).await;
    assert_eq!(envelope.status, 403, "{envelope}");
    let body = envelope.json();
    assert_eq!(body["message"], "Setting is locked");
    assert_eq!(body["data"], json!({"isPrivate": NOTE}));
    let preference = alice
        .patch(
            "/api/users/me/preferences/",
            json!({"theme": {"mode": "light"}}),
        )
        .await;
    assert_eq!(preference.status, 403, "{preference}");
    assert_eq!(preference.json(), json!({"theme.mode": [NOTE]}));
    assert_eq!(history(&alice).await.len(), 1, "the cohorts alone");
}

async fn a_choice_under_a_bound_is_kept_and_comes_back(database: Database) {
    let (server, _file) = start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let service = service(&server);
    set(&alice, "who_can_add_to_groups", "everyone").await;
    classify(&server, &alice, &["minor"]).await;
    assert_eq!(
        ask(&service, &bob, &alice, "add_to_group").await,
        no("not_a_contact")
    );
    let bounded = setting(&alice, "messaging.who_can_add_to_groups").await;
    assert_eq!(
        (&bounded["value"], &bounded["chosen"]),
        (&json!("contacts"), &json!("everyone"))
    );
    let shown = alice.get(SETTINGS).await.json();
    classify(&server, &alice, &[]).await;
    assert_eq!(
        ask(&service, &bob, &alice, "add_to_group").await,
        yes("everyone")
    );
    let again = alice.get(SETTINGS).await.json();
    assert_eq!(again["who_can_add_to_groups"], "everyone");
    // Times tell the user's own changes.
    assert_eq!(again["updated_at"], shown["updated_at"]);
}

async fn a_layer_that_comes_with_a_signal_moves_tags_and_changes_no_row(database: Database) {
    let unbound = json!({"extends": "messenger", "cohorts": document()["cohorts"]});
    let (mut server, file) = start_with(&database, &unbound).await;
    let (replicas, service) = (database.setup().replicas(), service(&server));
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&alice, "who_can_add_to_groups", "everyone").await;
    classify(&server, &alice, &["minor"]).await;
    let families = Settings::ALL;
    let mut tags = Vec::new();
    for family in families {
        tags.push(family.tag(&alice).await);
    }
    let page = alice.get(CATALOGUE).await.header("ETag").to_owned();
    let before = alice.get(SETTINGS).await.json();
    let entries = history(&alice).await;
    let revision = revision(&database, &alice);

    fs::write(file.path(), document().to_string()).unwrap();
    server.signal("HUP").await;
    let read_again = "SIGHUP: read again: PRIVET_CATALOGUE";
    server.wait_for_logs(read_again, replicas).await;
    for _ in 0..replicas {
        let shown = alice.get(SETTINGS).await.json();
        assert_eq!(shown["who_can_add_to_groups"], "contacts");
        assert_eq!(shown["updated_at"], before["updated_at"]);
        for (family, tag) in families.into_iter().zip(&tags) {
            assert_ne!(family.tag(&alice).await, *tag, "{family:?}");
        }
        assert_ne!(alice.get(CATALOGUE).await.header("ETag"), page);
        let decided = ask(&service, &bob, &alice, "add_to_group").await;
        assert_eq!(decided, no("not_a_contact"));
    }
    fs::write(file.path(), unbound.to_string()).unwrap();
    server.signal("HUP").await;
    server.wait_for_logs(read_again, 2 * replicas).await;
    for _ in 0..replicas {
        let decided = ask(&service, &bob, &alice, "add_to_group").await;
        assert_eq!(decided, yes("everyone"));
        for (family, tag) in families.into_iter().zip(&tags) {
            assert_eq!(family.tag(&alice).await, *tag, "{family:?}");
        }
        assert_eq!(alice.get(CATALOGUE).await.header("ETag"), page);
    }
    assert_eq!(history(&alice).await, entries);
    assert_eq!(self::revision(&database, &alice), revision);
}

/// How often the user's row was changed.
fn revision(database: &Database, user: &Client) -> i64 {
    let mut session = Session::on(database);
    let id = session.literal(user.id());
    session.number(&format!(
        "(SELECT revision FROM users WHERE user_id = {id})"
    ))
}

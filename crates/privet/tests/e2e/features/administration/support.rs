//! Support: the staff look at users and change settings, with a reason. What users see of it is in `support/looks.rs`.

mod looks;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{add_contact, block, classify, except};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::catalogues::{catalogue_file, start_with_a_cohort, start_with_catalogue};
use crate::support::follows::{Between, become_follower, between};
use crate::support::settings::{Settings, history, names};
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

// What is on record is in the store.
on_both_stores![
    a_view_shows_settings_and_numbers_and_nobody_else,
    a_change_is_on_record_with_the_staff_as_actor,
];

// A replica answers with what another one changed.
in_every_setup![a_change_of_the_staff_is_in_force_when_it_is_answered];

in_one_setup![
    a_view_shows_the_cohorts,
    history_and_explanations_are_those_of_the_user,
    a_change_is_all_or_nothing,
    a_choice_is_taken_back_by_null_and_null_is_chosen_as_a_value,
    a_locked_setting_is_refused_by_its_dotted_name,
];

const ACCESS: &str = "/api/v1/privacy/audit/access";
const REASON: &str = "ticket 4711: cannot log in";

fn path(user: Uuid) -> String {
    format!("/api/v1/admin/users/{user}")
}

/// A member of the staff.
fn staff(server: &Server) -> Client {
    let id = new_user_id();
    let token = Token::of(id).claim("scope", "users:support");
    server.bearer(&token.sign(SECRET)).known_as(id)
}

async fn look(staff: &Client, path: &str) -> Answer {
    let request = staff.request(Method::GET, path);
    request.header("Support-Reason", REASON).send().await
}

async fn change(staff: &Client, user: &Client, settings: Value) -> Answer {
    let path = format!("{}/settings", path(user.id()));
    let request = staff.request(Method::PATCH, &path);
    let request = request.header("Support-Reason", REASON);
    request.json(json!({"settings": settings})).send().await
}

async fn looks(user: &Client) -> Vec<Value> {
    let answer = user.get(ACCESS).await;
    assert_eq!(answer.status, 200, "{answer}");
    let entries = answer.json()["entries"].as_array().unwrap().clone();
    assert_eq!(answer.json()["next_cursor"], json!(null));
    entries
}

/// A user who is there.
async fn somebody(server: &Server) -> Client {
    let user = server.new_user();
    Settings::EmailContact.get(&user).await;
    user
}

async fn a_view_shows_settings_and_numbers_and_nobody_else(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    Settings::MessagingPrivacy.set(&user, false).await;
    let others = [(); 6].map(|()| server.new_user());
    let [friend, enemy, fan, asking, idol, hater] = &others;
    add_contact(&user, friend).await;
    block(&user, enemy).await;
    block(hater, &user).await;
    except(&user, friend, json!({"view_profile": "always"})).await;
    become_follower(fan, &user).await;
    become_follower(&user, idol).await;
    between(asking, &user, Between::Request).await;
    let answer = look(&staff(&server), &path(user.id())).await;
    assert_eq!(answer.status, 200, "{answer}");
    let view = answer.json();
    let members = ["cohorts", "counts", "created_at", "settings", "user_id"];
    let mut shown = names(&view);
    shown.sort_unstable();
    assert_eq!(shown, members);
    assert_eq!(view["user_id"], user.id().to_string());
    assert_eq!(view["cohorts"], json!([]));
    let counts = json!({"contacts": 1, "blocks": 1, "exceptions": 1, "followers": 1, "following": 1, "requests_received": 1});
    assert_eq!(view["counts"], counts);
    let catalogue = user.get("/api/v1/privacy/catalogue").await.json();
    assert_eq!(view["settings"], catalogue["settings"]);
    let export = user.get("/api/v1/users/me/export").await.json();
    assert_eq!(view["created_at"], export["created_at"]);
    for other in &others {
        assert!(!answer.text.contains(&other.id().to_string()), "{answer}");
    }
}

async fn a_view_shows_the_cohorts(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let user = somebody(&server).await;
    classify(&server, &user, &["minor"]).await;
    let view = look(&staff(&server), &path(user.id())).await.json();
    assert_eq!(view["cohorts"], json!(["minor"]));
}

async fn a_change_is_on_record_with_the_staff_as_actor(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    let staff = staff(&server);
    let settings = json!({
        "messaging.show_last_seen": false,
        "account.is_private": true,
        "email.allow_email_contact": {"value": false},
        "preferences.theme.mode": "dark",
    });
    let answer = change(&staff, &user, settings).await;
    assert_eq!(answer.status, 200, "{answer}");
    let catalogue = user.get("/api/v1/privacy/catalogue").await.json();
    assert_eq!(answer.json(), json!({"settings": catalogue["settings"]}));
    let entries = history(&user).await;
    assert_eq!(entries.len(), 4);
    for entry in &entries {
        assert_eq!(entry["actor_id"], staff.id().to_string(), "{entry}");
        assert_eq!(entry["reason"], REASON, "{entry}");
    }
    // A change is no look.
    assert!(looks(&user).await.is_empty());
    Settings::MessagingPrivacy.set(&user, true).await;
    let own = &history(&user).await[0];
    assert_eq!(own["actor_id"], user.id().to_string());
    assert!(own.get("reason").is_none(), "{own}");
}

async fn a_change_of_the_staff_is_in_force_when_it_is_answered(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    for is_on in [false, true, false] {
        let before = Settings::MessagingPrivacy.tag(&user).await;
        let answer = change(&staff, &user, json!({"messaging.show_last_seen": is_on})).await;
        assert_eq!(answer.status, 200, "{answer}");
        for _ in 0..3 {
            let shown = Settings::MessagingPrivacy.get(&user).await;
            assert_eq!(Settings::MessagingPrivacy.value(&shown), is_on);
        }
        assert_ne!(before, Settings::MessagingPrivacy.tag(&user).await);
    }
}

async fn history_and_explanations_are_those_of_the_user(database: Database) {
    let server = Server::start(&database).await;
    let (user, viewer) = (somebody(&server).await, somebody(&server).await);
    for is_on in [false, true, false] {
        Settings::MessagingPrivacy.set(&user, is_on).await;
    }
    let staff = staff(&server);
    let one = path(user.id());
    for query in ["", "?limit=2", "?setting=messaging.show_last_seen&limit=1"] {
        let own = user.get(&format!("/api/v1/privacy/audit{query}")).await;
        let theirs = look(&staff, &format!("{one}/audit{query}")).await;
        assert_eq!(theirs.json(), own.json(), "{query}");
    }
    for query in [format!("viewer={}", viewer.id()), "as=stranger".to_owned()] {
        let own = user.get(&format!("/api/v1/privacy/explain?{query}")).await;
        let theirs = look(&staff, &format!("{one}/explain?{query}")).await;
        assert_eq!(theirs.json(), own.json(), "{query}");
    }
    let before = looks(&user).await.len();
    for query in [
        "audit?limit=0",
        "audit?setting=nothing",
        "explain",
        "explain?as=x",
    ] {
        let answer = look(&staff, &format!("{one}/{query}")).await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
    // What shows nothing is no look.
    assert_eq!(looks(&user).await.len(), before);
}

async fn a_change_is_all_or_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    for (settings, wrong) in [
        (
            json!({"account.is_private": true, "messaging.nothing": true}),
            "messaging.nothing",
        ),
        (
            json!({"account.is_private": true, "messaging.show_last_seen": "yes"}),
            "messaging.show_last_seen",
        ),
        (
            json!({"account.is_private": true, "preferences.theme": null}),
            "preferences.theme",
        ),
        (
            json!({"account.is_private": {"value": null}}),
            "account.is_private",
        ),
        (json!({}), "settings"),
        (json!([]), "settings"),
    ] {
        let answer = change(&staff, &user, settings).await;
        assert_eq!(wrong_members(&answer), [wrong]);
    }
    let path = format!("{}/settings", path(user.id()));
    let request = staff.request(Method::PATCH, &path);
    let request = request.header("Support-Reason", REASON);
    let body = json!({"settings": {"account.is_private": true}, "other": 1});
    assert_eq!(wrong_members(&request.json(body).send().await), ["other"]);
    assert!(history(&user).await.is_empty());
}

async fn a_choice_is_taken_back_by_null_and_null_is_chosen_as_a_value(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    let name = "messaging.disappearing_messages_default";
    let setting = async |settings: Value| {
        let answer = change(&staff, &user, settings).await;
        assert_eq!(answer.status, 200, "{answer}");
        let settings = answer.json()["settings"].as_array().unwrap().clone();
        settings.into_iter().find(|it| it["name"] == name).unwrap()
    };
    let chosen = setting(json!({name: 3600})).await;
    assert_eq!(
        (&chosen["value"], &chosen["source"]),
        (&json!(3600), &json!("choice"))
    );
    let null = setting(json!({name: {"value": null}})).await;
    assert_eq!(
        (&null["value"], &null["source"]),
        (&json!(null), &json!("choice"))
    );
    let taken_back = setting(json!({name: null})).await;
    assert_eq!(
        (&taken_back["value"], &taken_back["source"]),
        (&json!(null), &json!("default"))
    );
    assert!(taken_back.get("chosen").is_none(), "{taken_back}");
}

async fn a_locked_setting_is_refused_by_its_dotted_name(database: Database) {
    let note = "Not in this house.";
    let document = json!({"layers": [{"name": "house", "note": note,
        "defaults": {"messaging.show_last_seen": true},
        "allowed": {"messaging.show_last_seen": [true]}}]});
    let file = catalogue_file(&document);
    let server = start_with_catalogue(&database, &file).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    let settings = json!({"messaging.show_last_seen": false, "account.is_private": true});
    let answer = change(&staff, &user, settings).await;
    assert_problem(&answer, 403, "SETTING_LOCKED");
    let errors = json!([{"field": "messaging.show_last_seen", "message": note}]);
    assert_eq!(answer.json()["errors"], errors);
    assert!(history(&user).await.is_empty());
}

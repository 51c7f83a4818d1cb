//! Support: the staff look at users and change settings, with a reason, and each user sees it.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{add_contact, block, erase, except};
use crate::support::asking::{assert_problem, with_scope, wrong_members};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::{Between, become_follower, between};
use crate::support::settings::{Settings, history, names};
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

// What is on record is in the store.
on_both_stores![
    a_view_shows_settings_and_numbers_and_nobody_else,
    every_look_is_shown_to_the_user_and_in_the_export,
    a_change_is_on_record_with_the_staff_as_actor,
    nobody_unknown_or_erased_is_looked_at_or_made,
    an_erasure_takes_the_looks_along,
];

// A replica answers with what another one changed.
in_every_setup![a_change_of_the_staff_is_in_force_when_it_is_answered];

in_one_setup![
    history_and_explanations_are_those_of_the_user,
    without_a_valid_reason_nothing_is_answered_or_changed,
    a_change_is_all_or_nothing,
    a_choice_is_taken_back_by_null_and_null_is_chosen_as_a_value,
    a_locked_setting_is_refused_by_its_dotted_name,
    looks_are_listed_in_pages,
    the_staff_are_no_users,
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

async fn every_look_is_shown_to_the_user_and_in_the_export(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    let staff = staff(&server);
    assert!(looks(&user).await.is_empty());
    let one = path(user.id());
    let viewer = new_user_id();
    for path in [
        one.clone(),
        format!("{one}/audit?limit=1"),
        format!("{one}/explain?viewer={viewer}"),
    ] {
        let request = staff.request(Method::GET, &path);
        let request = request.header("Support-Reason", REASON);
        let answer = request.header("X-Request-Id", "a-look").send().await;
        assert_eq!(answer.status, 200, "{answer}");
    }
    let entries = looks(&user).await;
    assert_eq!(entries.len(), 3);
    for entry in &entries {
        let mut members = names(entry);
        members.sort_unstable();
        let expected = ["actor_id", "id", "occurred_at", "reason", "request_id"];
        assert_eq!(members, expected);
        assert_eq!(entry["actor_id"], staff.id().to_string());
        assert_eq!(entry["reason"], REASON);
        assert_eq!(entry["request_id"], "a-look");
    }
    let times: Vec<_> = entries
        .iter()
        .map(|it| it["occurred_at"].to_string())
        .collect();
    assert!(
        times.is_sorted_by(|newer, older| newer >= older),
        "{times:?}"
    );
    let export = user.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["looks"], json!(entries));
    // Nobody else sees them.
    assert!(looks(&somebody(&server).await).await.is_empty());
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

async fn without_a_valid_reason_nothing_is_answered_or_changed(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    let one = path(user.id());
    let long = "x".repeat(201);
    for reason in [None, Some(""), Some(" "), Some("Gr\u{fc}n"), Some(&*long)] {
        for (method, path) in [
            (Method::GET, one.clone()),
            (Method::GET, format!("{one}/audit")),
            (Method::GET, format!("{one}/explain?as=stranger")),
            (Method::PATCH, format!("{one}/settings")),
        ] {
            let mut request = staff.request(method.clone(), &path);
            if let Some(reason) = reason {
                request = request.header("Support-Reason", reason);
            }
            if method == Method::PATCH {
                request = request.json(json!({"settings": {"account.is_private": true}}));
            }
            let answer = request.send().await;
            assert_eq!(wrong_members(&answer), ["Support-Reason"], "{path}");
        }
    }
    assert!(looks(&user).await.is_empty());
    assert!(history(&user).await.is_empty());
    let longest = "x".repeat(200);
    for reason in ["a", &longest, "two words"] {
        let request = staff.request(Method::GET, &one);
        let answer = request.header("Support-Reason", reason).send().await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(looks(&user).await[0]["reason"], reason);
    }
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

async fn nobody_unknown_or_erased_is_looked_at_or_made(database: Database) {
    let server = Server::start(&database).await;
    let (unknown, erased) = (server.new_user(), somebody(&server).await);
    erase(&erased).await;
    let staff = staff(&server);
    for user in [&unknown, &erased] {
        let one = path(user.id());
        for path in [
            one.clone(),
            format!("{one}/audit"),
            format!("{one}/explain?as=stranger"),
        ] {
            assert_problem(&look(&staff, &path).await, 404, "NOT_FOUND");
        }
        let answer = change(&staff, user, json!({"account.is_private": true})).await;
        assert_problem(&answer, 404, "NOT_FOUND");
    }
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 0);
    // The viewer was erased.
    let user = somebody(&server).await;
    let explain = format!("{}/explain?viewer={}", path(user.id()), erased.id());
    assert_problem(&look(&staff, &explain).await, 404, "NOT_FOUND");
}

async fn an_erasure_takes_the_looks_along(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    look(&staff(&server), &path(user.id())).await;
    let count = "SELECT count(*) AS number FROM support_looks";
    assert_eq!(database.number(count).await, 1);
    erase(&user).await;
    assert_eq!(database.number(count).await, 0);
}

async fn looks_are_listed_in_pages(database: Database) {
    let server = Server::start(&database).await;
    let (user, staff) = (somebody(&server).await, staff(&server));
    for _ in 0..5 {
        look(&staff, &path(user.id())).await;
    }
    let all = looks(&user).await;
    let (mut cursor, mut pages) = (String::new(), Vec::new());
    loop {
        let answer = user.get(&format!("{ACCESS}?limit=2&cursor={cursor}")).await;
        let page = answer.json();
        pages.extend(page["entries"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!((pages.len(), pages), (5, all));
    for query in ["limit=0", "limit=201", "limit=x", "cursor=x"] {
        let answer = user.get(&format!("{ACCESS}?{query}")).await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
}

async fn the_staff_are_no_users(database: Database) {
    let server = Server::start(&database).await;
    let user = somebody(&server).await;
    look(&staff(&server), &path(user.id())).await;
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 1);
    for scope in [
        "users:erase",
        "privacy:decide privacy:admin",
        "users:supporter",
    ] {
        let service = with_scope(&server, scope);
        let answer = look(&service, &path(user.id())).await;
        assert_problem(&answer, 403, "FORBIDDEN");
    }
    assert_eq!(looks(&user).await.len(), 1);
}

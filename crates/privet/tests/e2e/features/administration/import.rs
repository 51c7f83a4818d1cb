//! Import of a whole service over HTTP: what each kind of line makes, and what is told of lines that make nothing. What
//! it does to users who are there is in `import/existing.rs`.

mod existing;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{erase, set};
use crate::support::asking::{ask, assert_problem, service, with_scope, yes};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::{stats, status};
use crate::support::settings::{Settings, history};
use crate::support::shapes::assert_error_type;
use crate::support::wire::Connection;
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

// Each store imports with statements of its own.
on_both_stores![
    every_kind_of_line_is_made_and_repeating_changes_nothing,
    filling_keeps_choices_and_overwriting_replaces_them,
    lines_are_made_in_their_order,
    a_bad_line_keeps_no_other_from_being_made,
    a_long_file_is_made_whole_and_answered_while_it_is_read,
];

// Replicas must not answer from a cache what an import changed.
in_every_setup![an_import_is_in_force_when_it_is_answered];

in_one_setup![
    values_that_a_layer_forbids_are_kept_as_choices,
    an_import_that_breaks_off_has_made_whole_thousands,
    what_is_no_import_is_refused,
    an_empty_body_imports_nothing,
];

const PATH: &str = "/api/v1/admin/import";
const TIME: &str = "2026-01-31T10:30:45.000000Z";

fn importer(server: &Server) -> Client {
    let id = new_user_id();
    let token = Token::of(id).claim("scope", "users:import");
    server.bearer(&token.sign(SECRET)).known_as(id)
}

fn body(lines: &[Value]) -> String {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

async fn send(importer: &Client, mode: &str, body: impl Into<Vec<u8>>) -> Answer {
    let request = importer.request(Method::POST, &format!("{PATH}?mode={mode}"));
    let request = request.header("Content-Type", "application/x-ndjson");
    request.body(body).send().await
}

/// What is told of lines, and the counts of created, changed, unchanged, invalid and skipped ones.
fn told(answer: &Answer) -> (Vec<Value>, [u64; 5]) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/x-ndjson");
    let lines = answer.text.lines();
    let mut lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = lines.pop().unwrap();
    let names = ["created", "changed", "unchanged", "invalid", "skipped"];
    let counts = names.map(|name| last["counts"][name].as_u64().unwrap());
    assert_eq!(last["counts"].as_object().unwrap().len(), 5, "{answer}");
    (lines, counts)
}

async fn import(importer: &Client, mode: &str, lines: &[Value]) -> (Vec<Value>, [u64; 5]) {
    told(&send(importer, mode, body(lines)).await)
}

async fn every_kind_of_line_is_made_and_repeating_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let [alice, bob, carol] = [(); 3].map(|()| server.new_user());
    let gone = server.new_user();
    let lines = [
        json!({"user": alice.id(), "settings": {"messaging.who_can_see_profile": "contacts", "preferences.theme.mode": "dark"}, "created_at": TIME}),
        json!({"user": bob.id(), "settings": {}}),
        json!({"contact": {"owner": alice.id(), "user": bob.id(), "close_friend": true, "added_at": TIME}}),
        json!({"contact": {"owner": bob.id(), "user": alice.id()}}),
        json!({"block": {"blocker": alice.id(), "blocked": carol.id(), "blocked_at": TIME}}),
        json!({"exception": {"owner": alice.id(), "user": bob.id(), "exceptions": {"send_email": "never"}}}),
        json!({"follow": {"follower": bob.id(), "following": alice.id(), "status": "ACCEPTED", "created_at": TIME}}),
        json!({"follow": {"follower": carol.id(), "following": alice.id(), "status": "ACCEPTED"}}),
        json!({"erased": {"user": gone.id(), "at": TIME}}),
    ];
    assert_eq!(
        import(&importer, "fill", &lines).await,
        (vec![], [9, 0, 0, 0, 0])
    );
    for mode in ["fill", "overwrite"] {
        assert_eq!(
            import(&importer, mode, &lines).await,
            (vec![], [0, 0, 9, 0, 0])
        );
    }
    let contact = alice
        .get(&format!("/api/v1/contacts/{}", bob.id()))
        .await
        .json();
    let expected =
        json!({"user_id": bob.id(), "mutual": true, "close_friend": true, "added_at": TIME});
    assert_eq!(contact, expected);
    let blocked = alice
        .get(&format!("/api/v1/blocks/{}", carol.id()))
        .await
        .json();
    assert_eq!(blocked["blocked_at"], TIME);
    let follows = stats(&alice, &alice).await;
    assert_eq!(
        (&follows["followersCount"], &follows["pendingRequestsCount"]),
        (&json!(1), &json!(0))
    );
    // The blocked one sees a pending request.
    assert_eq!(status(&carol, &alice).await, "PENDING");
    let service = service(&server);
    assert_eq!(
        ask(&service, &bob, &alice, "view_profile").await,
        yes("mutual_contact")
    );
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["created_at"], TIME);
    let entries = history(&alice).await;
    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry["actor_id"], importer.id().to_string());
    }
    assert_eq!(gone.get("/api/v1/privacy/settings").await.status, 401);
}

async fn filling_keeps_choices_and_overwriting_replaces_them(database: Database) {
    let server = Server::start(&database).await;
    let (importer, alice) = (importer(&server), server.new_user());
    set(&alice, "show_last_seen", true).await;
    let settings = json!({"messaging.show_last_seen": false, "email.allow_email_contact": false});
    let line = [json!({"user": alice.id(), "settings": settings})];
    let shown = async || {
        let messaging = Settings::MessagingPrivacy.get(&alice).await;
        let email = Settings::EmailContact.get(&alice).await;
        (
            Settings::MessagingPrivacy.value(&messaging),
            Settings::EmailContact.value(&email),
        )
    };
    assert_eq!(import(&importer, "fill", &line).await.1, [0, 1, 0, 0, 0]);
    assert_eq!(shown().await, (true, false));
    assert_eq!(
        import(&importer, "overwrite", &line).await.1,
        [0, 1, 0, 0, 0]
    );
    assert_eq!(shown().await, (false, false));
}

async fn lines_are_made_in_their_order(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let [alice, bob] = [(); 2].map(|()| server.new_user());
    let follow =
        json!({"follow": {"follower": bob.id(), "following": alice.id(), "status": "ACCEPTED"}});
    let contact = json!({"contact": {"owner": bob.id(), "user": alice.id()}});
    let lines = [
        follow.clone(),
        json!({"block": {"blocker": alice.id(), "blocked": bob.id()}}),
        follow,
        contact.clone(),
        json!({"erased": {"user": bob.id(), "at": TIME}}),
        contact,
    ];
    let (told, counts) = import(&importer, "fill", &lines).await;
    assert_eq!(counts, [5, 0, 0, 0, 1]);
    assert_eq!(
        told,
        [json!({"line": 6, "outcome": "skipped", "errors": []})]
    );
}

async fn a_bad_line_keeps_no_other_from_being_made(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let (alice, erased) = (server.new_user(), server.new_user());
    erase(&erased).await;
    let good = |name: &str| json!({"user": alice.id(), "settings": {name: false}}).to_string();
    let long = format!("{{\"user\": \"{}\"}}", "x".repeat(64 * 1024));
    let lines = [
        good("messaging.show_last_seen"),
        "{".to_owned(),
        String::new(),
        r#"{"user": "x", "settings": {"messaging.x": 1}}"#.to_owned(),
        long,
        json!({"contact": {"owner": alice.id(), "user": erased.id()}}).to_string(),
        good("messaging.show_read_receipts"),
    ];
    // Without an end of the last line.
    let answer = send(&importer, "fill", lines.join("\r\n")).await;
    let (told, counts) = told(&answer);
    assert_eq!(counts, [1, 1, 0, 3, 1]);
    let outcomes: Vec<_> = told
        .iter()
        .map(|it| {
            (
                it["line"].as_u64().unwrap(),
                it["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        (2, "invalid"),
        (4, "invalid"),
        (5, "invalid"),
        (6, "skipped"),
    ];
    assert_eq!(outcomes, expected);
    let fields = told[1]["errors"].as_array().unwrap().iter();
    let fields: Vec<_> = fields.map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["user", "settings.messaging.x"]);
    assert_eq!(history(&alice).await.len(), 2);
}

async fn a_long_file_is_made_whole_and_answered_while_it_is_read(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let users: Vec<Uuid> = (0..1_500).map(|_| new_user_id()).collect();
    let hub = new_user_id();
    let mut lines: Vec<_> = users
        .iter()
        .map(|user| json!({"user": user, "settings": {"messaging.show_last_seen": false}}))
        .collect();
    for user in &users {
        lines.push(json!({"contact": {"owner": user, "user": hub}}));
        lines.push(json!({"follow": {"follower": user, "following": hub, "status": "ACCEPTED"}}));
    }
    let (told, counts) = import(&importer, "fill", &lines).await;
    assert_eq!((told, counts), (vec![], [4_500, 0, 0, 0, 0]));
    for (table, rows) in [
        ("users", 1_500),
        ("contacts", 1_500),
        ("follows", 1_500),
        ("audit_log", 1_500),
    ] {
        let query = format!("SELECT count(*) AS number FROM {table}");
        assert_eq!(database.number(&query).await, rows, "{table}");
    }
    let hub = server.user(hub);
    assert_eq!(stats(&hub, &hub).await["followersCount"], 1_500);
}

async fn an_import_is_in_force_when_it_is_answered(database: Database) {
    let server = Server::start(&database).await;
    let (importer, alice) = (importer(&server), server.new_user());
    for is_on in [false, true, false] {
        for _ in 0..3 {
            Settings::MessagingPrivacy.get(&alice).await;
        }
        let line = json!({"user": alice.id(), "settings": {"messaging.show_last_seen": is_on}});
        import(&importer, "overwrite", &[line]).await;
        for _ in 0..3 {
            let shown = Settings::MessagingPrivacy.get(&alice).await;
            assert_eq!(Settings::MessagingPrivacy.value(&shown), is_on);
        }
    }
}

async fn values_that_a_layer_forbids_are_kept_as_choices(database: Database) {
    let document = json!({"layers": [{"name": "house", "note": "Not here.",
        "defaults": {"messaging.show_last_seen": true},
        "allowed": {"messaging.show_last_seen": [true]}}]});
    let file = catalogue_file(&document);
    let server = start_with_catalogue(&database, &file).await;
    let (importer, alice) = (importer(&server), server.new_user());
    let line = json!({"user": alice.id(), "settings": {"messaging.show_last_seen": false}});
    assert_eq!(import(&importer, "fill", &[line]).await.1, [1, 0, 0, 0, 0]);
    let catalogue = alice.get("/api/v1/privacy/catalogue").await.json();
    let settings = catalogue["settings"].as_array().unwrap();
    let setting = settings
        .iter()
        .find(|it| it["name"] == "messaging.show_last_seen");
    let setting = setting.unwrap();
    assert_eq!(
        (&setting["value"], &setting["chosen"]),
        (&json!(true), &json!(false))
    );
}

async fn an_import_that_breaks_off_has_made_whole_thousands(database: Database) {
    let server = Server::start(&database).await;
    let token = Token::of(new_user_id()).claim("scope", "users:import");
    let line = |_| json!({"user": new_user_id(), "settings": {}});
    let lines = body(&(0..1_500).map(line).collect::<Vec<_>>());
    let mut connection = Connection::to(&server).await;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        token.sign(SECRET),
        lines.len() + 1,
    );
    connection.send(head + &lines).await;
    // One byte is missing.
    let users = "SELECT count(*) AS number FROM users";
    let begun = std::time::Instant::now();
    while database.number(users).await < 1_000 {
        assert!(begun.elapsed().as_secs() < 30);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(connection);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(database.number(users).await, 1_000);
}

async fn what_is_no_import_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let line = body(&[json!({"user": new_user_id(), "settings": {}})]);
    for mode in ["merge", "FILL"] {
        assert_problem(
            &send(&importer, mode, line.clone()).await,
            400,
            "INVALID_REQUEST",
        );
    }
    for kind in ["application/json", "text/plain"] {
        let request = importer
            .request(Method::POST, PATH)
            .header("Content-Type", kind);
        let answer = request.body(line.clone()).send().await;
        assert_problem(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        assert_error_type(&answer, PATH);
    }
    let others = with_scope(
        &server,
        "users:erase users:classify privacy:decide users:support",
    );
    assert_problem(&send(&others, "fill", line).await, 403, "FORBIDDEN");
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 0);
}

async fn an_empty_body_imports_nothing(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    for body in ["", "\n", "\n\n  \r\n"] {
        let answer = send(&importer, "fill", body).await;
        assert_eq!(told(&answer), (vec![], [0; 5]), "{body:?}");
    }
}

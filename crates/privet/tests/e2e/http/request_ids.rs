//! `X-Request-Id`: accepted or generated, in every answer, in the log, and in the history.

use reqwest::Method;
use serde_json::json;
use uuid::{Uuid, Version};

use crate::support::shapes::UPDATES;
use crate::support::wire::{Connection, authorization, request};
use crate::support::{Answer, Backend, Client, Database, Server};

const NAME: &str = "X-Request-Id";
const SETTINGS: &str = "/api/v1/privacy/settings";

in_every_setup![the_id_is_kept_with_what_changed];

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    (database, server)
}

/// One request for each status that is possible without an outage, with this id.
async fn answers_of_every_kind(server: &Server, alice: &Client, id: &str) -> Vec<Answer> {
    let no_one = server.anonymous();
    let large = vec![b' '; 65_537];
    let json = ("Content-Type", "application/json");
    let mut answers = Vec::new();
    for (expected, client, method, path, fields, body) in [
        (200, alice, Method::GET, SETTINGS, None, None),
        (200, alice, Method::HEAD, SETTINGS, None, None),
        (
            304,
            alice,
            Method::GET,
            SETTINGS,
            Some(("If-None-Match", "*")),
            None,
        ),
        (200, &no_one, Method::GET, "/health/ready", None, None),
        (200, &no_one, Method::GET, "/swagger-ui/", None, None),
        (
            400,
            alice,
            Method::PUT,
            SETTINGS,
            Some(json),
            Some(b"{".to_vec()),
        ),
        (
            400,
            alice,
            Method::GET,
            "/api/v1/privacy/audit?limit=x",
            None,
            None,
        ),
        (401, &no_one, Method::GET, SETTINGS, None, None),
        (404, alice, Method::GET, "/nothing", None, None),
        (405, alice, Method::DELETE, SETTINGS, None, None),
        (
            412,
            alice,
            Method::PUT,
            SETTINGS,
            Some(("If-Match", "\"x\"")),
            None,
        ),
        (413, alice, Method::PUT, SETTINGS, Some(json), Some(large)),
        (
            415,
            alice,
            Method::PUT,
            SETTINGS,
            None,
            Some(b"{}".to_vec()),
        ),
        (
            422,
            alice,
            Method::PUT,
            UPDATES[3].path,
            Some(json),
            Some(b"{}".to_vec()),
        ),
    ] {
        let mut request = client.request(method, path);
        if !id.is_empty() {
            request = request.header(NAME, id);
        }
        if let Some((name, value)) = fields {
            request = request.header(name, value);
        }
        if expected == 412 {
            request = request.json(json!({"setting": "show_last_seen", "value": false}));
        } else if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await;
        assert_eq!(answer.status, expected, "{path}: {answer}");
        answers.push(answer);
    }
    answers
}

#[tokio::test]
async fn an_id_that_is_sent_comes_back_on_every_answer() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for answer in answers_of_every_kind(&server, &alice, "order-66/~!\"").await {
        assert_eq!(answer.header(NAME), "order-66/~!\"", "{answer}");
    }
}

#[tokio::test]
async fn without_an_id_every_answer_gets_a_new_uuid_of_version_7() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let answers = answers_of_every_kind(&server, &alice, "").await;
    let ids: Vec<Uuid> = answers
        .iter()
        .map(|answer| answer.header(NAME).parse().unwrap())
        .collect();
    for id in &ids {
        assert_eq!(id.get_version(), Some(Version::SortRand), "{id}");
    }
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");
}

#[tokio::test]
async fn an_id_is_taken_up_to_128_visible_characters_and_replaced_beyond() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let fields = [("Authorization", &*authorization(&alice))];
    let visible: String = ('!'..='~').collect();
    let longest = "x".repeat(128);
    for (id, is_taken) in [
        ("1", true),
        (visible.as_str(), true),
        (longest.as_str(), true),
        (&format!("{longest}x"), false),
        ("two words", false),
        ("tab\there", false),
        ("", false),
        ("café", false),
        ("\u{1}", false),
        ("\u{7f}", false),
    ] {
        let mut connection = Connection::to(&server).await;
        let fields = [fields[0], (NAME, id)];
        connection
            .send(request(&format!("GET {SETTINGS}"), &fields, ""))
            .await;
        let answer = connection.answer().await;
        if answer.status == 400 && id.contains(char::is_control) {
            // A field that is invalid in HTTP.
            continue;
        }
        assert_eq!(answer.status, 200, "{id:?}: {answer}");
        let echoed = answer.header(NAME);
        assert_eq!(echoed == id, is_taken, "{id:?}: {answer}");
        if !is_taken {
            let made: Uuid = echoed.parse().unwrap();
            assert_eq!(
                made.get_version(),
                Some(Version::SortRand),
                "{id:?}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn the_id_is_in_the_log() {
    let (_database, mut server) = start().await;
    let alice = server.new_user();
    let sent = alice
        .request(Method::GET, SETTINGS)
        .header(NAME, "an-id-to-look-for")
        .send()
        .await;
    assert_eq!(sent.status, 200, "{sent}");
    server.wait_for_log("an-id-to-look-for").await;
    let made = server
        .anonymous()
        .get("/nothing")
        .await
        .header(NAME)
        .to_owned();
    server.wait_for_log(&made).await;
}

async fn the_id_is_kept_with_what_changed(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let visible: String = ('!'..='~').collect();
    let change = |on: bool| json!({"setting": "show_last_seen", "value": on});
    let update = alice
        .request(Method::PUT, SETTINGS)
        .header(NAME, &visible)
        .json(change(false));
    assert_eq!(update.send().await.status, 200);
    let made = alice
        .put(SETTINGS, change(true))
        .await
        .header(NAME)
        .to_owned();
    let entries = alice.get("/api/v1/privacy/audit").await.json()["entries"].clone();
    assert_eq!(entries[0]["request_id"], made, "{entries}");
    assert_eq!(entries[1]["request_id"], visible, "{entries}");
}

//! Account privacy: whether following needs approval. Its answers come in an envelope.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::settings::{Settings, history, id, names, time};
use crate::support::shapes::error_message;
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

const PATH: &str = "/api/v1/e-social/privacy/account";

in_one_setup![
    an_account_is_public_by_default,
    an_account_can_be_made_private_and_public_again,
    the_records_id_and_creation_time_stay_for_life,
    a_value_that_is_no_boolean_is_unprocessable_and_data_names_the_field,
    a_body_that_is_no_json_object_is_a_bad_request_in_the_envelope,
    unknown_members_are_ignored_and_an_id_changes_nothing_for_anybody_else,
    a_subject_in_upper_case_is_the_same_user,
];

/// `data` of an answer that must be a success with this message.
fn record(answer: &Answer, message: &str) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    let body = answer.json();
    assert_envelope(&body);
    assert_eq!(body["success"], true, "{answer}");
    assert_eq!(body["httpStatus"], "OK", "{answer}");
    assert_eq!(body["message"], message, "{answer}");
    let data = body["data"].clone();
    let members = ["createdAt", "id", "isPrivate", "updatedAt", "userId"];
    assert_eq!(names(&data), members, "{answer}");
    id(&data["id"]);
    assert!(
        time(&data["createdAt"]) <= time(&data["updatedAt"]),
        "{answer}"
    );
    assert!(
        time(&data["updatedAt"]) <= time(&body["action_time"]),
        "{answer}"
    );
    data
}

/// Fails unless this is an envelope with exactly its members.
fn assert_envelope(body: &Value) {
    let members = ["action_time", "data", "httpStatus", "message", "success"];
    assert_eq!(names(body), members, "{body}");
    time(&body["action_time"]);
}

async fn read(client: &Client) -> Value {
    let answer = client.get(PATH).await;
    record(&answer, "Privacy settings retrieved successfully")
}

async fn update(client: &Client, body: Value) -> Value {
    let answer = client.put(PATH, body).await;
    record(&answer, "Privacy settings updated successfully")
}

async fn an_account_is_public_by_default(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let data = read(&alice).await;
    assert_eq!(id(&data["userId"]), alice.id());
    assert_ne!(id(&data["id"]), alice.id());
    assert_eq!(data["isPrivate"], false);
    assert_eq!(data["createdAt"], data["updatedAt"]);
}

async fn an_account_can_be_made_private_and_public_again(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for private in [true, false] {
        let updated = update(&alice, json!({"isPrivate": private})).await;
        assert_eq!(updated["isPrivate"], private);
        assert_eq!(read(&alice).await, updated);
    }
    assert_eq!(read(&server.new_user()).await["isPrivate"], false);
}

async fn the_records_id_and_creation_time_stay_for_life(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let first = read(&alice).await;
    let second = update(&alice, json!({"isPrivate": true})).await;
    assert!(time(&second["updatedAt"]) > time(&first["updatedAt"]));
    // What already stands moves no time.
    let third = update(&alice, json!({"isPrivate": true})).await;
    assert_eq!(third, second);
    let server = server.kill_and_restart().await;
    let later = read(&server.user(alice.id())).await;
    assert_eq!(later, second);
    for stable in ["id", "userId", "createdAt"] {
        assert_eq!(later[stable], first[stable]);
    }
    assert_ne!(read(&server.new_user()).await["id"], first["id"]);
}

async fn a_value_that_is_no_boolean_is_unprocessable_and_data_names_the_field(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let (missing, wrong) = ("must not be null", "must be a boolean");
    for (body, message) in [
        (json!({}), missing),
        (json!({"is_private": true}), missing),
        (json!({"isPrivate": null}), missing),
        (json!({"isPrivate": "true"}), wrong),
        (json!({"isPrivate": ""}), wrong),
        (json!({"isPrivate": 1}), wrong),
        (json!({"isPrivate": 0}), wrong),
        (json!({"isPrivate": []}), wrong),
        (json!({"isPrivate": {"value": true}}), wrong),
    ] {
        let answer = alice.put(PATH, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {answer}");
        assert_eq!(answer.header("Content-Type"), "application/json");
        let answered = answer.json();
        assert_envelope(&answered);
        assert_eq!(answered["success"], false, "{answer}");
        assert_eq!(answered["httpStatus"], "UNPROCESSABLE_ENTITY", "{answer}");
        assert_eq!(answered["message"], "Validation failed", "{answer}");
        assert_eq!(answered["data"], json!({"isPrivate": message}), "{body}");
    }
    assert_eq!(read(&alice).await["isPrivate"], false);
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn a_body_that_is_no_json_object_is_a_bad_request_in_the_envelope(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        "",
        "{",
        "{\"isPrivate\": true",
        "{\"isPrivate\": true,}",
        "{\"isPrivate\": false, \"isPrivate\": true}",
        "isPrivate=true",
        "[]",
        "\"x\"",
        "null",
        "true",
    ] {
        let request = alice.request(Method::PUT, PATH);
        let request = request.header("Content-Type", "application/json");
        let answer = request.body(body).send().await;
        error_message(&answer, PATH, 400);
    }
    assert_eq!(read(&alice).await["isPrivate"], false);
}

async fn unknown_members_are_ignored_and_an_id_changes_nothing_for_anybody_else(
    database: Database,
) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let (hers, his) = (read(&alice).await, read(&bob).await);
    let tag = Settings::AccountPrivacy.tag(&bob).await;
    let body = json!({"isPrivate": true, "id": his["id"], "userId": bob.id(), "extra": [1],
        "createdAt": "2001-01-01T00:00:00Z", "updatedAt": "2001-01-01T00:00:00Z"});
    let answer = alice
        .put(&format!("{PATH}?userId={}", bob.id()), body)
        .await;
    let updated = record(&answer, "Privacy settings updated successfully");
    assert_eq!(updated["isPrivate"], true);
    for stable in ["id", "userId", "createdAt"] {
        assert_eq!(updated[stable], hers[stable]);
    }
    let path = format!("{PATH}/{}", bob.id());
    let answer = alice.put(&path, json!({"isPrivate": true})).await;
    assert_eq!(answer.status, 404, "{answer}");
    assert_eq!(read(&bob).await, his);
    assert_eq!(Settings::AccountPrivacy.tag(&bob).await, tag);
}

async fn a_subject_in_upper_case_is_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    // The letters make sure that there is something to write in upper case.
    let id = format!("abcdef{}", &new_user_id().to_string()[6..]);
    let client = |sub: &str| {
        let token = Token::of(new_user_id()).claim("sub", sub);
        server.bearer(&token.sign(SECRET))
    };
    let (lower, upper) = (client(&id), client(&id.to_uppercase()));
    let updated = update(&upper, json!({"isPrivate": true})).await;
    assert_eq!(updated["userId"], id.as_str());
    assert_eq!(read(&lower).await, updated);
    let settings = upper.get(Settings::MessagingPrivacy.path()).await.json();
    assert_eq!(settings["user_id"], id.as_str());
    let entries = history(&lower).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["actor_id"], id.as_str());
}

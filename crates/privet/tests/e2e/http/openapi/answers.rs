//! Every answer of the service is in the document, including body and header fields.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{responses, start};
use crate::support::acting::{accept, add_contact, block, classify, erase, except, follow, set};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::document::{Document, Operation};
use crate::support::shapes::JSON;
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

in_every_setup![every_answer_is_one_that_the_document_describes];

/// Asserts that the document describes this answer of the operation, including its body.
fn assert_described(document: &Document, operation: &Operation, answer: &Answer) {
    let response = &operation.said["responses"][answer.status.to_string()];
    let id = operation.id();
    assert!(response.is_object(), "{id} says nothing of {answer}");
    for name in response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        let is_off = name.starts_with("RateLimit");
        assert!(
            is_off || answer.has_header(name),
            "{id} promises {name}: {answer}"
        );
    }
    let Some(contents) = response["content"].as_object() else {
        assert_eq!(answer.text, "", "{id}");
        return;
    };
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let content = contents
        .get(media_type)
        .unwrap_or_else(|| panic!("{id}: {answer}"));
    if media_type.ends_with("json") && media_type != "application/x-ndjson" {
        let schema = jsonschema::validator_for(&document.schema(&content["schema"])).unwrap();
        let body = answer.json();
        schema
            .validate(&body)
            .unwrap_or_else(|error| panic!("{id}: {error}: {answer}"));
    }
}

/// Calls the operation in all valid and invalid ways that the document describes.
async fn every_answer(server: &Server, database: &Database, operation: &Operation) -> Vec<Answer> {
    let (alice, method) = (operation.caller(server), &operation.method);
    let path = operation.path_about(new_user_id());
    let request = || {
        let request = alice.request(method.clone(), &path);
        match operation.example_of("Support-Reason") {
            Some(reason) => request.header("Support-Reason", &reason),
            None => request,
        }
    };
    let mut answers = vec![
        operation.send(&server.new_user()).await,
        operation.send(&server.anonymous()).await,
        operation.send(&server.bearer("x")).await,
        request().header("If-None-Match", "*").send().await,
        request().header("If-Match", "\"x\"").send().await,
    ];
    // Operations that are only for users.
    let service = Token::of(new_user_id()).claim("scope", "users:erase");
    if operation.id() == "erase_me" {
        answers.push(operation.send(&server.bearer(&service.sign(SECRET))).await);
    }
    for query in [
        "limit=x&cursor=x&page=x&size=x&mode=x&dry_run=x",
        "limit=1&limit=1",
    ] {
        let wrong = alice.request(method.clone(), &format!("{path}?{query}"));
        answers.push(wrong.send().await);
    }
    let mebibytes = if operation.id() == "import_account" {
        4
    } else {
        1
    };
    let too_large = " ".repeat(mebibytes * 1024 * 1024 + 1);
    for body in ["{", "[]", "{}", r#"{"unknown": 1}"#, &too_large] {
        answers.push(request().header(JSON.0, JSON.1).body(body).send().await);
    }
    let text = request().header("Content-Type", "text/plain").body("x");
    answers.push(text.send().await);
    if let Some(body) = operation.body() {
        for tags in ["*", "\"x\""] {
            let conditional = request().header("If-Match", tags).json(body.clone());
            answers.push(conditional.send().await);
        }
    }
    if operation.names_somebody() {
        let path = operation.path.replace("{userId}", "x");
        let path = path.replace("{followId}", "x");
        answers.push(alice.request(method.clone(), &path).send().await);
    }
    for id in staged(server, &alice, operation).await {
        // The user is in the path or in the query.
        let mut about = operation.clone();
        if ["explain", "preview"].contains(&operation.id()) {
            about.path = format!("{}?viewer={{userId}}", operation.path);
        } else if operation.id() == "explain_user" {
            about.path = format!("{}?as=stranger", operation.path);
        }
        answers.push(about.send_about(&alice, id).await);
    }
    answers.extend(refused_by_data(server, database, operation).await);
    answers.push(operation.send(&operation.caller(server)).await);
    answers
}

/// The values of the document's examples are locked for whoever is in the cohort.
fn catalogue() -> Value {
    let allowed = json!({"email.allow_email_contact": [true], "account.is_private": [false],
        "messaging.show_read_receipts": [true], "preferences.theme.mode": ["system"]});
    json!({"cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor", "note": "Locked.", "allowed": allowed}]})
}

/// The answers to callers for whom a layer locks a setting, whose lists are full, and whose cursor has expired.
async fn refused_by_data(
    server: &Server,
    database: &Database,
    operation: &Operation,
) -> Vec<Answer> {
    let caller = operation.caller(server);
    match operation.id() {
        "update_email_contact"
        | "update_account_privacy"
        | "update_messaging_privacy"
        | "update_preferences" => {
            classify(server, &caller, &["minor"]).await;
        }
        "add_contact" | "add_block" | "set_exceptions" => {
            add_contact(&caller, &server.new_user()).await;
            let mut session = Session::on(database);
            let id = session.literal(caller.id());
            session.execute(&format!(
                "UPDATE list_counts SET contacts = 10000, blocks = 10000, exceptions = 1000 WHERE user_id = {id}"
            ));
        }
        "list_changes" => {
            let of_another_database =
                "after=10190f3c47a5e7cc39b1e3f2a4d5c6b7a0000000000000009ffffffffffffffff51";
            let path = format!("{}?{of_another_database}", operation.path);
            return vec![caller.get(&path).await];
        }
        _ => return Vec::new(),
    }
    vec![operation.send(&caller).await]
}

/// Prepares data for answers that depend on it; returns the user or id to use.
async fn staged(server: &Server, alice: &Client, operation: &Operation) -> Vec<Uuid> {
    let (other, third) = (server.new_user(), server.new_user());
    match operation.id() {
        "add_contact" | "get_contact" | "remove_contact" | "update_contact" => {
            add_contact(alice, &other).await;
        }
        "set_exceptions" | "get_exceptions" | "remove_exceptions" => {
            except(alice, &other, json!({"view_typing": "never"})).await;
        }
        "add_block" | "get_block" | "remove_block" => block(alice, &other).await,
        "unfollow" => drop(follow(alice, &other).await),
        "remove_follower" => drop(follow(&other, alice).await),
        "accept_follow_request" | "decline_follow_request" => {
            set(alice, "isPrivate", true).await;
            let ids = [follow(&other, alice).await, follow(&third, alice).await];
            accept(alice, &ids[0]).await;
            return ids.map(|id| id.parse().unwrap()).into();
        }
        "explain" | "preview" => {}
        _ if operation.names_somebody() => set(&other, "isPrivate", true).await,
        _ => return Vec::new(),
    }
    erase(&third).await;
    vec![other.id(), third.id()]
}

/// Answers that no request can cause here: too many rows to delete, too slow, too many, and failures.
const NOT_HERE: [&str; 5] = ["202", "408", "429", "500", "503"];

async fn every_answer_is_one_that_the_document_describes(database: Database) {
    let file = catalogue_file(&catalogue());
    let server = start_with_catalogue(&database, &file).await;
    let document = Document::of(&server).await;
    for operation in document.operations() {
        let mut statuses = BTreeSet::new();
        for answer in every_answer(&server, &database, &operation).await {
            assert_described(&document, &operation, &answer);
            statuses.insert(answer.status.to_string());
        }
        if !operation.is_secured() {
            continue;
        }
        let described = responses(&operation).map(|(status, _)| status.clone());
        let mut described: BTreeSet<_> = described.collect();
        described.retain(|status| !NOT_HERE.contains(&&**status));
        assert_eq!(statuses, described, "{}", operation.id());
    }
}

#[tokio::test]
async fn too_many_requests_are_as_the_document_describes_them() {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_MESSAGING_READ", "1/hour"),
        ("PRIVET_LIMIT_MESSAGING_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_ACCOUNT_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_PREFERENCES_UPDATE", "1/hour"),
        ("PRIVET_LIMIT_GENERAL", "1/hour"),
    ];
    let (_database, server, document) = start(&variables).await;
    for operation in document
        .operations()
        .iter()
        .filter(|operation| operation.is_secured())
    {
        let alice = server.new_user();
        assert_ne!(operation.send(&alice).await.status, 429);
        let answer = operation.send(&alice).await;
        assert_eq!(answer.status, 429, "{answer}");
        assert_described(&document, operation, &answer);
        assert!(answer.has_header("RateLimit") && answer.has_header("RateLimit-Policy"));
    }
}

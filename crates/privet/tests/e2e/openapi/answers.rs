//! That every answer of the service is one that the document describes, body and header fields included.

use std::collections::BTreeSet;

use reqwest::Method;

use super::start;
use crate::document::{Document, Operation};
use crate::shapes::JSON;
use crate::support::{Answer, Database, Server};

on_both_stores![every_answer_is_one_that_the_document_describes];

/// Asserts that the document describes the answer to the operation, body included.
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
    if media_type.ends_with("json") {
        let schema = jsonschema::validator_for(&document.schema(&content["schema"])).unwrap();
        let body = answer.json();
        schema
            .validate(&body)
            .unwrap_or_else(|error| panic!("{id}: {error}: {answer}"));
    }
}

/// Sends the operation in every way that can be told from the document, good and bad.
async fn every_answer(server: &Server, operation: &Operation) -> Vec<Answer> {
    let (alice, method, path) = (server.new_user(), &operation.method, &operation.path);
    let request = || alice.request(method.clone(), path);
    let mut answers = vec![
        operation.send(&alice).await,
        operation.send(&server.anonymous()).await,
        operation.send(&server.bearer("x")).await,
        request().header("If-None-Match", "*").send().await,
        alice
            .request(method.clone(), &format!("{path}?limit=x&cursor=x"))
            .send()
            .await,
        alice
            .request(method.clone(), &format!("{path}?limit=1&limit=1"))
            .send()
            .await,
    ];
    for body in ["{", "[]", "{}", r#"{"unknown": 1}"#, &" ".repeat(65_537)] {
        answers.push(request().header(JSON.0, JSON.1).body(body).send().await);
    }
    answers.push(
        request()
            .header("Content-Type", "text/plain")
            .body("x")
            .send()
            .await,
    );
    if let Some(body) = operation.body() {
        for tags in ["*", "\"x\""] {
            answers.push(
                request()
                    .header("If-Match", tags)
                    .json(body.clone())
                    .send()
                    .await,
            );
        }
    }
    answers
}

async fn every_answer_is_one_that_the_document_describes(database: Database) {
    let server = Server::start(&database).await;
    let document = Document::of(&server).await;
    for operation in document.operations() {
        let mut statuses = BTreeSet::new();
        for answer in every_answer(&server, &operation).await {
            assert!(answer.status != 404 && answer.status != 405, "{answer}");
            assert_described(&document, &operation, &answer);
            statuses.insert(answer.status);
        }
        if !operation.is_secured() {
            continue;
        }
        let expected: &[u16] = match (&operation.method, operation.path.as_str()) {
            (&Method::GET, "/api/v1/privacy/audit") => &[200, 400, 401],
            (&Method::GET, "/api/users/me/preferences/schema/") => &[200, 401],
            (&Method::GET, _) => &[200, 304, 401],
            (_, "/api/v1/e-social/privacy/account") => &[200, 400, 401, 412, 413, 415, 422],
            _ => &[200, 400, 401, 412, 413, 415],
        };
        assert!(
            statuses.iter().eq(expected),
            "{}: {statuses:?}",
            operation.id()
        );
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
        assert_eq!(operation.send(&alice).await.status, 200);
        let answer = operation.send(&alice).await;
        assert_eq!(answer.status, 429, "{answer}");
        assert_described(&document, operation, &answer);
        assert!(answer.has_header("RateLimit") && answer.has_header("RateLimit-Policy"));
    }
}

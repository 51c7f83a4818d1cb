//! With and without the slash at the end: the same answer, never a redirect.

use reqwest::Method;

use super::{EXPORT, forms, one_after_the_other, reader, start, without_time};
use crate::support::Answer;
use crate::support::paths::PATHS;
use crate::support::shapes::{UPDATES, assert_error};
use crate::support::wire::Connection;

fn without_redirects(answer: &Answer, path: &str) {
    if path != "/" {
        assert!(!answer.has_header("Location"), "{path}: {answer}");
        assert!(!(300..400).contains(&answer.status), "{path}: {answer}");
    }
}

#[tokio::test]
async fn both_forms_of_the_trailing_slash_read_the_same() {
    let (_database, server) = start().await;
    let (alice, paths) = reader(&server).await;
    for path in paths {
        if ["/metrics", EXPORT].contains(&&*path) {
            continue;
        }
        let mut answers = Vec::new();
        for form in forms(&path) {
            let mut connection = Connection::to(&server).await;
            let answer = one_after_the_other(&mut connection, &format!("GET {form}"), &alice).await;
            without_redirects(&answer, &form);
            assert_eq!(
                answer.status,
                if path == "/" { 302 } else { 200 },
                "{form}: {answer}"
            );
            let tag = answer.headers.get("ETag").cloned();
            let text = without_time(&answer.text);
            answers.push((
                answer.status,
                tag,
                answer.header("Content-Length").to_owned(),
                text,
            ));
        }
        answers.dedup();
        assert!(answers.len() <= 1, "{path}: {answers:?}");
    }
}

#[tokio::test]
async fn both_forms_of_the_trailing_slash_take_a_body() {
    let (_database, server) = start().await;
    for update in &UPDATES {
        for form in forms(update.path) {
            let alice = server.new_user();
            let request = alice.request(update.method.clone(), &form);
            let answer = request
                .header("Content-Type", "application/json")
                .body(update.body)
                .send()
                .await;
            assert_eq!(answer.status, 200, "{form}: {answer}");
            without_redirects(&answer, &form);
            let entries = alice.get("/api/v1/privacy/audit/").await.json()["entries"].clone();
            let expected = usize::from(update.method != Method::POST);
            assert_eq!(
                entries.as_array().unwrap().len(),
                expected,
                "{form}: {entries}"
            );
        }
    }
}

#[tokio::test]
async fn both_forms_of_the_trailing_slash_refuse_the_same() {
    let (_database, server) = start().await;
    for (path, allowed) in PATHS.iter().filter(|(path, _)| path.starts_with("/api/")) {
        for form in forms(path) {
            for method in allowed.split(", ").filter(|method| *method != "HEAD") {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let answer = server.anonymous().request(method, &form).send().await;
                assert_error(&answer, path, 401, "Authentication token is required");
                assert_eq!(answer.header("WWW-Authenticate"), "Bearer");
            }
        }
    }
}

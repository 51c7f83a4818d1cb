//! The document has valid examples, descriptions of all failures, and an introduction.

use serde_json::{Value, json};

use super::structure::{document, followed};
use super::{OPEN, responses};
use crate::support::catalogues::start_with_a_cohort;
use crate::support::document::Document;
use crate::support::{Backend, Database};

#[test]
fn every_parameter_and_header_field_has_an_example_that_it_takes() {
    let document = document();
    for operation in document.operations() {
        let parameters = operation.said["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        for parameter in parameters {
            assert_takes_its_example(&document, operation.id(), parameter);
            assert_ne!(parameter["description"].as_str().unwrap_or_default(), "");
            assert!(parameter["schema"]["type"].as_str() != Some("null"));
            assert!(!parameter["schema"]["type"].is_array(), "{parameter}");
        }
        for (status, response) in responses(&operation) {
            let place = format!("{} {status}", operation.id());
            let fields = response["headers"].as_object().unwrap();
            assert!(fields.contains_key("X-Request-Id"), "{place}");
            for field in fields.values() {
                let field = followed(&document, field);
                assert_takes_its_example(&document, &place, field);
                assert_ne!(
                    field["description"].as_str().unwrap_or_default(),
                    "",
                    "{place}"
                );
            }
        }
    }
}

fn assert_takes_its_example(document: &Document, place: &str, described: &Value) {
    let example = described.get("example");
    let example = example.unwrap_or_else(|| panic!("{place} has no example: {described}"));
    let schema = jsonschema::validator_for(&document.schema(&described["schema"])).unwrap();
    assert!(schema.is_valid(example), "{place}: {example}");
}

#[tokio::test]
async fn the_examples_of_parameters_work_on_a_server_without_any_data() {
    let database = Database::fresh(Backend::Sqlite).await;
    // An example names a cohort.
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let document = Document::of(&server).await;
    for operation in document.operations() {
        let (mut path, mut query) = (operation.path.clone(), Vec::new());
        let caller = operation.caller(&server);
        let mut fields = Vec::new();
        for parameter in operation.said["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let example = match &parameter["example"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let name = parameter["name"].as_str().unwrap().to_owned();
            match parameter["in"].as_str().unwrap() {
                // In place of `viewer`, which is sent.
                "query" if name == "as" => {}
                "path" => path = path.replace(&format!("{{{name}}}"), &example),
                "query" => query.push(format!("{name}={example}")),
                _ => fields.push((name, example)),
            }
        }
        let mut request = caller.request(
            operation.method.clone(),
            &format!("{path}?{}", query.join("&")),
        );
        for (name, value) in &fields {
            request = request.header(name, value);
        }
        let answer = match operation.body() {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        };
        let is_there = (200..300).contains(&answer.status);
        // Data that must be created first does not exist yet.
        assert!(
            is_there || answer.status == 404,
            "{}: {answer}",
            operation.id()
        );
    }
}

#[test]
fn the_most_usual_example_comes_first() {
    let document = document();
    let first = |place: &Value| {
        place["examples"]
            .as_object()
            .unwrap()
            .keys()
            .next()
            .unwrap()
            .clone()
    };
    for operation in document.operations() {
        if operation.id() == "update_preferences" {
            assert_eq!(
                first(&operation.said["requestBody"]["content"]["application/json"]),
                "nested"
            );
        }
        if operation.is_secured() {
            let contents = operation.said["responses"]["401"]["content"]
                .as_object()
                .unwrap();
            assert!(
                contents
                    .values()
                    .all(|content| first(content) == "no_token")
            );
        }
    }
}

#[test]
fn every_operation_has_one_security_requirement_or_none() {
    let document = document();
    assert_eq!(document.0["security"], json!([{"bearer": []}]));
    for operation in document.operations() {
        let requirements = operation.said["security"].as_array().unwrap();
        let expected = usize::from(!OPEN.contains(&operation.id()));
        assert_eq!(requirements.len(), expected, "{}", operation.id());
    }
}

#[test]
fn failures_say_what_they_mean_for_the_operation() {
    const REASONS: [&str; 10] = [
        "Bad Request",
        "Unauthorized",
        "Forbidden",
        "Not Found",
        "Request Timeout",
        "Conflict",
        "Precondition Failed",
        "Payload Too Large",
        "Unsupported Media Type",
        "Too Many Requests",
    ];
    let document = document();
    for operation in document.operations() {
        for (status, response) in responses(&operation) {
            let description = response["description"].as_str().unwrap();
            assert!(
                !REASONS.contains(&description),
                "{} {status}",
                operation.id()
            );
            assert!(
                description.ends_with('.'),
                "{} {status}: {description}",
                operation.id()
            );
        }
    }
}

#[test]
fn the_document_has_a_contact_and_an_introduction() {
    let document = document();
    let information = &document.0["info"];
    assert!(information["contact"]["name"].is_string());
    assert_eq!(information["license"]["identifier"], "GPL-3.0-or-later");
    assert!(document.0["externalDocs"]["url"].is_string());
    let introduction = information["description"].as_str().unwrap();
    for heading in ["Tokens", "Errors", "Limits", "Pages", "Versions"] {
        assert!(
            introduction.contains(&format!("## {heading}\n")),
            "{heading}"
        );
    }
    for named in [
        "`scp`",
        "`nextCursor`",
        "`If-None-Match`",
        "at most 8 requests",
    ] {
        assert!(introduction.contains(named), "{named}");
    }
    let bearer = &document.0["components"]["securitySchemes"]["bearer"]["description"];
    let rows = |text: &str| {
        let rows = text
            .lines()
            .filter(|line| line.starts_with("| `") && line.contains(':'));
        let rows = rows.filter(|line| !line.starts_with("| `/"));
        rows.map(str::to_owned).collect::<Vec<_>>()
    };
    let scopes = rows(introduction);
    let names = [
        "privacy:decide",
        "privacy:watch",
        "users:erase",
        "users:classify",
        "users:support",
        "users:import",
        "privacy:admin",
    ];
    for (scope, row) in names.iter().zip(&scopes) {
        assert!(row.starts_with(&format!("| `{scope}` |")), "{row}");
    }
    assert_eq!(scopes.len(), names.len());
    assert_eq!(scopes, rows(bearer.as_str().unwrap()));
}

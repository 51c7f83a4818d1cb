//! The OpenAPI document: it is complete, equals the checked-in file, and describes the service exactly.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::document::{Document, Operation, examples};
use crate::support::paths::PATHS;
use crate::support::receipts::{KEY_FILE, key_file};
use crate::support::shapes::assert_error;
use crate::support::{Backend, Database, KeyPair, Program, Server};

mod answers;
mod compressed;
mod descriptions;
mod preferences;
mod structure;

/// The operations without a token. This list may only shrink.
const OPEN: [&str; 6] = [
    "get_authzen_configuration",
    "get_receipt_keys",
    "check_liveness",
    "check_readiness",
    "get_metrics",
    "get_openapi",
];

async fn start(variables: &[(&str, &str)]) -> (Database, Server, Document) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, variables).await;
    let document = Document::of(&server).await;
    (database, server, document)
}

fn checked_in() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/openapi.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn without_servers(mut document: Value) -> Value {
    document
        .as_object_mut()
        .unwrap()
        .remove("servers")
        .expect("servers should be named");
    document
}

fn responses(operation: &Operation) -> impl Iterator<Item = (&String, &Value)> {
    operation.said["responses"].as_object().unwrap().iter()
}

/// All media types of all responses, with their places.
fn contents(document: &Document) -> Vec<(String, Value)> {
    let mut contents = Vec::new();
    for operation in document.operations() {
        for (status, response) in responses(&operation) {
            for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                let place = format!("{} {status} {media_type}", operation.id());
                contents.push((place, content.clone()));
            }
        }
        for (media_type, content) in operation.said["requestBody"]["content"]
            .as_object()
            .into_iter()
            .flatten()
        {
            contents.push((format!("{} {media_type}", operation.id()), content.clone()));
        }
    }
    contents
}

#[tokio::test]
async fn the_document_is_served_printed_and_checked_in_alike() {
    let (_database, _server, document) = start(&[]).await;
    let printed = Program::new(&["openapi"]).run().await;
    assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(printed, checked_in(), "run `make openapi`");
    assert_eq!(without_servers(document.0), without_servers(printed));
}

#[tokio::test]
async fn the_document_names_the_servers_that_clients_reach() {
    let variables = [("PRIVET_PUBLIC_URL", "https://privet.example.com/")];
    let (_database, _server, document) = start(&variables).await;
    let expected = json!([{"url": "https://privet.example.com"}]);
    assert_eq!(document.0["servers"], expected);
    let (_database, server, document) = start(&[]).await;
    assert_eq!(document.0["servers"], json!([{"url": server.url("")}]));
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_every_operation_is_described_in_full() {
    let (_database, _server, document) = start(&[]).await;
    let version = document.0["openapi"].as_str().unwrap();
    assert!(version.starts_with("3.1."), "{version}");
    assert_eq!(document.0["info"]["title"], "Privet");
    assert_eq!(document.0["info"]["version"], env!("CARGO_PKG_VERSION"));
    let tags = document.0["tags"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        let (id, said) = (operation.id(), &operation.said);
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(
            !said["summary"].as_str().unwrap_or_default().is_empty(),
            "{id} has no summary"
        );
        let tag = &said["tags"][0];
        assert!(
            tags.iter().any(|known| known["name"] == *tag),
            "{id} has the tag {tag}"
        );
        if operation.is_secured() {
            for status in ["401", "429", "500", "503"] {
                assert!(
                    said["responses"][status].is_object(),
                    "{id} says nothing of {status}"
                );
            }
        }
        for (status, response) in responses(&operation) {
            let description = response["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{id} {status} has no description");
        }
    }
}

#[tokio::test]
async fn every_content_has_an_example_and_examples_are_what_their_schemas_say() {
    let (_database, _server, document) = start(&[]).await;
    for (place, content) in contents(&document) {
        let examples = examples(&content);
        assert!(!examples.is_empty(), "{place} has no example");
        let schema = jsonschema::validator_for(&document.schema(&content["schema"])).unwrap();
        for example in examples {
            schema
                .validate(&example)
                .unwrap_or_else(|error| panic!("{place}: {error}: {example}"));
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            _ => {}
        }
    }
    let (_database, _server, document) = start(&[]).await;
    let mut found = Vec::new();
    references(&document.0, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.0.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

#[tokio::test]
async fn every_link_leads_to_an_operation_that_takes_what_it_gives() {
    let (_database, _server, document) = start(&[]).await;
    let operations = document.operations();
    let mut found = 0;
    for operation in &operations {
        let links = responses(operation).filter_map(|(_, response)| response["links"].as_object());
        for (name, link) in links.flatten() {
            let place = format!("{} {name}", operation.id());
            let target = operations
                .iter()
                .find(|target| link["operationId"] == target.id());
            let target = target.unwrap_or_else(|| panic!("{place} leads nowhere"));
            let taken = target.said["parameters"].as_array().unwrap();
            for given in link["parameters"].as_object().unwrap().keys() {
                let is_taken = taken.iter().any(|parameter| parameter["name"] == *given);
                assert!(is_taken, "{place} gives {given}");
            }
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}

#[tokio::test]
async fn every_operation_but_those_on_a_short_list_asks_for_a_token_and_says_so() {
    let file = key_file(&KeyPair::ed25519());
    // Without a key there is no public key to read.
    let variables = [(KEY_FILE, file.path().to_str().unwrap())];
    let (_database, server, document) = start(&variables).await;
    let scheme = &document.0["components"]["securitySchemes"]["bearer"];
    assert_eq!(
        (&scheme["type"], &scheme["scheme"]),
        (&json!("http"), &json!("bearer"))
    );
    let mut open = Vec::new();
    for operation in document.operations() {
        let answer = operation.send(&server.anonymous()).await;
        if answer.status != 401 {
            assert_eq!(answer.status, 200, "{answer}");
            assert!(
                !operation.is_secured(),
                "{} says that it asks for a token",
                operation.id()
            );
            open.push(operation.id().to_owned());
            continue;
        }
        assert_error(
            &answer,
            &operation.path,
            401,
            "Authentication token is required",
        );
        assert_eq!(
            operation.said["security"],
            json!([{"bearer": operation.scopes()}]),
            "{}",
            operation.id()
        );
    }
    assert_eq!(open, OPEN);
}

#[tokio::test]
async fn the_document_has_every_path_there_is_and_every_method_of_it() {
    let (_database, _server, document) = start(&[]).await;
    let mut said: Vec<(String, String)> = Vec::new();
    for (path, item) in document.paths() {
        let mut methods: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
        methods.sort();
        said.push((path.clone(), methods.join(", ").to_ascii_uppercase()));
    }
    said.sort();
    let pages = ["/", "/swagger-ui/"];
    let served = PATHS.iter().filter(|(path, _)| !pages.contains(path));
    let methods = |allowed: &str| {
        let mut methods: Vec<_> = allowed.split(", ").collect();
        methods.retain(|method| *method != "HEAD");
        methods.sort_unstable();
        methods.join(", ")
    };
    let mut served: Vec<(String, String)> = served
        .map(|(path, allowed)| ((*path).to_owned(), methods(allowed)))
        .collect();
    served.sort();
    assert_eq!(said, served);
}

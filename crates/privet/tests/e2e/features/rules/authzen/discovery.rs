//! The metadata of the policy decision point, which needs no token.

use serde_json::{Value, json};

use super::{EVALUATION, Fixture};
use crate::support::asking::assert_problem;
use crate::support::{Database, Server};

in_one_setup![what_discovery_names_answers];

// Without a public address each replica names its own.
on_both_stores![discovery_names_what_is_offered_and_nothing_else];

const CONFIGURATION: &str = "/.well-known/authzen-configuration";

fn configuration(base: &str) -> Value {
    json!({
        "policy_decision_point": base,
        "access_evaluation_endpoint": format!("{base}/access/v1/evaluation"),
        "access_evaluations_endpoint": format!("{base}/access/v1/evaluations"),
        "search_action_endpoint": format!("{base}/access/v1/search/action"),
    })
}

async fn discovery_names_what_is_offered_and_nothing_else(database: Database) {
    let server = Server::start(&database).await;
    let answer = server.anonymous().get(CONFIGURATION).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    assert_eq!(answer.json(), configuration(&server.url("")));
    let answer = server.anonymous().post(CONFIGURATION, json!({})).await;
    assert_problem(&answer, 405, "METHOD_NOT_ALLOWED");
}

async fn what_discovery_names_answers(database: Database) {
    let fixture = Fixture::on(&database).await;
    let answer = fixture.server.anonymous().get(CONFIGURATION).await;
    let metadata = answer.json();
    let base = metadata["policy_decision_point"].as_str().unwrap();
    for endpoint in [
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
        "search_action_endpoint",
    ] {
        let url = metadata[endpoint].as_str().unwrap();
        let path = url.strip_prefix(base).unwrap();
        fixture.post(path, fixture.permitted()).await;
    }
    let evaluation = metadata["access_evaluation_endpoint"].as_str().unwrap();
    assert!(evaluation.ends_with(EVALUATION), "{evaluation}");
}

#[tokio::test]
async fn discovery_names_the_public_url() {
    let server = Server::on_sqlite(&[("PRIVET_PUBLIC_URL", "https://pdp.example.com/")]).await;
    let answer = server.anonymous().get(CONFIGURATION).await;
    assert_eq!(answer.json(), configuration("https://pdp.example.com"));
}

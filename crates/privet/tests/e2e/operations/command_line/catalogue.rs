//! `privet catalogue`: files are checked with every fault at once, and what is in force is printed.

use std::fs;

use serde_json::{Value, json};

use crate::support::acting::{classify, follow, set, try_set};
use crate::support::asking::{ask, assert_problem, no, service, yes};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::{Backend, Database, Program, Server};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// Two faults of layers and one of cohorts, as they are told.
const FAULTS: [&str; 3] = [
    "cohorts.minor: description is missing",
    "layers[1].allowed.messaging.who_can_see_profile[0]: is no value of the setting",
    "layers[1].cohort: no such cohort",
];

fn faulty() -> Value {
    json!({
        "cohorts": {"minor": {}},
        "layers": [{"name": "house rules", "defaults": {"account.is_private": true}},
            {"name": "minors", "cohort": "child", "allowed": {"messaging.who_can_see_profile": ["friends", "everyone"]}}],
    })
}

async fn check(file: &str) -> (i32, String) {
    let output = Program::new(&["catalogue", "check", file]).run().await;
    (output.status, output.stdout + &output.stderr)
}

#[tokio::test]
async fn the_catalogues_of_the_documentation_are_valid() {
    for name in ["dating", "forum"] {
        let (status, text) = check(&format!("{FOLDER}/catalogues/{name}.json")).await;
        assert_eq!(status, 0, "{text}");
    }
}

#[tokio::test]
async fn every_fault_of_layers_and_cohorts_is_told_at_once_with_its_path() {
    let file = catalogue_file(&faulty());
    let (status, text) = check(file.path().to_str().unwrap()).await;
    assert_eq!(status, 2, "{text}");
    for path in FAULTS {
        assert!(text.contains(path), "{path}: {text}");
    }
    // Nor does it serve.
    let output = Program::new(&["serve"])
        .with("DATABASE_URL", "sqlite://privet.db")
        .with("PRIVET_CATALOGUE", file.path().to_str().unwrap())
        .run()
        .await;
    assert_eq!(output.status, 2, "{}", output.stderr);
    for path in FAULTS {
        assert!(output.stderr.contains(path), "{path}: {}", output.stderr);
    }
}

#[tokio::test]
async fn a_faulty_layer_that_comes_with_a_signal_leaves_the_layers_before() {
    let database = Database::fresh(Backend::Sqlite).await;
    let mut good = faulty();
    good["cohorts"]["minor"]["description"] = json!("Under 18.");
    good["layers"].as_array_mut().unwrap().truncate(1);
    let file = catalogue_file(&good);
    let mut server = start_with_catalogue(&database, &file).await;
    let alice = server.new_user();
    fs::write(file.path(), faulty().to_string()).unwrap();
    server.signal("HUP").await;
    let refused = "SIGHUP: PRIVET_CATALOGUE stays as it was";
    let line = server.wait_for_log(refused).await;
    for path in FAULTS {
        assert!(line.contains(path), "{path}: {line}");
    }
    let account = "/api/v1/e-social/privacy/account";
    assert_eq!(alice.get(account).await.json()["data"]["isPrivate"], true);
}

#[tokio::test]
async fn what_is_printed_is_a_catalogue_of_its_own_schema() {
    let print = async |variables: &[(&str, &str)]| {
        let program = Program::new(&["catalogue", "print"]);
        let program = variables
            .iter()
            .fold(program, |program, (name, value)| program.with(name, value));
        let output = program.run().await;
        assert_eq!(output.status, 0, "{}", output.stderr);
        serde_json::from_str::<Value>(&output.stdout).unwrap()
    };
    let schema = Program::new(&["catalogue", "schema"]).run().await;
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    let stored = fs::read_to_string(format!("{FOLDER}/catalogue.schema.json")).unwrap();
    assert_eq!(schema, serde_json::from_str::<Value>(&stored).unwrap());
    let validator = jsonschema::validator_for(&schema).unwrap();
    let forum = format!("{FOLDER}/catalogues/forum.json");
    for name in ["core", "messenger", &forum] {
        let printed = print(&[("PRIVET_CATALOGUE", name)]).await;
        let settings = printed["settings"].as_object().unwrap();
        assert!(settings.len() >= 6, "{name}: {printed}");
    }
    for name in ["dating", "forum"] {
        let text = fs::read_to_string(format!("{FOLDER}/catalogues/{name}.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert!(validator.is_valid(&document), "{name}");
    }
    assert!(!validator.is_valid(&json!({"layers": [{}]})));
}

async fn serve(name: &str) -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let file = format!("{FOLDER}/catalogues/{name}.json");
    let server = Server::start_with(&database, &[("PRIVET_CATALOGUE", &file)]).await;
    (database, server)
}

#[tokio::test]
async fn the_forum_of_the_documentation_is_served() {
    let (_database, server) = serve("forum").await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let service = service(&server);
    assert_eq!(
        ask(&service, &bob, &alice, "write_privately").await,
        yes("everyone")
    );
    classify(&server, &alice, &["new_member"]).await;
    assert_eq!(
        ask(&service, &bob, &alice, "write_privately").await,
        no("not_followed")
    );
    follow(&alice, &bob).await;
    assert_eq!(
        ask(&service, &bob, &alice, "write_privately").await,
        yes("followed")
    );
    let locked = try_set(&alice, "who_can_write_privately", "everyone").await;
    assert_problem(&locked, 403, "SETTING_LOCKED");
    assert!(locked.text.contains("first week"), "{locked}");
    // Activity is shown to followers who show theirs.
    follow(&bob, &alice).await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_activity").await,
        yes("everyone")
    );
    set(&bob, "who_can_see_activity", "nobody").await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_activity").await,
        no("not_reciprocated")
    );
}

#[tokio::test]
async fn the_dating_product_of_the_documentation_is_served() {
    let (_database, server) = serve("dating").await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let service = service(&server);
    assert_eq!(
        ask(&service, &bob, &alice, "view_last_seen").await,
        no("setting_off")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "view_distance").await,
        no("not_a_mutual_follower")
    );
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        set(one, "isPrivate", false).await;
        follow(other, one).await;
    }
    let match_of_both = ask(&service, &bob, &alice, "view_distance").await;
    assert_eq!(match_of_both, yes("mutual_follower"));
    classify(&server, &alice, &["protected", "unverified"]).await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_distance").await,
        no("nobody")
    );
    assert_eq!(
        ask(&service, &alice, &bob, "view_distance").await,
        no("not_reciprocated")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "suggest").await,
        no("setting_off")
    );
    let locked = try_set(&alice, "discoverable", true).await;
    assert_problem(&locked, 403, "SETTING_LOCKED");
    assert!(locked.text.contains("Verify your photos"), "{locked}");
}

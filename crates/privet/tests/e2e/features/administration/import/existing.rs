//! Imports about users who are there: what each mode keeps and replaces, what is on record, and erasures.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{TIME, body, import, importer, send, told};
use crate::support::acting::{add_contact, become_mutual_contacts, classify, contact_path, except};
use crate::support::asking::{assert_problem, with_scope};
use crate::support::catalogues::{catalogue_file, start_with_a_cohort, start_with_catalogue};
use crate::support::follows::{Between, between, status};
use crate::support::settings::{Settings, history, time};
use crate::support::sql::Session;
use crate::support::{Database, Server, new_user_id};

// Each store imports with statements of its own.
on_both_stores![
    filling_keeps_relationships_and_cohorts_and_overwriting_replaces_them,
    audit_entries_name_the_service_and_the_request,
];

// Each replica remembers users by itself.
in_every_setup![whoever_is_there_is_erased_by_a_line];

in_one_setup![a_file_that_was_cut_is_made_up_to_its_last_whole_line];

async fn filling_keeps_relationships_and_cohorts_and_overwriting_replaces_them(database: Database) {
    let document = json!({"cohorts": {"minor": {"description": "Under 18."}, "tester": {"description": "Tries it."}}});
    let file = catalogue_file(&document);
    let server = start_with_catalogue(&database, &file).await;
    let importer = importer(&server);
    let [alice, friend, asked] = [(); 3].map(|()| server.new_user());
    let stood = json!({"view_profile": "never", "view_typing": "never"});
    classify(&server, &alice, &["tester"]).await;
    add_contact(&alice, &friend).await;
    except(&alice, &friend, stood.clone()).await;
    between(&alice, &asked, Between::Request).await;
    let (own, other) = (alice.id(), friend.id());
    let lines = [
        json!({"user": own, "settings": {}, "cohorts": ["minor"]}),
        json!({"contact": {"owner": own, "user": other, "close_friend": true}}),
        json!({"exception": {"owner": own, "user": other, "exceptions": {"send_email": "always"}}}),
        json!({"follow": {"follower": own, "following": asked.id(), "status": "ACCEPTED"}}),
    ];
    let shown = async || {
        let export = alice.get("/api/v1/users/me/export").await.json();
        json!({
            "cohorts": export["cohorts"],
            "close_friend": export["contacts"][0]["close_friend"],
            "exceptions": export["exceptions"][0]["exceptions"],
            "follow": status(&alice, &asked).await,
        })
    };
    let before = json!({"cohorts": ["tester"], "close_friend": false, "exceptions": stood, "follow": "PENDING"});
    let counts = import(&importer, "fill", &lines).await;
    assert_eq!(counts, (vec![], [0, 0, 4, 0, 0]));
    assert_eq!(shown().await, before);
    let counts = import(&importer, "overwrite", &lines).await;
    assert_eq!(counts, (vec![], [0, 4, 0, 0, 0]));
    let after = json!({"cohorts": ["minor"], "close_friend": true, "exceptions": {"send_email": "always"}, "follow": "ACCEPTED"});
    assert_eq!(shown().await, after);
    let counts = import(&importer, "overwrite", &lines).await;
    assert_eq!(counts, (vec![], [0, 0, 4, 0, 0]));
}

async fn audit_entries_name_the_service_and_the_request(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let (importer, alice) = (importer(&server), server.new_user());
    let settings = json!({"messaging.show_last_seen": false, "account.is_private": true});
    let line = json!({"user": alice.id(), "settings": settings, "cohorts": ["minor"]});
    let answer = send(&importer, "fill", body(&[line])).await;
    assert_eq!(told(&answer).1, [1, 0, 0, 0, 0]);
    let entries = history(&alice).await;
    let names = entries.iter().map(|it| it["setting"].as_str().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let expected = ["account.is_private", "cohorts", "messaging.show_last_seen"];
    assert_eq!(names, expected);
    for entry in &entries {
        assert_eq!(entry["actor_id"], json!(importer.id()), "{entry}");
        assert_eq!(entry["request_id"], answer.header("X-Request-Id"));
        assert!(entry.get("reason").is_none(), "{entry}");
    }
}

async fn whoever_is_there_is_erased_by_a_line(database: Database) {
    let server = Server::start(&database).await;
    let (alice, friend) = (server.new_user(), server.new_user());
    Settings::MessagingPrivacy.set(&alice, false).await;
    become_mutual_contacts(&alice, &friend).await;
    let replicas = database.setup().replicas();
    for _ in 0..replicas {
        Settings::MessagingPrivacy.get(&alice).await;
    }
    let importer = importer(&server);
    let line = [json!({"erased": {"user": alice.id(), "at": TIME}})];
    let counts = import(&importer, "fill", &line).await;
    assert_eq!(counts, (vec![], [0, 1, 0, 0, 0]));
    for _ in 0..replicas {
        let answer = alice.get(Settings::MessagingPrivacy.path()).await;
        assert_problem(&answer, 401, "UNAUTHORIZED");
    }
    let contact = friend.get(&contact_path(alice.id())).await;
    assert_problem(&contact, 404, "NOT_FOUND");
    let mut session = Session::on(&database);
    let tombstone = BTreeMap::from([("erased_users".to_owned(), 1)]);
    assert_eq!(session.rows_naming(alice.id()), tombstone);
    // The time is that of the line.
    let erased_at = match &session {
        Session::Sqlite(_) => "erased_at",
        Session::Postgres(_) => "(extract(epoch FROM erased_at) * 1000000)::bigint",
    };
    let literal = session.literal(alice.id());
    let erased_at = session.number(&format!(
        "(SELECT {erased_at} FROM erased_users WHERE user_id = {literal})"
    ));
    assert_eq!(erased_at, time(&json!(TIME)).timestamp_micros());
    let counts = import(&importer, "overwrite", &line).await;
    assert_eq!(counts, (vec![], [0, 0, 1, 0, 0]));
    let path = format!("/api/v1/users/{}", alice.id());
    let answer = with_scope(&server, "users:erase").delete(&path).await;
    assert_eq!(answer.json(), json!({"status": "deleted"}), "{answer}");
}

async fn a_file_that_was_cut_is_made_up_to_its_last_whole_line(database: Database) {
    let server = Server::start(&database).await;
    let importer = importer(&server);
    let lines: Vec<Value> = (0..3)
        .map(|_| json!({"user": new_user_id(), "settings": {}}))
        .collect();
    let mut text = body(&lines);
    text.truncate(text.len() - 10);
    let (told, counts) = told(&send(&importer, "fill", text).await);
    assert_eq!(counts, [2, 0, 0, 1, 0]);
    assert_eq!(
        (&told[0]["line"], &told[0]["outcome"]),
        (&json!(3), &json!("invalid"))
    );
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 2);
}

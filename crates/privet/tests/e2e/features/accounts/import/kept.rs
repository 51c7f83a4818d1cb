//! What an import replaces, what it never brings, and what does not fit.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{counts, export, import};
use crate::support::acting::{classify, except, exceptions_path, set};
use crate::support::asking::with_scope;
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::become_follower;
use crate::support::settings::history;
use crate::support::{Database, Server, new_user_id};

// Each store changes with statements of its own.
on_both_stores![
    the_exceptions_of_the_document_replace_all_of_the_person,
    a_replacement_takes_away_what_it_leaves_out,
    who_the_importer_is_does_not_change,
];

in_one_setup![what_exceeds_a_limit_is_left_out_and_named];

async fn the_exceptions_of_the_document_replace_all_of_the_person(database: Database) {
    let server = Server::start(&database).await;
    for mode in ["merge", "replace"] {
        let [user, person, other] = [(); 3].map(|()| server.new_user());
        let stood = json!({"view_profile": "never", "view_typing": "never"});
        except(&user, &person, stood.clone()).await;
        except(&user, &other, stood.clone()).await;
        let wanted = json!({"view_profile": "never", "send_email": "always"});
        let document = json!({"format": "privet-export/1", "user_id": new_user_id(),
            "exceptions": [{"user_id": person.id(), "exceptions": wanted}]});
        let imported = import(&user, &format!("mode={mode}"), &document).await;
        assert_eq!(imported["exceptions"], counts(0, 1, 0, 0), "{mode}");
        let of = async |id: Uuid| {
            let answer = user.get(&exceptions_path(id)).await;
            (answer.status == 200).then(|| answer.json()["exceptions"].clone())
        };
        assert_eq!(of(person.id()).await, Some(wanted), "{mode}");
        let kept = (mode == "merge").then_some(stood);
        assert_eq!(of(other.id()).await, kept, "{mode}");
    }
}

async fn a_replacement_takes_away_what_it_leaves_out(database: Database) {
    let server = Server::start(&database).await;
    let (user, person) = (server.new_user(), server.new_user());
    set(&user, "show_last_seen", false).await;
    except(&user, &person, json!({"view_profile": "never"})).await;
    let document = json!({"format": "privet-export/1", "user_id": user.id(),
        "choices": {"messaging.show_last_seen": "no"},
        "exceptions": [{"user_id": person.id(), "exceptions": {"gone": "never"}}]});
    for (mode, choices, people) in [
        ("merge", json!({"messaging.show_last_seen": false}), 1),
        ("replace", json!({}), 0),
    ] {
        let imported = import(&user, &format!("mode={mode}"), &document).await;
        assert_eq!(imported["settings"], counts(0, 0, 0, 1), "{mode}");
        assert_eq!(imported["exceptions"], counts(0, 0, 0, 1), "{mode}");
        let after = export(&user).await;
        assert_eq!(after["choices"], choices, "{mode}");
        assert_eq!(
            after["exceptions"].as_array().unwrap().len(),
            people,
            "{mode}"
        );
    }
}

async fn who_the_importer_is_does_not_change(database: Database) {
    let cohorts =
        json!({"cohorts": {"minor": {"description": "Young."}, "tester": {"description": "New."}}});
    let file = catalogue_file(&cohorts);
    let server = start_with_catalogue(&database, &file).await;
    let [alice, bob, fan] = [(); 3].map(|()| server.new_user());
    for (user, cohort) in [(&alice, "minor"), (&bob, "tester")] {
        classify(&server, user, &[cohort]).await;
    }
    set(&alice, "show_last_seen", false).await;
    become_follower(&fan, &alice).await;
    let path = format!("/api/v1/admin/users/{}", alice.id());
    let staff = with_scope(&server, "users:support");
    let look = staff.request(Method::GET, &path);
    let looked = look.header("Support-Reason", "asked").send().await;
    assert_eq!(looked.status, 200, "{looked}");
    let document = export(&alice).await;
    for section in ["cohorts", "looks", "follows", "audit_entries"] {
        assert!(!document[section].as_array().unwrap().is_empty());
    }
    let before = export(&bob).await;
    let entries = history(&bob).await;
    let imported = import(&bob, "mode=replace", &document).await;
    assert_eq!(imported["settings"], counts(1, 0, 0, 0));
    assert_eq!(imported["follows"], counts(0, 0, 0, 0));
    let after = export(&bob).await;
    for section in ["user_id", "created_at", "cohorts", "looks", "follows"] {
        assert_eq!(after[section], before[section], "{section}");
    }
    let id = |document: &Value| document["settings"]["account_privacy"]["id"].clone();
    assert_eq!(id(&after), id(&before));
    // The import is on record as the importer's own change.
    let now = history(&bob).await;
    assert_eq!(now[1..], entries);
    assert_eq!(now[0]["setting"], "messaging.show_last_seen");
    assert_eq!(now[0]["actor_id"], json!(bob.id()));
}

async fn what_exceeds_a_limit_is_left_out_and_named(database: Database) {
    let server = Server::start(&database).await;
    let user = server.new_user();
    let items = |number: usize, more: &Value| -> Vec<Value> {
        let item = |_| {
            let mut item = more.clone();
            item["user_id"] = json!(new_user_id());
            item
        };
        (0..number).map(item).collect()
    };
    let exceptions = items(1_001, &json!({"exceptions": {"view_typing": "never"}}));
    let document = json!({"format": "privet-export/1", "user_id": user.id(),
        "contacts": items(10_001, &json!({})), "blocks": items(10_001, &json!({})),
        "exceptions": exceptions});
    let planned = import(&user, "dry_run=true", &document).await;
    assert_eq!(planned["contacts"], counts(10_000, 0, 0, 1));
    assert_eq!(planned["blocks"], counts(10_000, 0, 0, 1));
    assert_eq!(planned["exceptions"], counts(1_000, 0, 0, 1));
    let left_out = planned["left_out"].as_array().unwrap().iter();
    let left_out: Vec<_> = left_out.map(|it| it["what"].as_str().unwrap()).collect();
    let last = |list: &str| {
        let last = document[list].as_array().unwrap().last().unwrap();
        format!("{list}.{}", last["user_id"].as_str().unwrap())
    };
    assert_eq!(left_out, ["contacts", "blocks", "exceptions"].map(last));
    let document =
        json!({"format": "privet-export/1", "user_id": user.id(), "exceptions": exceptions});
    let imported = import(&user, "", &document).await;
    assert_eq!(imported["exceptions"], counts(1_000, 0, 0, 1));
    let exported = export(&user).await;
    assert_eq!(exported["exceptions"].as_array().unwrap().len(), 1_000);
}

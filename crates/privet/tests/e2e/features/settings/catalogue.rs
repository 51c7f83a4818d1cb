//! Settings and actions that nobody compiled in: one entry of data, and everything follows.

use std::fs;

use serde_json::{Value, json};

use crate::support::acting::become_mutual_contacts;
use crate::support::asking::{check, decide, no, service, yes};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::settings::history;
use crate::support::{Answer, Client, Database, Server};

in_every_setup![
    what_nobody_compiled_in_is_read_changed_and_recorded,
    what_nobody_compiled_in_is_decided_by,
    the_document_describes_the_catalogue_in_force,
    the_catalogue_call_shows_the_callers_values,
    another_catalogue_is_in_force_after_a_signal_and_a_refused_one_is_not,
];

const CATALOGUE: &str = "/api/v1/privacy/catalogue";
const SETTINGS: &str = "/api/v1/privacy/settings";

fn settings() -> Value {
    json!({
        "show_in_search": {"type": "switch", "title": "Search",
            "description": "Whether people find you by name.", "default": true},
        "who_can_call": {"type": "audience", "title": "Calls", "description": "Who may call you.",
            "values": ["contacts", "nobody"], "default": "contacts"},
        "story_lifetime": {"type": "choice", "title": "Stories", "description": "How long a story stays, in seconds.",
            "values": [null, 3600, 86400], "default": 86400},
    })
}

fn document() -> Value {
    json!({
        "settings": settings(),
        "actions": {
            "call": {"title": "Call you", "description": "Start a call.", "needs": ["who_can_call"]},
            "find_in_search": {"title": "Find you", "description": "Find you by name.", "needs": ["show_in_search"]},
        },
    })
}

async fn shown(user: &Client) -> Value {
    let answer = user.get(SETTINGS).await.json();
    let own = settings();
    let names = own.as_object().unwrap().keys();
    names
        .map(|name| (name.clone(), answer[name].clone()))
        .collect()
}

fn errors(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 400, "{answer}");
    let answer = answer.json();
    let errors = answer["errors"].as_array().unwrap();
    let field = |error: &Value| error["field"].as_str().unwrap().to_owned();
    errors.iter().map(field).collect()
}

async fn what_nobody_compiled_in_is_read_changed_and_recorded(database: Database) {
    let file = catalogue_file(&document());
    let server = start_with_catalogue(&database, &file).await;
    let alice = server.new_user();
    let defaults =
        json!({"show_in_search": true, "who_can_call": "contacts", "story_lifetime": 86400});
    // Asked for more often than there are replicas: from every cache.
    for _ in 0..4 {
        assert_eq!(shown(&alice).await, defaults);
    }
    let one = json!({"setting": "story_lifetime", "value": null});
    assert_eq!(alice.put(SETTINGS, one).await.status, 200);
    let several = json!({"settings": {"show_in_search": false, "who_can_call": "nobody"}});
    assert_eq!(alice.put(SETTINGS, several).await.status, 200);
    let changed =
        json!({"show_in_search": false, "who_can_call": "nobody", "story_lifetime": null});
    for _ in 0..4 {
        assert_eq!(shown(&alice).await, changed);
    }
    let wrong = json!({"settings": {"show_in_search": 1, "who_can_call": "everyone", "story_lifetime": 1, "x": 1}});
    let told = errors(&alice.put(SETTINGS, wrong).await);
    assert_eq!(
        told,
        ["show_in_search", "who_can_call", "story_lifetime", "x"]
    );
    assert_eq!(shown(&alice).await, changed, "all or nothing");

    let entries = history(&alice).await;
    let recorded: Vec<_> = entries
        .iter()
        .map(|it| (&it["setting"], &it["old_value"], &it["new_value"]))
        .collect();
    let expected = [
        (
            &json!("messaging.who_can_call"),
            &json!("contacts"),
            &json!("nobody"),
        ),
        (
            &json!("messaging.show_in_search"),
            &json!(true),
            &json!(false),
        ),
        (
            &json!("messaging.story_lifetime"),
            &json!(86400),
            &json!(null),
        ),
    ];
    assert_eq!(recorded.len(), 3);
    assert!(
        expected.iter().all(|it| recorded.contains(it)),
        "{recorded:?}"
    );
    let filtered = alice
        .get("/api/v1/privacy/audit?setting=messaging.who_can_call")
        .await
        .json();
    assert_eq!(filtered["entries"].as_array().unwrap().len(), 1);
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(
        export["settings"]["messaging_privacy"]["who_can_call"],
        "nobody"
    );
}

async fn what_nobody_compiled_in_is_decided_by(database: Database) {
    let file = catalogue_file(&document());
    let server = start_with_catalogue(&database, &file).await;
    let (alice, bob, stranger) = (server.new_user(), server.new_user(), server.new_user());
    become_mutual_contacts(&alice, &bob).await;
    let off = json!({"setting": "show_in_search", "value": false});
    assert_eq!(alice.put(SETTINGS, off).await.status, 200);
    let [subject, contact, other] = [&alice, &bob, &stranger].map(Client::id);
    let service = service(&server);
    let checks = [
        (contact, "call"),
        (other, "call"),
        (contact, "find_in_search"),
    ];
    let checks = checks.map(|(viewer, action)| check(viewer, subject, action));
    let expected = [
        yes("mutual_contact"),
        no("not_a_contact"),
        no("setting_off"),
    ];
    assert_eq!(decide(&service, checks.to_vec()).await, expected);

    let access = bob
        .get(&format!("/api/v1/privacy/users/{subject}/access"))
        .await
        .json();
    assert_eq!(access["permissions"]["call"], true);
    assert_eq!(access["permissions"]["find_in_search"], false);

    let user = |id| json!({"type": "user", "id": id});
    let asked =
        json!({"subject": user(contact), "resource": user(subject), "action": {"name": "call"}});
    let answer = service.post("/access/v1/evaluation", asked).await.json();
    assert_eq!(
        answer,
        json!({"decision": true, "context": {"reason": "mutual_contact"}})
    );
    let search = json!({"subject": user(contact), "resource": user(subject)});
    let found = service
        .post("/access/v1/search/action", search)
        .await
        .json();
    let found = found["results"].as_array().unwrap();
    assert!(found.contains(&json!({"name": "call"})));
    assert!(!found.contains(&json!({"name": "find_in_search"})));
}

async fn the_document_describes_the_catalogue_in_force(database: Database) {
    let file = catalogue_file(&document());
    let server = start_with_catalogue(&database, &file).await;
    let document = server.new_user().get("/openapi.json").await.json();
    let schemas = &document["components"]["schemas"];
    let actions = schemas["Action"]["enum"].as_array().unwrap();
    assert!(actions.contains(&json!("call")) && actions.contains(&json!("view_profile")));
    let shown = &schemas["MessagingPrivacyResponse"]["properties"];
    assert_eq!(shown["who_can_call"]["enum"], json!(["contacts", "nobody"]));
    assert_eq!(shown["story_lifetime"]["enum"], json!([null, 3600, 86400]));
    assert_eq!(
        shown["show_in_search"]["description"],
        "Whether people find you by name."
    );
    let changes = &schemas["MessagingPrivacyChanges"]["properties"];
    assert_eq!(changes["show_in_search"]["type"], "boolean");
    let permissions = &schemas["Permissions"]["properties"];
    assert!(permissions.get("find_in_search").is_some());
    let names = schemas["SettingName"]["pattern"].as_str().unwrap();
    assert!(names.contains("story_lifetime"), "{names}");
}

fn named<'a>(catalogue: &'a Value, list: &str, name: &str) -> &'a Value {
    let mut entries = catalogue[list].as_array().unwrap().iter();
    entries.find(|entry| entry["name"] == name).unwrap()
}

async fn the_catalogue_call_shows_the_callers_values(database: Database) {
    let file = catalogue_file(&document());
    let server = start_with_catalogue(&database, &file).await;
    let alice = server.new_user();
    let first = alice.get(CATALOGUE).await;
    let tag = first.header("etag").to_owned();
    let known = alice
        .request(reqwest::Method::GET, CATALOGUE)
        .header("if-none-match", &tag);
    assert_eq!(known.send().await.status, 304);
    let expected = json!({"name": "messaging.who_can_call", "type": "audience", "title": "Calls",
        "description": "Who may call you.", "values": ["contacts", "nobody"], "default": "contacts", "value": "contacts",
        "source": "default", "allowed": ["contacts", "nobody"], "locked": false, "note": null, "needed_by": ["call"]});
    assert_eq!(
        *named(&first.json(), "settings", "messaging.who_can_call"),
        expected
    );
    let action = json!({"name": "call", "title": "Call you", "description": "Start a call.",
        "needs": ["messaging.who_can_call"], "reciprocal": false});
    assert_eq!(*named(&first.json(), "actions", "call"), action);

    let body = json!({"setting": "who_can_call", "value": "contacts"});
    assert_eq!(alice.put(SETTINGS, body).await.status, 200);
    let theme = json!({"theme.mode": "dark"});
    assert_eq!(
        alice
            .patch("/api/users/me/preferences/", theme)
            .await
            .status,
        200
    );
    let second = alice.get(CATALOGUE).await;
    assert_ne!(second.header("etag"), tag);
    let second = second.json();
    let chosen = named(&second, "settings", "messaging.who_can_call");
    assert_eq!(
        (&chosen["source"], &chosen["chosen"]),
        (&json!("choice"), &json!("contacts"))
    );
    let theme = named(&second, "settings", "preferences.theme.mode");
    assert_eq!(theme["type"], "preference");
    assert_eq!(theme["schema"]["enum"], json!(["light", "dark", "system"]));
    assert_eq!(
        (&theme["default"], &theme["value"]),
        (&json!("system"), &json!("dark"))
    );
    assert_eq!(
        (&theme["allowed"], theme.get("values")),
        (&Value::Null, None)
    );
    let names = [
        "account.is_private",
        "email.allow_email_contact",
        "messaging.show_last_seen",
    ];
    for name in names {
        assert_eq!(named(&second, "settings", name)["source"], "default");
    }
}

/// The fingerprint of the catalogue in force, as the health check and the metrics show it.
async fn fingerprint(server: &Server) -> String {
    let client = server.anonymous();
    let ready = client.get("/health/ready").await;
    let shown = ready.header("privet-catalogue").to_owned();
    assert_eq!(shown.len(), 8, "{ready}");
    let number = u32::from_str_radix(&shown, 16).unwrap();
    let metrics = client.get("/metrics").await.text;
    let line = format!("\nprivet_catalogue_fingerprint {number}\n");
    assert!(metrics.contains(&line), "{metrics}");
    shown
}

async fn another_catalogue_is_in_force_after_a_signal_and_a_refused_one_is_not(database: Database) {
    let file = catalogue_file(&json!({}));
    let mut server = start_with_catalogue(&database, &file).await;
    let replicas = database.setup().replicas();
    let alice = server.new_user();
    let body = json!({"setting": "who_can_call", "value": "nobody"});
    assert_eq!(
        errors(&alice.put(SETTINGS, body.clone()).await),
        ["who_can_call"]
    );
    let before = alice.get(SETTINGS).await.header("etag").to_owned();
    let core = fingerprint(&server).await;

    fs::write(file.path(), document().to_string()).unwrap();
    server.signal("HUP").await;
    server
        .wait_for_logs("SIGHUP: read again: PRIVET_CATALOGUE", replicas)
        .await;
    for _ in 0..replicas {
        assert_eq!(alice.put(SETTINGS, body.clone()).await.status, 200);
        let after = alice.get(SETTINGS).await;
        assert_eq!(after.json()["who_can_call"], "nobody");
        assert_ne!(after.header("etag"), before);
        assert_ne!(fingerprint(&server).await, core);
    }

    let faulty =
        json!({"actions": {"call": {"title": "T", "description": "D.", "needs": ["nothing"]}}});
    fs::write(file.path(), faulty.to_string()).unwrap();
    server.signal("HUP").await;
    let refused = server
        .wait_for_logs("SIGHUP: PRIVET_CATALOGUE stays as it was", replicas)
        .await;
    assert!(
        refused[0].contains("actions.call.needs[0]: no such setting"),
        "{refused:?}"
    );
    for _ in 0..replicas {
        assert_eq!(alice.get(SETTINGS).await.json()["who_can_call"], "nobody");
    }

    // What was chosen for a setting that is gone is kept, and in force when it returns.
    for (catalogue, value) in [(json!({}), Value::Null), (document(), json!("nobody"))] {
        fs::write(file.path(), catalogue.to_string()).unwrap();
        server.signal("HUP").await;
        let times = if value.is_null() { 2 } else { 3 };
        server
            .wait_for_logs("SIGHUP: read again: PRIVET_CATALOGUE", times * replicas)
            .await;
        for _ in 0..replicas {
            assert_eq!(alice.get(SETTINGS).await.json()["who_can_call"], value);
            assert_eq!(fingerprint(&server).await == core, value.is_null());
        }
    }
}

//! Messaging privacy: what others in a chat get to see.

mod refusals;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::settings::{id, time};
use crate::support::{Client, Database, Server};

const PATH: &str = "/api/v1/privacy/settings";

in_every_setup![
    everything_is_open_by_default,
    every_setting_takes_each_of_its_values,
    a_duration_goes_back_to_null,
    a_duration_counts_by_its_value_however_it_is_written,
    several_settings_change_at_once,
    the_time_of_the_last_change_moves_with_changes_only,
];

const BOOLEANS: [&str; 3] = [
    "show_read_receipts",
    "show_last_seen",
    "show_typing_indicator",
];
const AUDIENCES: [&str; 2] = ["who_can_see_profile", "who_can_add_to_groups"];
const DURATION: &str = "disappearing_messages_default";

/// Every setting, with all the values it takes.
fn settings() -> Vec<(&'static str, Vec<Value>)> {
    let booleans = BOOLEANS.map(|name| (name, vec![json!(false), json!(true)]));
    let audience = || vec![json!("nobody"), json!("contacts"), json!("everyone")];
    let audiences = AUDIENCES.map(|name| (name, audience()));
    let durations = [300, 3600, 86_400, 604_800].map(Value::from);
    let mut settings: Vec<_> = booleans.into_iter().chain(audiences).collect();
    settings.push((
        DURATION,
        durations.into_iter().chain([Value::Null]).collect(),
    ));
    settings
}

async fn read(client: &Client) -> Value {
    let answer = client.get(PATH).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    let settings = answer.json();
    time(&settings["updated_at"]);
    settings
}

async fn update(client: &Client, body: Value) {
    let answer = client.put(PATH, body).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    assert_eq!(answer.json(), json!({"status": "updated"}));
}

async fn everything_is_open_by_default(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut settings = read(&alice).await;
    assert_eq!(id(&settings["user_id"]), alice.id());
    for varying in ["user_id", "updated_at"] {
        settings.as_object_mut().unwrap().remove(varying).unwrap();
    }
    for (name, default) in [
        ("show_read_receipts", json!(true)),
        ("show_last_seen", json!(true)),
        ("show_typing_indicator", json!(true)),
        ("who_can_see_profile", json!("everyone")),
        ("who_can_add_to_groups", json!("everyone")),
        ("disappearing_messages_default", json!(null)),
    ] {
        assert_eq!(settings.get(name), Some(&default), "{name}");
    }
    // Exactly what the catalogue lists, each with its default.
    let catalogue = alice.get("/api/v1/privacy/catalogue").await.json();
    let listed = catalogue["settings"].as_array().unwrap().iter();
    let listed = listed.filter_map(|setting| {
        let name = setting["name"].as_str()?.strip_prefix("messaging.")?;
        Some((name.to_owned(), setting["default"].clone()))
    });
    assert_eq!(settings, Value::Object(listed.collect()));
}

async fn every_setting_takes_each_of_its_values(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut expected = read(&alice).await;
    for (name, values) in settings() {
        for value in values {
            update(&alice, json!({"setting": name, "value": value})).await;
            let settings = read(&alice).await;
            expected[name] = value;
            expected["updated_at"] = settings["updated_at"].clone();
            assert_eq!(settings, expected, "{name}");
        }
    }
    assert_eq!(read(&server.new_user()).await["show_last_seen"], true);
}

async fn a_duration_counts_by_its_value_however_it_is_written(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let send = |number: &str| {
        let request = alice.request(Method::PUT, PATH);
        let request = request.header("Content-Type", "application/json");
        let name = "disappearing_messages_default";
        request
            .body(format!(r#"{{"setting":"{name}","value":{number}}}"#))
            .send()
    };
    for (number, seconds) in [("300.0", 300), ("3e2", 300), ("8.64e4", 86_400)] {
        let answer = send(number).await;
        assert_eq!(answer.status, 200, "{number}: {answer}");
        let shown = alice.get(PATH).await.json();
        assert_eq!(shown["disappearing_messages_default"], seconds, "{number}");
    }
    for number in ["300.5", "1e400", "-300.0"] {
        let answer = send(number).await;
        assert_eq!(answer.status, 400, "{number}: {answer}");
    }
}

async fn a_duration_goes_back_to_null(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        json!({"setting": DURATION, "value": null}),
        json!({"settings": {DURATION: null}}),
    ] {
        update(&alice, json!({"setting": DURATION, "value": 604_800})).await;
        assert_eq!(read(&alice).await[DURATION], 604_800);
        update(&alice, body).await;
        assert_eq!(read(&alice).await[DURATION], Value::Null);
    }
}

async fn several_settings_change_at_once(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = read(&alice).await;
    update(
        &alice,
        json!({"settings": {"show_last_seen": false, DURATION: 86_400}}),
    )
    .await;
    let after = read(&alice).await;
    assert_eq!(after["show_last_seen"], false);
    assert_eq!(after[DURATION], 86_400);
    assert_eq!(after["show_read_receipts"], before["show_read_receipts"]);

    let all = json!({"show_read_receipts": false, "show_last_seen": true,
        "show_typing_indicator": false, "who_can_see_profile": "nobody",
        "who_can_add_to_groups": "contacts", DURATION: 300});
    update(&alice, json!({"settings": all})).await;
    let after = read(&alice).await;
    for (name, value) in all.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
}

async fn the_time_of_the_last_change_moves_with_changes_only(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let first = read(&alice).await;
    update(&alice, json!({"setting": "show_last_seen", "value": true})).await;
    update(
        &alice,
        json!({"settings": {"show_read_receipts": true, DURATION: null}}),
    )
    .await;
    assert_eq!(read(&alice).await, first);
    update(&alice, json!({"setting": "show_last_seen", "value": false})).await;
    let second = read(&alice).await;
    assert!(time(&second["updated_at"]) > time(&first["updated_at"]));
    // Where one of several changes, the time moves as well.
    update(
        &alice,
        json!({"settings": {"show_last_seen": false, DURATION: 300}}),
    )
    .await;
    assert!(time(&read(&alice).await["updated_at"]) > time(&second["updated_at"]));
}

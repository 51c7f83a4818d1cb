//! An operator's own schema: other keys, other defaults, other rules, and what becomes of what users
//! chose before. Values that the schema no longer allows are in `operator_schema/hidden_values.rs`.

mod hidden_values;

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::refusals::refusal;
use super::{PATH, RESET, SCHEMA, defaults, defaults_but, read, shown, update};
use crate::support::settings::history;
use crate::support::{Client, Database, Server};

in_one_setup![
    groups_and_keys_that_the_operator_adds_work_as_the_built_in_ones,
    a_value_of_any_kind_comes_back_as_it_was_answered,
    a_changed_default_reaches_everyone_who_never_chose,
    a_changed_default_moves_the_tags_of_those_who_see_it,
    a_choice_that_was_reset_follows_the_new_default,
    an_integer_has_64_bits_and_a_number_is_a_double,
];

/// A schema in a file of its own.
struct SchemaFile(TempDir);

impl SchemaFile {
    fn of(schema: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("schema.json"), schema.to_string()).unwrap();
        Self(folder)
    }

    fn path(&self) -> String {
        self.0
            .path()
            .join("schema.json")
            .to_str()
            .unwrap()
            .to_owned()
    }
}

/// The schema that this server was started with.
async fn schema_of(server: &Server) -> Value {
    shown(&server.new_user().get(SCHEMA).await)
}

/// Ends the server, at once, and starts it again with this schema.
async fn restart(mut server: Server, database: &Database, schema: &Value) -> Server {
    server.kill().await;
    let file = SchemaFile::of(schema);
    Server::start_with(database, &[("PRIVET_PREFERENCES_SCHEMA", &file.path())]).await
}

/// The built-in schema with another default mode.
fn with_default_mode(schema: &Value, mode: &str) -> Value {
    let mut schema = schema.clone();
    schema["properties"]["theme"]["properties"]["mode"]["default"] = json!(mode);
    schema
}

async fn is_known(client: &Client, tag: &str) -> bool {
    let request = client.request(Method::GET, PATH);
    request.header("If-None-Match", tag).send().await.status == 304
}

async fn groups_and_keys_that_the_operator_adds_work_as_the_built_in_ones(database: Database) {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"size": {"enum": ["small", "large"]}},
        "type": "object",
        "properties": {
            "beta": {"description": "New things first.", "type": "boolean", "default": false},
            "editor": {"type": "object", "properties": {
                "tab_width": {"description": "Columns of a tab.", "type": "integer", "minimum": 1,
                    "maximum": 16, "default": 4},
                "font": {"properties": {
                    "size": {"description": "Of letters.", "$ref": "#/$defs/size", "default": "small"},
                }},
                "rulers": {"description": "Columns with a line.", "type": "array",
                    "maxItems": 8, "items": {"type": "integer"}, "default": []},
            }},
        },
    });
    let file = SchemaFile::of(&schema);
    let variables = [("PRIVET_PREFERENCES_SCHEMA", file.path())];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let server = Server::start_with(&database, &variables).await;
    let alice = server.new_user();
    assert_eq!(schema_of(&server).await, schema);
    let font = |size: &str| json!({"size": size});
    let expected = json!({"beta": false,
        "editor": {"tab_width": 4, "font": font("small"), "rulers": []}});
    assert_eq!(read(&alice).await, expected);

    let body = json!({"beta": true, "editor": {"font.size": "large"}, "editor.rulers": [80, 100]});
    let expected = json!({"beta": true,
        "editor": {"tab_width": 4, "font": font("large"), "rulers": [80, 100]}});
    assert_eq!(update(&alice, body).await, expected);

    let wrong = json!({"editor": {"tab_width": 17, "rulers": ["x"], "font": {"size": "huge"}},
        "theme.mode": "dark"});
    let mut errors = refusal(&alice, wrong).await;
    assert_eq!(errors["theme.mode"].take(), json!(["Unknown preference."]));
    assert_eq!(errors.as_object().unwrap().len(), 4, "{errors}");
    for key in ["editor.tab_width", "editor.rulers", "editor.font.size"] {
        assert!(errors[key][0].is_string(), "{errors}");
    }

    let after = shown(
        &alice
            .post(RESET, json!({"keys": ["editor.font", "beta"]}))
            .await,
    );
    assert_eq!(after["beta"], false);
    assert_eq!(after["editor"]["font"], font("small"));
    assert_eq!(after["editor"]["rulers"], json!([80, 100]));
    let entries = history(&alice).await;
    let named = |name: &str| {
        entries
            .iter()
            .filter(|entry| entry["setting"] == name)
            .count()
    };
    assert_eq!(named("preferences.editor.font.size"), 2);
    assert_eq!(named("preferences.editor.rulers"), 1);
}

async fn a_value_of_any_kind_comes_back_as_it_was_answered(database: Database) {
    let kinds = json!(["null", "boolean", "number", "string", "array", "object"]);
    let mut key = json!({"type": kinds, "maxLength": 20, "maxItems": 0, "maxProperties": 0,
        "items": false, "additionalProperties": false});
    for _ in 0..4 {
        key = json!({"type": kinds, "maxLength": 20, "maxItems": 9, "items": key,
            "maxProperties": 9, "additionalProperties": key});
    }
    key["description"] = json!("Anything but null.");
    key["default"] = json!("nothing yet");
    let file = SchemaFile::of(&json!({"properties": {"any": key}}));
    let server =
        Server::start_with(&database, &[("PRIVET_PREFERENCES_SCHEMA", &file.path())]).await;
    let alice = server.new_user();
    for (number, value) in [
        json!({"width": 1, "a": {"zz": [{"q": 1, "b": 2}], "y": 2}, "Ab": 3}),
        json!([1, "x", null, {}]),
        json!(4.0),
        json!(-0.0),
        json!(0.1),
        json!(1e16),
        json!(1e300),
        json!(5e-324),
        json!(0.100_000_000_000_000_02),
        json!(123_456.789_012_345_67),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("\u{1f510} \u{7f} \\ \" é"),
    ]
    .into_iter()
    .enumerate()
    {
        let updated = alice.patch(PATH, json!({"any": value})).await;
        let read = alice.get(PATH).await;
        assert_eq!(shown(&updated), shown(&read), "{value}");
        assert_eq!(updated.header("ETag"), read.header("ETag"), "{value}");
        // The same once more is no change.
        let again = alice.patch(PATH, json!({"any": value})).await;
        assert_eq!(again.header("ETag"), read.header("ETag"), "{value}");
        assert_eq!(history(&alice).await.len(), number + 1, "{value}");
    }
}

async fn a_changed_default_reaches_everyone_who_never_chose(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let (chooser, other) = (server.new_user(), server.new_user());
    update(&chooser, json!({"theme.mode": "system"})).await;
    update(&other, json!({"theme.accent_color": "#000000"})).await;

    let server = restart(server, &database, &with_default_mode(&built_in, "dark")).await;
    let (chooser, other) = (server.user(chooser.id()), server.user(other.id()));
    assert_eq!(read(&chooser).await, defaults());
    let expected = json!({"theme.mode": "dark", "theme.accent_color": "#000000"});
    assert_eq!(read(&other).await, defaults_but(&expected));
    let expected = json!({"theme.mode": "dark"});
    assert_eq!(read(&server.new_user()).await, defaults_but(&expected));
    // Nobody changed anything.
    assert_eq!(history(&chooser).await, [] as [Value; 0]);
    assert_eq!(history(&other).await.len(), 1);
}

async fn a_changed_default_moves_the_tags_of_those_who_see_it(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let mut tags = Vec::new();
    for (body, sees_it) in [
        (json!({"theme.mode": "system"}), false),
        (json!({"theme.mode": "light"}), false),
        (json!({"theme": {"mode": "dark"}}), false),
        (json!({}), true),
        (json!({"locale.language": "de"}), true),
    ] {
        let user = server.new_user();
        let answer = user.patch(PATH, body).await;
        tags.push((user.id(), answer.header("ETag").to_owned(), sees_it));
    }
    let server = restart(server, &database, &with_default_mode(&built_in, "dark")).await;
    for (id, tag, sees_it) in tags {
        let user = server.user(id);
        assert_eq!(
            is_known(&user, &tag).await,
            !sees_it,
            "{}",
            read(&user).await
        );
        // The old tag is no condition any more where it names what is no longer shown.
        let request = user
            .request(Method::PATCH, PATH)
            .json(json!({"locale.time_format": "12h"}));
        let answer = request.header("If-Match", &tag).send().await;
        assert_eq!(answer.status, if sees_it { 412 } else { 200 }, "{answer}");
    }
}

async fn a_choice_that_was_reset_follows_the_new_default(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let mut users = Vec::new();
    for (path, method, body) in [
        (PATH, Method::PATCH, json!({"theme.mode": null})),
        (PATH, Method::PATCH, json!({"theme": null})),
        (RESET, Method::POST, json!({})),
        (RESET, Method::POST, json!({"keys": ["theme"]})),
        (RESET, Method::POST, json!({"keys": ["theme.mode"]})),
    ] {
        let user = server.new_user();
        // First chosen and then forgotten, neither of which shows.
        update(&user, json!({"theme.mode": "system"})).await;
        shown(&user.request(method, path).json(body).send().await);
        users.push(user.id());
    }
    let server = restart(server, &database, &with_default_mode(&built_in, "dark")).await;
    for id in users {
        assert_eq!(read(&server.user(id)).await["theme"]["mode"], "dark");
    }
}

async fn an_integer_has_64_bits_and_a_number_is_a_double(database: Database) {
    let file = SchemaFile::of(&json!({"properties": {
        "whole": {"description": "An integer.", "type": "integer", "default": 0},
        "real": {"description": "A number.", "type": "number", "default": 0},
    }}));
    let server =
        Server::start_with(&database, &[("PRIVET_PREFERENCES_SCHEMA", &file.path())]).await;
    let alice = server.new_user();
    let send = |key: &str, number: &str| {
        let request = alice.request(Method::PATCH, PATH);
        let request = request.header("Content-Type", "application/json");
        request.body(format!(r#"{{"{key}":{number}}}"#)).send()
    };
    for (key, given, kept) in [
        ("whole", "9223372036854775807", json!(i64::MAX)),
        ("whole", "-9223372036854775808", json!(i64::MIN)),
        (
            "whole",
            "9007199254740993.0",
            json!(9_007_199_254_740_993_i64),
        ),
        ("whole", "1e18", json!(1_000_000_000_000_000_000_i64)),
        ("whole", "3e2", json!(300)),
        ("real", "1.7976931348623157e308", json!(f64::MAX)),
        ("real", "0.1", json!(0.1)),
    ] {
        let answer = send(key, given).await;
        assert_eq!(shown(&answer)[key], kept, "{given}: {answer}");
        assert_eq!(read(&alice).await[key], kept, "{given}");
    }
    let before = read(&alice).await;
    for (key, number) in [
        ("whole", "9223372036854775808"),
        ("whole", "18446744073709551615"),
        ("whole", "-9223372036854775809"),
        ("whole", "9.3e18"),
        ("whole", "1e19"),
        ("whole", "1e300"),
        ("whole", "1e400"),
        ("real", "1.8e308"),
        ("real", "-1e400"),
    ] {
        let answer = send(key, number).await;
        assert_eq!(answer.status, 400, "{key} {number}: {answer}");
    }
    assert_eq!(read(&alice).await, before);
}

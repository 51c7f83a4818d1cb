//! Values that users chose and that the operator's schema no longer allows: they read as the default, and are kept.

use serde_json::{Value, json};

use super::super::{PATH, RESET, defaults, defaults_but, read, shown, update};
use super::{restart, schema_of};
use crate::support::settings::history;
use crate::support::{Database, Server};

in_one_setup![
    a_value_that_is_no_longer_allowed_reads_as_the_default_and_is_kept,
    a_value_that_is_no_longer_allowed_can_be_overwritten_and_reset,
    what_becomes_of_a_hidden_value_is_told_as_it_was_seen,
];

/// The built-in schema with one more mode.
fn with_sepia(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let modes = &mut schema["properties"]["theme"]["properties"]["mode"]["enum"];
    modes.as_array_mut().unwrap().push(json!("sepia"));
    schema
}

async fn a_value_that_is_no_longer_allowed_reads_as_the_default_and_is_kept(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let server = restart(server, &database, &with_sepia(&built_in)).await;
    let alice = server.new_user();
    update(&alice, json!({"theme.mode": "sepia"})).await;

    let server = restart(server, &database, &built_in).await;
    let alice = server.user(alice.id());
    assert_eq!(read(&alice).await, defaults());
    // Changing something else leaves it where it is.
    let expected = json!({"theme.accent_color": "#000000"});
    assert_eq!(
        update(&alice, expected.clone()).await,
        defaults_but(&expected)
    );

    let server = restart(server, &database, &with_sepia(&built_in)).await;
    let expected = json!({"theme.accent_color": "#000000", "theme.mode": "sepia"});
    assert_eq!(
        read(&server.user(alice.id())).await,
        defaults_but(&expected)
    );
}

async fn a_value_that_is_no_longer_allowed_can_be_overwritten_and_reset(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let server = restart(server, &database, &with_sepia(&built_in)).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for user in [&alice, &bob] {
        update(user, json!({"theme.mode": "sepia"})).await;
    }
    let server = restart(server, &database, &built_in).await;
    update(&server.user(alice.id()), json!({"theme.mode": "light"})).await;
    shown(&server.user(bob.id()).post(RESET, json!({})).await);

    let server = restart(server, &database, &with_sepia(&built_in)).await;
    assert_eq!(
        read(&server.user(alice.id())).await["theme"]["mode"],
        "light"
    );
    assert_eq!(read(&server.user(bob.id())).await, defaults());
}

async fn what_becomes_of_a_hidden_value_is_told_as_it_was_seen(database: Database) {
    let server = Server::start(&database).await;
    let built_in = schema_of(&server).await;
    let server = restart(server, &database, &with_sepia(&built_in)).await;
    let alice = server.new_user();
    update(&alice, json!({"theme.mode": "sepia"})).await;
    let server = restart(server, &database, &built_in).await;
    let alice = server.user(alice.id());
    let tag = alice.get(PATH).await.header("ETag").to_owned();
    // Choosing the default where it is shown already is no visible change.
    let answer = alice.patch(PATH, json!({"theme.mode": "system"})).await;
    assert_eq!(answer.header("ETag"), tag);
    assert_eq!(history(&alice).await.len(), 1);
    update(&alice, json!({"theme.mode": "dark"})).await;
    let entries = history(&alice).await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["old_value"], "system");
    assert_eq!(entries[0]["new_value"], "dark");
}

//! Tokens that outlive their account: 401 on every operation, and nothing comes back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::support::acting::erase;
use crate::support::catalogues::start_with_a_cohort;
use crate::support::document::{Document, Operation};
use crate::support::settings::Settings;
use crate::support::shapes::assert_error;
use crate::support::sql::Session;
use crate::support::{Backend, Database, SECRET, Server, Token, new_user_id};

in_every_setup![
    a_token_that_outlives_its_account_is_refused_by_every_operation_of_users_and_brings_nothing_back,
    operations_of_services_do_not_look_at_the_tombstone,
    settings_read_a_moment_ago_are_shown_no_more,
    an_erased_account_is_refused_after_a_restart,
];

// Each process remembers by itself whom it found erased.
on_both_stores![a_tombstone_that_is_taken_away_lets_its_user_in_again_without_a_restart];

const MESSAGE: &str = "Account has been deleted";

async fn a_token_that_outlives_its_account_is_refused_by_every_operation_of_users_and_brings_nothing_back(
    database: Database,
) {
    let server = Server::start(&database).await;
    let document = Document::of(&server).await;
    let operations = document.operations();
    let id = new_user_id();
    let user = server.user(id);
    erase(&user).await;
    let of_users = |operation: &&Operation| operation.is_secured() && operation.scopes().is_empty();
    for operation in operations.iter().filter(of_users) {
        let answer = operation.send(&user).await;
        assert_error(&answer, &operation.path, 401, MESSAGE);
        assert_eq!(answer.header("WWW-Authenticate"), "Bearer", "{answer}");
        // Whatever is wrong with a request besides.
        let request = user.request(operation.method.clone(), &operation.path);
        let answer = request
            .header("Content-Type", "text/plain")
            .body("{")
            .send()
            .await;
        assert_error(&answer, &operation.path, 401, MESSAGE);
    }
    let tombstone = BTreeMap::from([("erased_users".to_owned(), 1)]);
    assert_eq!(Session::on(&database).rows_naming(id), tombstone);
    // Others are not concerned.
    Settings::MessagingPrivacy.get(&server.new_user()).await;
}

async fn operations_of_services_do_not_look_at_the_tombstone(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let id = new_user_id();
    erase(&server.user(id)).await;
    // The second time it is remembered.
    for _ in 0..2 {
        let path = Settings::MessagingPrivacy.path();
        let answer = server.user(id).get(path).await;
        assert_error(&answer, path, 401, MESSAGE);
    }
    for operation in Document::of(&server).await.operations() {
        let scopes = operation.scopes();
        if scopes.is_empty() {
            continue;
        }
        let token = Token::of(id).claim("scope", scopes.join(" "));
        let answer = operation.send(&server.bearer(&token.sign(SECRET))).await;
        assert_eq!(answer.status, 200, "{}: {answer}", operation.id());
        let answer = operation.send(&server.user(id)).await;
        assert_eq!(answer.status, 403, "{}: {answer}", operation.id());
    }
    // The history of the user whom it classified names it, as that of a service.
    let rows = BTreeMap::from([("audit_log".to_owned(), 1), ("erased_users".to_owned(), 1)]);
    assert_eq!(Session::on(&database).rows_naming(id), rows);
}

async fn a_tombstone_that_is_taken_away_lets_its_user_in_again_without_a_restart(
    database: Database,
) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let path = Settings::AccountPrivacy.path();
    Settings::AccountPrivacy.set(&alice, true).await;
    erase(&alice).await;
    assert_error(&alice.get(path).await, path, 401, MESSAGE);
    let mut session = Session::on(&database);
    let id = session.literal(alice.id());
    session.execute(&format!("DELETE FROM erased_users WHERE user_id = {id}"));
    // What the process knows it goes by for a while.
    assert_error(&alice.get(path).await, path, 401, MESSAGE);
    let begun = Instant::now();
    while alice.get(path).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_mins(1));
        sleep(Duration::from_millis(200)).await;
    }
    let answer = Settings::AccountPrivacy.get(&alice).await;
    assert!(!Settings::AccountPrivacy.value(&answer), "{answer}");
}

async fn settings_read_a_moment_ago_are_shown_no_more(database: Database) {
    let server = Server::start(&database).await;
    for settings in Settings::ALL {
        let alice = server.new_user();
        // The second time from the cache.
        for _ in 0..2 {
            settings.get(&alice).await;
        }
        erase(&alice).await;
        let answer = alice.get(settings.path()).await;
        assert_error(&answer, settings.path(), 401, MESSAGE);
    }
}

async fn an_erased_account_is_refused_after_a_restart(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    Settings::MessagingPrivacy.get(&server.user(id)).await;
    erase(&server.user(id)).await;
    let server = server.kill_and_restart().await;
    let path = Settings::MessagingPrivacy.path();
    let answer = server.user(id).get(path).await;
    assert_error(&answer, path, 401, MESSAGE);
    assert_eq!(Session::on(&database).rows_of("users", id), 0);
}

#[tokio::test]
async fn an_account_erased_on_one_replica_is_refused_by_the_other_at_once() {
    let database = Database::fresh(Backend::Postgres).await;
    let (here, there) = (
        Server::start(&database).await,
        Server::start(&database).await,
    );
    for settings in Settings::ALL {
        let id = new_user_id();
        for replica in [&here, &there] {
            settings.get(&replica.user(id)).await;
        }
        erase(&here.user(id)).await;
        let answer = there.user(id).get(settings.path()).await;
        assert_error(&answer, settings.path(), 401, MESSAGE);
    }
}

/// A replica remembers rows for changes to begin with. Whoever sends one is refused like anybody else who was erased, also
/// where what they send is refused before the store is asked.
#[tokio::test]
async fn an_update_by_an_account_erased_on_another_replica_is_refused_whatever_is_remembered() {
    let database = Database::fresh(Backend::Postgres).await;
    let (here, there) = (
        Server::start(&database).await,
        Server::start(&database).await,
    );
    for settings in Settings::ALL {
        for is_well_formed in [true, false] {
            let id = new_user_id();
            let user = there.user(id);
            settings.set(&user, !settings.default()).await;
            erase(&here.user(id)).await;
            let update = settings.switch(&user, settings.default());
            let update = if is_well_formed {
                update
            } else {
                update.body("{")
            };
            let answer = update.send().await;
            assert_error(&answer, settings.path(), 401, MESSAGE);
            let tombstone = BTreeMap::from([("erased_users".to_owned(), 1)]);
            assert_eq!(Session::on(&database).rows_naming(id), tombstone);
        }
    }
}

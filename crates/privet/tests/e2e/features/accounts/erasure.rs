//! Erasure: who may erase whom, and that nothing is left but the tombstone. What happens at the same time
//! is in `erasure/races.rs`; tokens that outlive their account in `erased_accounts`.

mod many_rows;
mod others;
mod races;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use crate::support::acting::{become_mutual_contacts, block, erase, except};
use crate::support::asking::{assert_problem, with_scope, wrong_members};
use crate::support::contacts_and_blocks::NO_IDS;
use crate::support::follows::{Between, become_follower, between};
use crate::support::settings::{Settings, id, time};
use crate::support::sql::Session;
use crate::support::{Answer, Backend, Client, Database, SECRET, Server, Token, new_user_id};

in_every_setup![
    everybody_can_erase_themselves,
    a_service_with_the_scope_can_erase_anybody,
    without_the_scope_nobody_can_erase_anybody_not_even_themselves,
    nothing_is_left_but_the_tombstone,
    the_tombstone_says_when,
    repeating_it_is_harmless_and_keeps_the_first_tombstone,
    somebody_never_seen_gets_a_tombstone,
    a_services_token_erases_no_account_of_its_own,
    a_service_that_erases_its_own_id_still_serves,
    an_id_in_upper_case_means_the_same_user,
    an_id_that_is_none_is_refused,
    services_are_not_limited,
];

const ME: &str = "/api/v1/users/me";

fn path(id: Uuid) -> String {
    format!("/api/v1/users/{id}")
}

fn service(server: &Server) -> Client {
    with_scope(server, "users:erase")
}

fn assert_erased(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.json(), json!({"status": "deleted"}), "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
}

/// Fails unless nothing names the user but the tombstone.
fn assert_nothing_left(database: &Database, user: Uuid) {
    let tombstone = BTreeMap::from([("erased_users".to_owned(), 1)]);
    assert_eq!(Session::on(database).rows_naming(user), tombstone);
}

async fn assert_gone(user: &Client) {
    let answer = user.get(Settings::MessagingPrivacy.path()).await;
    assert_problem(&answer, 401, "UNAUTHORIZED");
    assert_eq!(answer.json()["detail"], "Account has been deleted");
}

/// Leaves something of the user in every table, and answers the ids of it.
async fn leave_something_everywhere(server: &Server, user: &Client) -> Vec<Uuid> {
    for settings in Settings::ALL {
        settings.set(user, !settings.default()).await;
    }
    let [friend, enemy, hater, fan, asking, idol] = [(); 6].map(|()| server.new_user());
    become_mutual_contacts(user, &friend).await;
    become_follower(user, &friend).await;
    become_follower(&fan, user).await;
    block(user, &enemy).await;
    block(&hater, user).await;
    let reason = with_scope(server, "users:support")
        .request(Method::GET, &format!("/api/v1/admin/users/{}", user.id()))
        .header("Support-Reason", "ticket 4711");
    assert_eq!(reason.send().await.status, 200);
    except(user, &friend, json!({"view_profile": "always"})).await;
    except(&friend, user, json!({"view_profile": "never"})).await;
    between(user, &idol, Between::Request).await;
    between(&asking, user, Between::Request).await;
    let export = user.get("/api/v1/users/me/export").await.json();
    let follows = export["follows"].as_array().unwrap();
    assert_eq!(follows.len(), 4, "{export}");
    let account = &export["settings"]["account_privacy"]["id"];
    let entries = export["audit_entries"].as_array().unwrap();
    let things = follows.iter().chain(entries).map(|thing| &thing["id"]);
    things.chain([account]).map(id).collect()
}

async fn everybody_can_erase_themselves(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    Settings::AccountPrivacy.set(&alice, true).await;
    assert_erased(&alice.delete(ME).await);
    assert_gone(&alice).await;
    // It may be the very first request.
    let unseen = server.new_user();
    assert_erased(&unseen.delete(ME).await);
    assert_gone(&unseen).await;
}

async fn a_service_with_the_scope_can_erase_anybody(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    Settings::AccountPrivacy.set(&alice, true).await;
    for scopes in ["users:erase", "privacy:decide users:erase"] {
        let answer = with_scope(&server, scopes).delete(&path(alice.id())).await;
        assert_erased(&answer);
        assert_gone(&alice).await;
    }
}

async fn without_the_scope_nobody_can_erase_anybody_not_even_themselves(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for scopes in [
        "privacy:decide privacy:admin users:classify",
        "users:erased",
        "users",
        "USERS:ERASE",
        "",
    ] {
        let answer = with_scope(&server, scopes).delete(&path(alice.id())).await;
        assert_problem(&answer, 403, "FORBIDDEN");
    }
    for user in [&alice, &bob] {
        assert_problem(&user.delete(&path(alice.id())).await, 403, "FORBIDDEN");
    }
    Settings::AccountPrivacy.get(&alice).await;
    let tombstones = database
        .number("SELECT count(*) AS number FROM erased_users")
        .await;
    assert_eq!(tombstones, 0);
}

async fn nothing_is_left_but_the_tombstone(database: Database) {
    let server = Server::start(&database).await;
    for by_a_service in [false, true] {
        let alice = server.new_user();
        let things = leave_something_everywhere(&server, &alice).await;
        let mut session = Session::on(&database);
        let everywhere: BTreeSet<_> = session.rows_naming(alice.id()).into_keys().collect();
        let mut tables: BTreeSet<_> = session.tables().into_iter().collect();
        assert!(tables.remove("erased_users"));
        assert!(tables.remove("erasures_under_way"));
        // Only with a receipt key.
        assert!(tables.remove("erasure_receipts"));
        // Only on PostgreSQL, and about nobody.
        tables.remove("cache_epoch");
        // The feed, which tells services of the erasure; and a table about nobody.
        assert!(tables.remove("changes") && tables.remove("feed"));
        assert!(session.rows_of("changes", alice.id()) > 0);
        assert_eq!(everywhere, tables, "a table is not covered by this test");
        if by_a_service {
            assert_erased(&service(&server).delete(&path(alice.id())).await);
        } else {
            assert_erased(&alice.delete(ME).await);
        }
        assert_nothing_left(&database, alice.id());
        for thing in things {
            assert_eq!(session.rows_naming(thing), BTreeMap::new(), "{thing}");
        }
    }
}

/// When a user was erased, in microseconds since 1970.
fn erased_at(database: &Database, user: Uuid) -> i64 {
    let mut session = Session::on(database);
    let time = match &session {
        Session::Sqlite(_) => "erased_at",
        Session::Postgres(_) => "(extract(epoch FROM erased_at) * 1000000)::bigint",
    };
    let literal = session.literal(user);
    session.number(&format!(
        "(SELECT {time} FROM erased_users WHERE user_id = {literal})"
    ))
}

async fn the_tombstone_says_when(database: Database) {
    let server = Server::start(&database).await;
    let (alice, clock) = (server.new_user(), server.new_user());
    let mut times = Vec::new();
    for erasing in [false, true] {
        if erasing {
            erase(&alice).await;
        }
        // The envelope says what time it is.
        let now = Settings::AccountPrivacy.get(&clock).await.json();
        times.push(time(&now["action_time"]).timestamp_micros());
    }
    let at = erased_at(&database, alice.id());
    assert!(times[0] <= at && at <= times[1], "{at} is not in {times:?}");
}

async fn repeating_it_is_harmless_and_keeps_the_first_tombstone(database: Database) {
    let server = Server::start(&database).await;
    let (alice, service) = (server.new_user(), service(&server));
    assert_erased(&alice.delete(ME).await);
    let first = erased_at(&database, alice.id());
    for _ in 0..3 {
        assert_erased(&service.delete(&path(alice.id())).await);
        assert_eq!(erased_at(&database, alice.id()), first);
    }
    assert_problem(&alice.delete(ME).await, 401, "UNAUTHORIZED");
    assert_nothing_left(&database, alice.id());
}

async fn somebody_never_seen_gets_a_tombstone(database: Database) {
    let server = Server::start(&database).await;
    let unseen = new_user_id();
    assert_erased(&service(&server).delete(&path(unseen)).await);
    assert_gone(&server.user(unseen)).await;
    assert_nothing_left(&database, unseen);
}

async fn a_services_token_erases_no_account_of_its_own(database: Database) {
    let server = Server::start(&database).await;
    for scopes in [
        "users:erase",
        "privacy:decide",
        "users:classify",
        "openid privacy:admin privacy:decide",
    ] {
        let id = new_user_id();
        let token = Token::of(id).claim("scope", scopes);
        let service = server.bearer(&token.sign(SECRET));
        assert_problem(&service.delete(ME).await, 403, "FORBIDDEN");
        // Nor is anything made or read for it.
        assert_eq!(Session::on(&database).rows_naming(id), BTreeMap::new());
        // Whoever is a user besides stays one.
        Settings::AccountPrivacy.set(&server.user(id), true).await;
        assert_problem(&service.delete(ME).await, 403, "FORBIDDEN");
        let answer = Settings::AccountPrivacy.get(&server.user(id)).await;
        assert!(Settings::AccountPrivacy.value(&answer), "{answer}");
    }
    // The scope of the product's staff is no service's.
    let id = new_user_id();
    let token = Token::of(id).claim("scope", "privacy:admin");
    assert_erased(&server.bearer(&token.sign(SECRET)).delete(ME).await);
    assert_nothing_left(&database, id);
}

async fn a_service_that_erases_its_own_id_still_serves(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    let token = Token::of(id).claim("scope", "users:erase");
    let service = server.bearer(&token.sign(SECRET));
    assert_erased(&service.delete(&path(id)).await);
    // As a user it is gone, also where that is remembered.
    for _ in 0..2 {
        assert_gone(&service).await;
    }
    let victim = server.new_user();
    Settings::AccountPrivacy.get(&victim).await;
    assert_erased(&service.delete(&path(victim.id())).await);
    assert_gone(&victim).await;
}

async fn an_id_in_upper_case_means_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    Settings::AccountPrivacy.get(&alice).await;
    let upper = alice.id().to_string().to_uppercase();
    let answer = service(&server)
        .delete(&format!("/api/v1/users/{upper}/"))
        .await;
    assert_erased(&answer);
    assert_gone(&alice).await;
}

async fn an_id_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for id in NO_IDS.into_iter().filter(|id| *id != "me") {
        let answer = service.delete(&format!("/api/v1/users/{id}")).await;
        assert_eq!(wrong_members(&answer), ["userId"], "{id}");
    }
    let tombstones = database
        .number("SELECT count(*) AS number FROM erased_users")
        .await;
    assert_eq!(tombstones, 0);
}

async fn services_are_not_limited(database: Database) {
    let variables = [
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_GENERAL", "1/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let service = service(&server);
    for _ in 0..10 {
        let answer = service.delete(&path(new_user_id())).await;
        assert_erased(&answer);
        assert!(!answer.has_header("RateLimit"), "{answer}");
    }
}

#[tokio::test]
async fn nothing_of_an_erased_user_can_be_read_out_of_the_file() {
    let database = Database::fresh(Backend::Sqlite).await;
    let mut server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let mut secrets = Vec::new();
    for (user, colour) in [(&alice, "#a11ce0"), (&bob, "#b0bb0b")] {
        leave_something_everywhere(&server, user).await;
        let body = json!({"theme.accent_color": colour});
        let path = Settings::Preferences.path();
        assert_eq!(user.patch(path, body).await.status, 200);
        let account = Settings::AccountPrivacy.get(user).await.json();
        let account = id(&account["data"]["id"]).into_bytes().to_vec();
        secrets.push((
            colour.as_bytes().to_vec(),
            account,
            user.id().into_bytes().to_vec(),
        ));
    }
    erase(&alice).await;
    server.signal("TERM").await;
    server.wait_for_exit().await;
    database.bring_into_one_file().await;
    let file = std::fs::read(database.file()).unwrap();
    let count = |bytes: &[u8]| {
        file.windows(bytes.len())
            .filter(|part| part == &bytes)
            .count()
    };
    let (colour, account, id) = &secrets[0];
    // Of the id the tombstone is left.
    assert_eq!((count(colour), count(account), count(id)), (0, 0, 1));
    let (colour, account, id) = &secrets[1];
    assert!(
        count(colour) > 0 && count(account) > 0 && count(id) > 1,
        "nothing was shown"
    );
}

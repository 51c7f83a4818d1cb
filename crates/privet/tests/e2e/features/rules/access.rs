//! What a user's own client may ask: what the caller may do to somebody, and never why not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{
    accept, become_mutual_contacts, block, close_everything, erase, follow, set,
};
use crate::support::asking::{ACTIONS, wrong_members};
use crate::support::settings::names;
use crate::support::shapes::assert_error;
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, SECRET, Server, Token, new_user_id};

in_one_setup![
    every_action_is_named_and_nothing_else,
    the_permissions_are_what_the_settings_allow,
    who_is_blocked_cannot_tell_it_from_closed_settings_or_an_erased_account,
    an_administrator_may_add_to_groups_whatever_the_audience,
    no_administrator_adds_who_blocked_them_or_was_erased,
    an_id_that_is_none_is_refused,
    an_id_in_upper_case_means_the_same_user,
    who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them,
    who_has_no_token_is_not_let_in,
    nobody_is_to_keep_an_answer,
    it_counts_as_one_of_a_users_other_requests,
    the_time_it_takes_does_not_tell_a_block_from_a_setting_or_an_erased_account,
];

fn path(subject: Uuid) -> String {
    format!("/api/v1/privacy/users/{subject}/access")
}

async fn get(viewer: &Client, subject: Uuid) -> Answer {
    let answer = viewer.get(&path(subject)).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer
}

/// Those of the actions that are allowed, in the contract's order.
async fn allowed(viewer: &Client, subject: Uuid) -> Vec<&'static str> {
    let body = get(viewer, subject).await.json();
    let is_allowed = |action: &&str| body["permissions"][action].as_bool().unwrap();
    ACTIONS.into_iter().filter(is_allowed).collect()
}

/// The same user with the scope of a group's administrators.
fn as_admin(server: &Server, user: &Client) -> Client {
    let token = Token::of(user.id()).claim("scope", "privacy:admin");
    server.bearer(&token.sign(SECRET))
}

async fn every_action_is_named_and_nothing_else(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    let permissions: Value = ACTIONS
        .map(|action| (action.to_owned(), json!(true)))
        .into_iter()
        .collect();
    let answer = get(&ann, bob.id()).await;
    let whole = json!({"subject": bob.id(), "permissions": permissions});
    assert_eq!(answer.json(), whole);
}

async fn the_permissions_are_what_the_settings_allow(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob, stranger) = (server.new_user(), server.new_user(), server.new_user());
    set(&ann, "isPrivate", true).await;
    set(&ann, "who_can_see_profile", "contacts").await;
    set(&ann, "show_last_seen", false).await;
    set(&ann, "who_can_add_to_groups", "nobody").await;
    set(&ann, "allow_email_contact", false).await;
    become_mutual_contacts(&ann, &bob).await;
    let request = follow(&bob, &ann).await;
    accept(&ann, &request).await;
    let friend = [
        "view_profile",
        "view_online_status",
        "view_read_receipts",
        "view_typing",
        "view_content",
    ];
    assert_eq!(allowed(&bob, ann.id()).await, friend);
    let anybody = ["view_read_receipts", "view_typing"];
    assert_eq!(allowed(&stranger, ann.id()).await, anybody);
}

/// Somebody whose settings are closed, somebody with open ones who blocked the viewer, and somebody
/// erased.
async fn three_who_give_nothing(server: &Server, viewer: &Client) -> [Client; 3] {
    let [closed, blocker, erased] = [(); 3].map(|()| server.new_user());
    close_everything(&closed).await;
    block(&blocker, viewer).await;
    become_mutual_contacts(&erased, viewer).await;
    erase(&erased).await;
    [closed, blocker, erased]
}

async fn who_is_blocked_cannot_tell_it_from_closed_settings_or_an_erased_account(
    database: Database,
) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    let mut shown = Vec::new();
    for subject in three_who_give_nothing(&server, &ann).await {
        let answer = get(&ann, subject.id()).await;
        let body = answer.text.replace(&subject.id().to_string(), "…");
        // What is about the request, not about the subject.
        let mut headers = answer.headers;
        headers.remove("x-request-id").unwrap();
        headers.remove("date");
        shown.push((body, headers));
    }
    assert_eq!(shown[0], shown[1], "a block shows");
    assert_eq!(shown[0], shown[2], "an erasure shows");
    let permissions: Value = ACTIONS
        .map(|action| (action.to_owned(), json!(false)))
        .into_iter()
        .collect();
    let body: Value = serde_json::from_str(&shown[0].0).unwrap();
    assert_eq!(body, json!({"subject": "…", "permissions": permissions}));
    assert_eq!(names(&body), ["permissions", "subject"]);
}

async fn an_administrator_may_add_to_groups_whatever_the_audience(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    let admin = as_admin(&server, &bob);
    for audience in ["everyone", "contacts", "nobody"] {
        set(&ann, "who_can_add_to_groups", audience).await;
        assert_eq!(allowed(&admin, ann.id()).await, ACTIONS, "{audience}");
    }
    // And nothing else.
    close_everything(&ann).await;
    assert_eq!(allowed(&admin, ann.id()).await, ["add_to_group"]);
    assert_eq!(allowed(&bob, ann.id()).await, [""; 0]);
}

async fn no_administrator_adds_who_blocked_them_or_was_erased(database: Database) {
    let server = Server::start(&database).await;
    let bob = server.new_user();
    let admin = as_admin(&server, &bob);
    let [closed, blocker, erased] = three_who_give_nothing(&server, &bob).await;
    assert_eq!(allowed(&admin, closed.id()).await, ["add_to_group"]);
    for subject in [blocker, erased] {
        assert_eq!(allowed(&admin, subject.id()).await, [""; 0]);
    }
}

async fn an_id_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    for id in ["me", "1", "not-a-uuid", &ann.id().simple().to_string()] {
        let answer = ann.get(&format!("/api/v1/privacy/users/{id}/access")).await;
        assert_eq!(wrong_members(&answer), ["userId"], "{id}");
    }
}

async fn an_id_in_upper_case_means_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    set(&bob, "show_typing_indicator", false).await;
    let upper = path(bob.id()).replace(&bob.id().to_string(), &bob.id().to_string().to_uppercase());
    let answer = ann.get(&upper).await;
    assert_eq!(answer.json(), get(&ann, bob.id()).await.json());
    assert_eq!(answer.json()["subject"], json!(bob.id()));
    assert_eq!(answer.json()["permissions"]["view_typing"], false);
}

async fn who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them(database: Database) {
    let server = Server::start(&database).await;
    let unseen = new_user_id();
    assert_eq!(allowed(&server.new_user(), unseen).await, ACTIONS);
    let mut session = Session::on(&database);
    for table in ["users", "erased_users", "audit_log"] {
        assert_eq!(session.rows_of(table, unseen), 0, "{table}");
    }
}

async fn who_has_no_token_is_not_let_in(database: Database) {
    let server = Server::start(&database).await;
    let path = path(new_user_id());
    let answer = server.anonymous().get(&path).await;
    assert_error(&answer, &path, 401, "Authentication token is required");
}

async fn nobody_is_to_keep_an_answer(database: Database) {
    let server = Server::start(&database).await;
    let answer = get(&server.new_user(), new_user_id()).await;
    assert_eq!(answer.header("Cache-Control"), "no-store", "{answer}");
    assert!(!answer.has_header("ETag"), "{answer}");
}

async fn it_counts_as_one_of_a_users_other_requests(database: Database) {
    let server = Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")]).await;
    let answer = get(&server.new_user(), new_user_id()).await;
    let policy = answer.header("RateLimit-Policy");
    assert_eq!(policy, "\"general\";q=120;w=60", "{answer}");
}

/// Samples of each subject. More say no more: what is looked for would be a query, or a hash.
const SAMPLES: usize = 200;

async fn the_time_it_takes_does_not_tell_a_block_from_a_setting_or_an_erased_account(
    database: Database,
) {
    let server = Server::start(&database).await;
    let ann = server.new_user();
    let subjects = three_who_give_nothing(&server, &ann).await;
    let mut told = Vec::new();
    // What else the machine does may hit one of them once, but not again and again.
    for _ in 0..5 {
        let [closed, blocker, erased] = median_times(&ann, &subjects).await;
        let ratios = [blocker, erased].map(|other| other.as_secs_f64() / closed.as_secs_f64());
        if ratios.iter().all(|ratio| (1.0 / 1.5..1.5).contains(ratio)) {
            return;
        }
        told.push([closed, blocker, erased]);
    }
    panic!("{told:?}");
}

async fn median_times(ann: &Client, subjects: &[Client; 3]) -> [Duration; 3] {
    let mut times = [(); 3].map(|()| Vec::with_capacity(SAMPLES));
    // One after the other in turns, so that whatever else the machine does hits all three.
    for _ in 0..SAMPLES {
        for (subject, times) in subjects.iter().zip(&mut times) {
            let begun = Instant::now();
            get(ann, subject.id()).await;
            times.push(begun.elapsed());
        }
    }
    times.map(median)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

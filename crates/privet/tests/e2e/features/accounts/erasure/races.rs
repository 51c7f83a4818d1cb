//! Erasure while everything else goes on: nothing is left, whoever came first, and nothing fails.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::Method;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{ME, assert_gone, assert_nothing_left, path, service};
use crate::support::acting::{
    become_mutual_contacts, block_path, call, contact_path, except, exceptions_path, follow_path,
    set,
};
use crate::support::follows::{Between, become_follower, between};
use crate::support::settings::Settings;
use crate::support::{Answer, Client, Database, Server};

in_every_setup![
    nothing_outlives_an_erasure_that_runs_among_changes,
    nothing_outlives_an_erasure_among_first_requests,
    requests_decided_during_an_erasure_leave_nothing,
    who_are_tied_to_each_other_can_be_erased_at_once,
    ten_erasures_at_once_leave_one_tombstone,
    nobody_is_shown_anything_after_the_erasure_was_acknowledged,
];

const ROUNDS: usize = 25;

type Call = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Makes all calls as nearly at once as can be.
async fn at_once(calls: Vec<Call>) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(calls.len()));
    let mut running = JoinSet::new();
    for call in calls {
        let start = Arc::clone(&start);
        running.spawn(async move {
            start.wait().await;
            call.await
        });
    }
    running.join_all().await
}

fn made(user: &Client, method: Method, path: String) -> Call {
    let user = user.clone();
    Box::pin(async move { call(&user, method, &path).await })
}

fn excepting(owner: &Client, person: &Client) -> Call {
    let (owner, path) = (owner.clone(), exceptions_path(person.id()));
    let body = json!({"exceptions": {"view_typing": "never"}});
    Box::pin(async move { owner.put(&path, body).await })
}

/// Fails unless everything was either done, or refused because somebody is gone or apart.
fn assert_sound(answers: &[Answer]) {
    for answer in answers {
        assert!(
            [200, 201, 204, 401, 403, 404, 409].contains(&answer.status),
            "{answer}"
        );
    }
}

async fn nothing_outlives_an_erasure_that_runs_among_changes(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..ROUNDS {
        let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
        if round % 3 > 0 {
            become_mutual_contacts(&alice, &carol).await;
            become_follower(&carol, &alice).await;
        }
        let mut calls: Vec<Call> = Vec::new();
        for settings in Settings::ALL {
            calls.push(Box::pin(
                settings.switch(&alice, !settings.default()).send(),
            ));
        }
        for (one, other) in [(&alice, &bob), (&bob, &alice), (&carol, &alice)] {
            calls.push(made(one, Method::PUT, contact_path(other.id())));
            calls.push(made(one, Method::POST, follow_path(other.id())));
        }
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            calls.push(excepting(one, other));
        }
        calls.push(made(&alice, Method::PUT, block_path(carol.id())));
        calls.push(made(&bob, Method::PUT, block_path(alice.id())));
        let erasure = if round % 2 == 0 {
            made(&alice, Method::DELETE, ME.to_owned())
        } else {
            made(&service(&server), Method::DELETE, path(alice.id()))
        };
        // Not always first, and not always last.
        calls.insert(round % calls.len(), erasure);
        let answers = at_once(calls).await;
        assert_sound(&answers);
        assert!(answers.iter().any(|answer| answer.text.contains("deleted")));
        assert_nothing_left(&database, alice.id());
        assert_gone(&alice).await;
    }
}

async fn nothing_outlives_an_erasure_among_first_requests(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..ROUNDS {
        let alice = server.new_user();
        let mut calls: Vec<Call> = Vec::new();
        for settings in Settings::ALL.into_iter().cycle().take(10) {
            calls.push(made(&alice, Method::GET, settings.path().to_owned()));
        }
        calls.push(made(&service(&server), Method::DELETE, path(alice.id())));
        assert_sound(&at_once(calls).await);
        assert_nothing_left(&database, alice.id());
        assert_gone(&alice).await;
    }
}

async fn requests_decided_during_an_erasure_leave_nothing(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..ROUNDS {
        let (alice, bob) = (server.new_user(), server.new_user());
        between(&alice, &bob, Between::Request).await;
        let requests = "/api/v1/e-social/follows/requests";
        let pending = bob.get(&format!("{requests}/pending")).await.json();
        let id = pending["data"]["items"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let erased = if round % 2 == 0 { &alice } else { &bob };
        let mut calls = vec![
            made(erased, Method::DELETE, ME.to_owned()),
            made(&alice, Method::POST, follow_path(bob.id())),
            made(&bob, Method::POST, follow_path(alice.id())),
        ];
        let public = Settings::AccountPrivacy.switch(&bob, false);
        calls.push(Box::pin(public.send()));
        for _ in 0..3 {
            calls.push(made(&bob, Method::POST, format!("{requests}/{id}/accept")));
            calls.push(made(
                &bob,
                Method::DELETE,
                format!("{requests}/{id}/decline"),
            ));
        }
        assert_sound(&at_once(calls).await);
        assert_nothing_left(&database, erased.id());
        let follows = database
            .number("SELECT count(*) AS number FROM follows")
            .await;
        assert_eq!(follows, 0);
    }
}

async fn who_are_tied_to_each_other_can_be_erased_at_once(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..5 {
        let users = [(); 10].map(|()| server.new_user());
        for (place, one) in users.iter().enumerate() {
            for other in &users[place + 1..] {
                become_mutual_contacts(one, other).await;
                become_follower(one, other).await;
                except(one, other, json!({"view_typing": "never"})).await;
                except(other, one, json!({"view_typing": "always"})).await;
            }
            set(one, "isPrivate", true).await;
        }
        let calls = users.each_ref();
        let calls = calls.map(|user| made(user, Method::DELETE, ME.to_owned()));
        for answer in at_once(calls.into()).await {
            assert_eq!(answer.status, 200, "{answer}");
        }
        for user in &users {
            assert_nothing_left(&database, user.id());
        }
    }
}

async fn ten_erasures_at_once_leave_one_tombstone(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..ROUNDS {
        let (alice, service) = (server.new_user(), service(&server));
        Settings::Preferences.set(&alice, true).await;
        let mut calls = Vec::new();
        for _ in 0..5 {
            calls.push(made(&service, Method::DELETE, path(alice.id())));
            calls.push(made(&alice, Method::DELETE, ME.to_owned()));
        }
        for answer in at_once(calls).await {
            let late = answer.text.contains("Account has been deleted");
            assert!(
                answer.status == 200 || answer.status == 401 && late,
                "{answer}"
            );
        }
        assert_nothing_left(&database, alice.id());
    }
}

async fn nobody_is_shown_anything_after_the_erasure_was_acknowledged(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..ROUNDS {
        let alice = server.new_user();
        let acknowledged = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for settings in Settings::ALL.into_iter().cycle().take(8) {
            let (alice, acknowledged) = (alice.clone(), Arc::clone(&acknowledged));
            readers.spawn(async move {
                loop {
                    let known = acknowledged.load(Ordering::SeqCst);
                    let answer = alice.get(settings.path()).await;
                    assert!([200, 401].contains(&answer.status), "{answer}");
                    if known {
                        assert_eq!(answer.status, 401, "{answer}");
                        return;
                    }
                }
            });
        }
        Settings::Preferences.set(&alice, true).await;
        assert_eq!(alice.delete(ME).await.status, 200);
        acknowledged.store(true, Ordering::SeqCst);
        readers.join_all().await;
    }
}

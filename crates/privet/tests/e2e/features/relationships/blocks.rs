//! Blocks: what they end, what they leave, and who learns of them. What they share with contacts is in
//! `contacts_and_blocks`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::json;

use crate::support::acting::{block, call, follow, follow_path, set, unblock};
use crate::support::asking::{ask, assert_problem, service, yes};
use crate::support::contacts_and_blocks::Kind;
use crate::support::follows::{Between, become_follower, between, made, status};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server};

in_one_setup![
    a_block_ends_follows_and_requests_in_both_directions,
    a_block_leaves_everybody_elses_follows,
    no_follow_stands_beside_a_block_for_even_a_moment,
    lifting_a_block_restores_nothing,
    who_blocked_each_other_are_apart_until_both_lift_it,
    nobody_learns_who_blocked_them,
    blocking_again_ends_nothing_more_and_is_no_news,
    there_are_at_most_10_000_blocks_and_one_more_changes_nothing,
];

async fn a_block_ends_follows_and_requests_in_both_directions(database: Database) {
    let server = Server::start(&database).await;
    for there in Between::ALL {
        for back in Between::ALL {
            let (alice, bob) = (server.new_user(), server.new_user());
            between(&alice, &bob, there).await;
            between(&bob, &alice, back).await;
            block(&alice, &bob).await;
            for (one, other) in [(&alice, &bob), (&bob, &alice)] {
                assert_eq!(status(one, other).await, "NONE", "{there:?}, {back:?}");
                let stats = crate::support::follows::stats(one, one).await;
                let nothing = json!({"userId": one.id(), "followersCount": 0, "followingCount": 0,
                    "pendingRequestsCount": 0});
                assert_eq!(stats, nothing, "{there:?}, {back:?}");
            }
        }
    }
}

async fn a_block_leaves_everybody_elses_follows(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&carol, &alice).await;
    become_follower(&alice, &carol).await;
    become_follower(&carol, &bob).await;
    set(&bob, "isPrivate", true).await;
    set(&carol, "isPrivate", true).await;
    follow(&bob, &carol).await;
    block(&alice, &bob).await;
    assert_eq!(status(&carol, &alice).await, "ACCEPTED");
    assert_eq!(status(&alice, &carol).await, "ACCEPTED");
    assert_eq!(status(&carol, &bob).await, "ACCEPTED");
    assert_eq!(status(&bob, &carol).await, "PENDING");
}

async fn no_follow_stands_beside_a_block_for_even_a_moment(database: Database) {
    let server = Server::start(&database).await;
    let done = Arc::new(AtomicBool::new(false));
    // Looks at the tables themselves, all the time.
    let looks = Arc::new(AtomicUsize::new(0));
    let (mut session, watching, count) = (
        Session::on(&database),
        Arc::clone(&done),
        Arc::clone(&looks),
    );
    let watcher = std::thread::spawn(move || {
        while !watching.load(Ordering::SeqCst) {
            let beside = session.number(
                "(SELECT count(*) FROM blocks JOIN follows
                  ON blocker_id = follower_id AND blocked_id = following_id
                  OR blocker_id = following_id AND blocked_id = follower_id)",
            );
            assert_eq!(beside, 0, "a follow stood beside a block");
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    let mut rounds = 0;
    // Often enough that something was shown, however the two take turns.
    while rounds < 40 || looks.load(Ordering::SeqCst) <= 40 && !watcher.is_finished() {
        rounds += 1;
        let (alice, bob) = (server.new_user(), server.new_user());
        become_follower(&alice, &bob).await;
        between(&bob, &alice, Between::Request).await;
        block(&alice, &bob).await;
    }
    done.store(true, Ordering::SeqCst);
    let ended = tokio::task::spawn_blocking(|| watcher.join().unwrap());
    ended.await.unwrap();
}

async fn lifting_a_block_restores_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    become_follower(&alice, &bob).await;
    between(&bob, &alice, Between::Request).await;
    block(&alice, &bob).await;
    unblock(&alice, &bob).await;
    assert_eq!(status(&alice, &bob).await, "NONE");
    assert_eq!(status(&bob, &alice).await, "NONE");
    // But nothing stands against it any more.
    become_follower(&alice, &bob).await;
    follow(&bob, &alice).await;
    assert_eq!(status(&alice, &bob).await, "ACCEPTED");
    assert_eq!(status(&bob, &alice).await, "PENDING");
}

async fn who_blocked_each_other_are_apart_until_both_lift_it(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    block(&alice, &bob).await;
    block(&bob, &alice).await;
    let follow_status = async |follower: &Client, followed: &Client| {
        let path = follow_path(followed.id());
        call(follower, Method::POST, &path).await.status
    };
    assert_eq!(follow_status(&alice, &bob).await, 404);
    assert_eq!(follow_status(&bob, &alice).await, 404);
    unblock(&alice, &bob).await;
    // To whoever is still blocked it looks like a closed door.
    assert_eq!(made(&alice, &bob).await["status"], "PENDING");
    assert_eq!(follow_status(&bob, &alice).await, 404);
    unblock(&bob, &alice).await;
    become_follower(&alice, &bob).await;
    become_follower(&bob, &alice).await;
}

async fn nobody_learns_who_blocked_them(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let paths = [
        Kind::Blocks.list().to_owned(),
        Kind::Blocks.one(alice.id()),
        Kind::Contacts.list().to_owned(),
        "/api/v1/privacy/audit".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &paths {
        before.push(bob.get(path).await);
    }
    block(&alice, &bob).await;
    for (path, before) in paths.iter().zip(before) {
        let answer = bob.get(path).await;
        assert_eq!((answer.status, answer.text), (before.status, before.text));
    }
    let export = bob.get("/api/v1/users/me/export").await;
    assert!(!export.text.contains(&alice.id().to_string()), "{export}");
}

async fn blocking_again_ends_nothing_more_and_is_no_news(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let first = Kind::Blocks.add(&alice, bob.id()).await;
    let again = alice.add(&Kind::Blocks.one(bob.id())).await;
    assert_eq!((again.status, again.json()), (200, first), "{again}");
    // Blocks are no settings: they leave no entry in anybody's history.
    for user in [&alice, &bob] {
        assert!(crate::support::settings::history(user).await.is_empty());
    }
}

async fn there_are_at_most_10_000_blocks_and_one_more_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, known) = (server.new_user(), server.new_user(), server.new_user());
    block(&alice, &known).await;
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        become_follower(one, other).await;
    }
    Session::on(&database).execute("UPDATE list_counts SET blocks = 10000");
    let refused = alice.add(&Kind::Blocks.one(bob.id())).await;
    assert_problem(&refused, 409, "LIMIT_REACHED");
    Kind::Blocks.assert_none(&alice, bob.id()).await;
    // The follows stand, and so do decisions.
    for (one, other) in [(&alice, &bob), (&bob, &alice)] {
        assert_eq!(status(one, other).await, "ACCEPTED");
    }
    let allowed = ask(&service(&server), &bob, &alice, "view_profile").await;
    assert_eq!(allowed, yes("everyone"));
    let again = alice.add(&Kind::Blocks.one(known.id())).await;
    assert_eq!(again.status, 200, "{again}");
    unblock(&alice, &known).await;
    assert_eq!(alice.add(&Kind::Blocks.one(bob.id())).await.status, 201);
}

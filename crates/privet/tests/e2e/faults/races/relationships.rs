//! The same for contacts, blocks and follows: of several calls at once exactly one is the first, and no
//! two contradict each other.

use reqwest::Method;
use serde_json::Value;

use super::{count, ten};
use crate::support::acting::{accept_path, block_path, call, follow, follow_path, set, try_set};
use crate::support::contacts_and_blocks::Kind;
use crate::support::follows::{become_follower, stats, status};
use crate::support::shapes::assert_error;
use crate::support::{Answer, Client, Database, Server};

// The row of the user who is followed may be cached.
in_every_setup![a_wish_and_a_change_of_privacy_at_once_leave_one_follow];

// Relationships are not cached, and replicas share the locks of the database as connections do.
on_both_stores![
    of_ten_additions_at_once_exactly_one_is_new,
    of_ten_removals_at_once_exactly_one_finds_something,
    additions_and_removals_at_once_are_answered_as_one_after_the_other,
    of_ten_wishes_to_follow_at_once_one_follow_is_left,
    of_ten_acceptances_at_once_exactly_one_is_made,
    of_accepting_and_declining_at_once_exactly_one_wins,
    a_follow_and_a_block_at_once_never_leave_a_follow,
    two_who_add_each_other_at_once_are_mutual_contacts,
];

const ROUNDS: usize = 10;

/// Of ten calls, made as the number says.
async fn ten_calls(user: &Client, choose: impl Fn(usize) -> (Method, String)) -> Vec<Answer> {
    ten(|number| {
        let (user, (method, path)) = (user.clone(), choose(number));
        async move { call(&user, method, &path).await }
    })
    .await
}

async fn of_ten_additions_at_once_exactly_one_is_new(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        for _ in 0..ROUNDS {
            let (alice, bob) = (server.new_user(), server.new_user());
            let answers = ten_calls(&alice, |_| (Method::PUT, kind.one(bob.id()))).await;
            let (new, stood) = (count(&answers, 201), count(&answers, 200));
            assert_eq!((new, stood), (1, 9), "{answers:?}");
            let stands = alice.get(&kind.one(bob.id())).await.json();
            for answer in &answers {
                assert_eq!(answer.json(), stands);
            }
        }
    }
}

async fn of_ten_removals_at_once_exactly_one_finds_something(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        for _ in 0..ROUNDS {
            let (alice, bob) = (server.new_user(), server.new_user());
            kind.add(&alice, bob.id()).await;
            let answers = ten_calls(&alice, |_| (Method::DELETE, kind.one(bob.id()))).await;
            let (found, none) = (count(&answers, 204), count(&answers, 404));
            assert_eq!((found, none), (1, 9), "{answers:?}");
        }
    }
}

async fn additions_and_removals_at_once_are_answered_as_one_after_the_other(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        let path = kind.one(bob.id());
        let mut stood = false;
        for _ in 0..10 * ROUNDS {
            let answers = ten_calls(&alice, |number| match number % 2 {
                0 => (Method::PUT, path.clone()),
                _ => (Method::DELETE, path.clone()),
            })
            .await;
            let (added, removed) = (count(&answers, 201), count(&answers, 204));
            let (late, none) = (count(&answers, 200), count(&answers, 404));
            assert_eq!((added + late, removed + none), (5, 5), "{answers:?}");
            let stands = alice.get(&path).await.status == 200;
            let before = usize::from(stood) + added;
            assert_eq!(before, usize::from(stands) + removed, "{answers:?}");
            stood = stands;
        }
    }
}

async fn of_ten_wishes_to_follow_at_once_one_follow_is_left(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..ROUNDS {
        let (alice, bob) = (server.new_user(), server.new_user());
        set(&bob, "isPrivate", round % 2 == 0).await;
        let wish = (Method::POST, follow_path(bob.id()));
        let answers = ten_calls(&alice, |_| wish.clone()).await;
        assert_eq!(count(&answers, 200), 10, "{answers:?}");
        let mut follows: Vec<Value> = answers
            .iter()
            .map(|answer| answer.json()["data"].take())
            .collect();
        follows.dedup();
        assert_eq!(follows.len(), 1, "{follows:?}");
    }
}

/// Somebody with a private account, somebody who asks to follow it, and the id of the request.
async fn asked(server: &Server) -> (Client, Client, String) {
    let (alice, bob) = (server.new_user(), server.new_user());
    set(&bob, "isPrivate", true).await;
    let id = follow(&alice, &bob).await;
    (alice, bob, id)
}

async fn of_ten_acceptances_at_once_exactly_one_is_made(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..ROUNDS {
        let (alice, bob, id) = asked(&server).await;
        let answers = ten_calls(&bob, |_| (Method::POST, accept_path(&id))).await;
        let (made, late) = (count(&answers, 200), count(&answers, 409));
        assert_eq!((made, late), (1, 9), "{answers:?}");
        assert_eq!(status(&alice, &bob).await, "ACCEPTED");
        assert_eq!(stats(&bob, &bob).await["followersCount"], 1);
    }
}

async fn of_accepting_and_declining_at_once_exactly_one_wins(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..2 * ROUNDS {
        let (alice, bob, id) = asked(&server).await;
        let (accept, decline) = (
            accept_path(&id),
            accept_path(&id).replace("accept", "decline"),
        );
        let accepts = |number| (number + round) % 2 == 0;
        let answers = ten(|number| {
            let bob = bob.clone();
            let (method, path) = if accepts(number) {
                (Method::POST, accept.clone())
            } else {
                (Method::DELETE, decline.clone())
            };
            async move { call(&bob, method, &path).await }
        })
        .await;
        assert_eq!(count(&answers, 200), 1, "{answers:?}");
        // The others come after the winner, and are told so.
        let won = answers.iter().find(|answer| answer.status == 200).unwrap();
        let (left, late) = if won.json()["data"].is_null() {
            ("NONE", 404)
        } else {
            ("ACCEPTED", 409)
        };
        assert_eq!(count(&answers, late), 9, "{answers:?}");
        assert_eq!(status(&alice, &bob).await, left);
    }
}

async fn a_follow_and_a_block_at_once_never_leave_a_follow(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..2 * ROUNDS {
        let (alice, bob) = (server.new_user(), server.new_user());
        let (one, other) = if round % 2 == 0 {
            (&alice, &bob)
        } else {
            (&bob, &alice)
        };
        let answers = ten(|number| {
            // One blocks, the others follow in both directions.
            let (user, method, path) = match number {
                5 => (one, Method::PUT, block_path(other.id())),
                _ if number % 2 == 0 => (&alice, Method::POST, follow_path(bob.id())),
                _ => (&bob, Method::POST, follow_path(alice.id())),
            };
            let user = user.clone();
            async move { call(&user, method, &path).await }
        })
        .await;
        assert_eq!(count(&answers, 201), 1, "{answers:?}");
        assert_eq!(
            count(&answers, 200) + count(&answers, 404),
            9,
            "{answers:?}"
        );
        for answer in answers.iter().filter(|answer| answer.status == 404) {
            let message = "There is no such user, follow or request.";
            assert_error(answer, &follow_path(bob.id()), 404, message);
        }
        assert_eq!(status(one, other).await, "NONE");
        let stats = stats(one, one).await;
        assert_eq!(stats["pendingRequestsCount"], 0);
        let left = status(other, one).await;
        assert!(["NONE", "PENDING"].contains(&&*left), "{left}");
    }
}

async fn two_who_add_each_other_at_once_are_mutual_contacts(database: Database) {
    let server = Server::start(&database).await;
    for _ in 0..ROUNDS {
        let (alice, bob) = (server.new_user(), server.new_user());
        let answers = ten(|number| {
            let (one, other) = if number % 2 == 0 {
                (&alice, &bob)
            } else {
                (&bob, &alice)
            };
            let (one, path) = (one.clone(), Kind::Contacts.one(other.id()));
            async move { call(&one, Method::PUT, &path).await }
        })
        .await;
        assert_eq!(count(&answers, 201), 2, "{answers:?}");
        assert!(answers.iter().any(|answer| answer.json()["mutual"] == true));
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            let contact = one.get(&Kind::Contacts.one(other.id())).await.json();
            assert_eq!(contact["mutual"], true);
        }
    }
}

async fn a_wish_and_a_change_of_privacy_at_once_leave_one_follow(database: Database) {
    let server = Server::start(&database).await;
    for round in 0..ROUNDS {
        let (alice, bob) = (server.new_user(), server.new_user());
        set(&bob, "isPrivate", true).await;
        if round % 2 == 0 {
            follow(&alice, &bob).await;
        }
        let answers = ten(|number| {
            let (alice, bob) = (alice.clone(), bob.clone());
            async move {
                if number == 4 {
                    try_set(&bob, "isPrivate", false).await
                } else {
                    call(&alice, Method::POST, &follow_path(bob.id())).await
                }
            }
        })
        .await;
        assert_eq!(count(&answers, 200), 10, "{answers:?}");
        // Whoever came first: whoever asks afterwards follows.
        become_follower(&alice, &bob).await;
        let numbers = stats(&bob, &bob).await;
        assert_eq!(numbers["followersCount"], 1);
        assert_eq!(numbers["pendingRequestsCount"], 0);
    }
}

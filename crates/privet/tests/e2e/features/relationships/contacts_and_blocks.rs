//! What holds for contacts and for blocks alike: adding, reading and removing one. Their lists are in
//! `lists.rs` beside this file.

use reqwest::Method;
use serde_json::json;

use crate::support::acting::erase;
use crate::support::asking::wrong_members;
use crate::support::contacts_and_blocks::{Kind, NO_IDS};
use crate::support::settings::{Settings, names, time};
use crate::support::sql::Session;
use crate::support::{Database, Server, new_user_id};

in_one_setup![
    what_is_added_is_new_the_first_time_only,
    what_is_added_can_be_read,
    what_was_removed_is_gone,
    what_was_removed_can_be_added_anew,
    there_is_none_that_was_never_added,
    everybodys_are_their_own,
    nobody_can_add_themselves,
    nobody_has_themselves,
    somebody_never_seen_can_be_added_and_is_not_stored,
    somebody_erased_can_be_neither_added_nor_read_nor_removed,
    an_id_in_upper_case_means_the_same_user,
    an_id_that_is_none_is_refused,
    the_slash_at_the_end_makes_no_difference,
    answers_are_for_the_caller_alone,
];

async fn what_is_added_is_new_the_first_time_only(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        // The envelope says what time it is.
        let before = Settings::AccountPrivacy.get(&alice).await;
        let first = kind.add(&alice, bob.id()).await;
        assert_eq!(names(&first), kind.members());
        assert_eq!(first["user_id"], json!(bob.id()));
        let after = Settings::AccountPrivacy.get(&alice).await;
        let since = time(&first[kind.since()]);
        assert!(time(&before.json()["action_time"]) <= since);
        assert!(since <= time(&after.json()["action_time"]));
        for _ in 0..3 {
            let answer = alice.add(&kind.one(bob.id())).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.json(), first);
        }
    }
}

async fn what_is_added_can_be_read(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
        let added = [
            kind.add(&alice, bob.id()).await,
            kind.add(&alice, carol.id()).await,
        ];
        for (other, added) in [bob, carol].iter().zip(added) {
            let answer = alice.get(&kind.one(other.id())).await;
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.json(), added);
        }
    }
}

async fn what_was_removed_is_gone(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
        kind.add(&alice, bob.id()).await;
        kind.add(&alice, carol.id()).await;
        let answer = alice.delete(&kind.one(bob.id())).await;
        assert_eq!((answer.status, &*answer.text), (204, ""), "{answer}");
        kind.assert_none(&alice, bob.id()).await;
        kind.assert_absent(&alice.delete(&kind.one(bob.id())).await);
        // And nothing else is.
        assert_eq!(alice.get(&kind.one(carol.id())).await.status, 200);
    }
}

async fn what_was_removed_can_be_added_anew(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        let first = kind.add(&alice, bob.id()).await;
        alice.delete(&kind.one(bob.id())).await;
        let second = kind.add(&alice, bob.id()).await;
        assert!(time(&first[kind.since()]) < time(&second[kind.since()]));
        assert_eq!(alice.get(&kind.one(bob.id())).await.json(), second);
    }
}

async fn there_is_none_that_was_never_added(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        for other in [bob.id(), new_user_id()] {
            kind.assert_none(&alice, other).await;
            kind.assert_absent(&alice.delete(&kind.one(other)).await);
        }
    }
}

async fn everybodys_are_their_own(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
        kind.add(&alice, bob.id()).await;
        // Neither somebody else nor the one it is about has it, or can take it away.
        for (user, other) in [(&carol, &bob), (&bob, &alice), (&carol, &alice)] {
            kind.assert_none(user, other.id()).await;
            kind.assert_absent(&user.delete(&kind.one(other.id())).await);
            let list = user.get(kind.list()).await.json();
            assert_eq!(list, json!({kind.items(): [], "next_cursor": null}));
        }
        assert_eq!(alice.get(&kind.one(bob.id())).await.status, 200);
    }
}

async fn nobody_can_add_themselves(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let id = alice.id().to_string();
        for id in [id.to_uppercase(), id] {
            let answer = alice.add(&format!("{}/{id}", kind.list())).await;
            assert_eq!(wrong_members(&answer), ["userId"]);
            assert_eq!(
                answer.json()["errors"][0]["message"],
                "must be somebody else"
            );
        }
        let list = alice.get(kind.list()).await.json();
        assert_eq!(list[kind.items()], json!([]));
    }
}

async fn nobody_has_themselves(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        kind.assert_none(&alice, alice.id()).await;
        kind.assert_absent(&alice.delete(&kind.one(alice.id())).await);
    }
}

async fn somebody_never_seen_can_be_added_and_is_not_stored(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, unseen) = (server.new_user(), new_user_id());
        kind.add(&alice, unseen).await;
        let rows = Session::on(&database).rows_naming(unseen);
        let tables: Vec<_> = rows.keys().collect();
        assert_eq!(tables, [kind.items()]);
        // Whoever they are, it stands when they come.
        assert_eq!(alice.get(&kind.one(unseen)).await.status, 200);
        server.user(unseen).get(kind.list()).await;
        assert_eq!(alice.get(&kind.one(unseen)).await.status, 200);
    }
}

async fn somebody_erased_can_be_neither_added_nor_read_nor_removed(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, before, never) = (server.new_user(), server.new_user(), server.new_user());
        kind.add(&alice, before.id()).await;
        for erased in [before, never] {
            erase(&erased).await;
            for method in [Method::GET, Method::DELETE, Method::PUT, Method::GET] {
                let answer = alice.request(method, &kind.one(erased.id())).send().await;
                kind.assert_absent(&answer);
            }
        }
    }
}

async fn an_id_in_upper_case_means_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        let upper = format!("{}/{}", kind.list(), bob.id().to_string().to_uppercase());
        let answer = alice.add(&upper).await;
        assert_eq!(answer.status, 201, "{answer}");
        assert_eq!(answer.json()["user_id"], bob.id().to_string());
        assert_eq!(alice.add(&kind.one(bob.id())).await.status, 200);
        let answer = alice.get(&upper).await;
        assert_eq!(answer.json()["user_id"], bob.id().to_string());
        assert_eq!(alice.delete(&upper).await.status, 204);
        kind.assert_none(&alice, bob.id()).await;
    }
}

async fn an_id_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for kind in Kind::ALL {
        for id in NO_IDS {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let path = format!("{}/{id}", kind.list());
                let answer = alice.request(method, &path).send().await;
                assert_eq!(wrong_members(&answer), ["userId"], "{path}");
            }
        }
    }
}

async fn the_slash_at_the_end_makes_no_difference(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        let (without, with) = (kind.one(bob.id()), kind.one(bob.id()) + "/");
        assert_eq!(alice.add(&with).await.status, 201);
        assert_eq!(alice.add(&without).await.status, 200);
        assert_eq!(
            alice.get(&with).await.json(),
            alice.get(&without).await.json()
        );
        let list = alice.get(&format!("{}/", kind.list())).await;
        assert_eq!(list.json(), alice.get(kind.list()).await.json());
        assert_eq!(alice.delete(&with).await.status, 204);
        assert_eq!(alice.delete(&without).await.status, 404);
    }
}

async fn answers_are_for_the_caller_alone(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        for answer in [
            alice.add(&kind.one(bob.id())).await,
            alice.get(&kind.one(bob.id())).await,
            alice.get(kind.list()).await,
        ] {
            assert_eq!(answer.header("Cache-Control"), "private, no-cache");
            assert_eq!(answer.header("Vary"), "Authorization");
            assert_eq!(answer.header("Content-Type"), "application/json");
        }
    }
}

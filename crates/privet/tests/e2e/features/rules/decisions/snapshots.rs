//! All answers of a call come from one moment: no change shows in a part of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::acting::{accept, become_mutual_contacts, block, erase, follow, set};
use crate::support::asking::{check, decide, no, service, yes};
use crate::support::{Database, Server, new_user_id};

in_every_setup![
    settings_changed_together_show_together_in_every_answer,
    a_block_and_the_end_of_a_follow_show_together,
    an_erasure_shows_whole_or_not_at_all,
];

const ROUNDS: usize = 15;

async fn settings_changed_together_show_together_in_every_answer(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, viewer) = (server.new_user(), new_user_id());
    // The first and the last of many, in case they are looked up in parts.
    let others = (0..998).map(|_| check(viewer, new_user_id(), "view_typing"));
    let mut checks: Vec<_> = others.collect();
    checks.insert(0, check(viewer, ann.id(), "view_typing"));
    checks.push(check(viewer, ann.id(), "view_read_receipts"));
    let done = Arc::new(AtomicBool::new(false));
    let changing = tokio::spawn({
        let (ann, done) = (ann.clone(), Arc::clone(&done));
        async move {
            let mut on = true;
            while !done.load(Ordering::SeqCst) {
                on = !on;
                let settings = json!({"show_typing_indicator": on, "show_read_receipts": on});
                let body = json!({"settings": settings});
                let answer = ann.put("/api/v1/privacy/settings", body).await;
                assert_eq!(answer.status, 200, "{answer}");
            }
        }
    });
    let mut seen = [0, 0];
    for _ in 0..ROUNDS {
        let decisions = decide(&service, checks.clone()).await;
        assert_eq!(decisions[0], decisions[999]);
        seen[usize::from(decisions[0].0)] += 1;
    }
    done.store(true, Ordering::SeqCst);
    changing.await.unwrap();
    assert!(
        seen.iter().all(|count| *count > 0),
        "{seen:?}: nothing shown"
    );
}

async fn a_block_and_the_end_of_a_follow_show_together(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for _ in 0..ROUNDS {
        let (ann, bob) = (server.new_user(), server.new_user());
        set(&ann, "isPrivate", true).await;
        let request = follow(&bob, &ann).await;
        accept(&ann, &request).await;
        let question = check(bob.id(), ann.id(), "view_content");
        let blocking = tokio::spawn(async move { block(&ann, &bob).await });
        loop {
            let ended = blocking.is_finished();
            let decision = decide(&service, vec![question.clone()]).await.remove(0);
            let known = [yes("accepted_follower"), no("blocked")];
            assert!(known.contains(&decision), "{decision:?}");
            if ended {
                assert_eq!(decision, no("blocked"));
                break;
            }
        }
        blocking.await.unwrap();
    }
}

async fn an_erasure_shows_whole_or_not_at_all(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for _ in 0..ROUNDS {
        let (ann, bob) = (server.new_user(), server.new_user());
        set(&ann, "isPrivate", true).await;
        set(&ann, "who_can_see_profile", "contacts").await;
        set(&ann, "show_typing_indicator", false).await;
        become_mutual_contacts(&ann, &bob).await;
        let before = [
            no("private_account"),
            yes("mutual_contact"),
            no("setting_off"),
        ];
        let after = [no("erased"), no("erased"), no("erased")];
        let questions = ["view_content", "view_profile", "view_typing"];
        let questions = questions.map(|action| check(bob.id(), ann.id(), action));
        let erasing = tokio::spawn(async move { erase(&ann).await });
        loop {
            let ended = erasing.is_finished();
            let decisions = decide(&service, questions.to_vec()).await;
            assert!(decisions == before || decisions == after, "{decisions:?}");
            if ended {
                assert_eq!(decisions, after);
                break;
            }
        }
        erasing.await.unwrap();
    }
}

//! The requests of a blocked user execute the same statements as the requests to a private account.

use privet_application::relationships::follows::FollowStore;
use privet_application::rules::decisions::{DecisionStore, Inquiry, Needs, Question};
use privet_application::settings::SettingsStore;
use privet_domain::{Pair, UserId};

use super::BlockStore;
use crate::Backend;
use crate::follows::{ending, wish};
use crate::plans::statements_about;
use crate::samples::{at, choices, first_seen, some_id};

pub async fn a_block_takes_the_statements_of_a_closed_account<B: Backend>(backend: &B) {
    let (viewer, closed, blocking) = (some_id(), some_id(), some_id());
    for owner in [viewer, closed, blocking] {
        let mut row = first_seen(owner);
        row.choices = choices([("account.is_private", (owner == closed).into())]);
        backend.store().create(row.clone().into()).await.unwrap();
    }
    let block = Pair::new(blocking, viewer).unwrap();
    backend.store().add_block(block, at(0)).await.unwrap();
    let about_closed = ask_everything(backend, viewer, closed).await;
    let about_blocking = ask_everything(backend, viewer, blocking).await;
    assert!(about_closed.len() > 10, "{about_closed:#?}");
    assert_eq!(about_blocking, about_closed);
}

/// The statements of all requests that a viewer can make about an owner, without parameters, and without those that add to
/// the feed: of a withheld request the feed has one row, and of another one two.
async fn ask_everything<B: Backend>(backend: &B, viewer: UserId, owner: UserId) -> Vec<String> {
    let (store, pair) = (backend.store(), Pair::new(viewer, owner).unwrap());
    let before = statements_about(owner).len();
    let inquiry = Inquiry {
        question: Question {
            viewer,
            subject: owner,
        },
        needs: Needs {
            contacts: true,
            follows: true,
            followed: true,
            viewer: true,
        },
    };
    for _ in 0..2 {
        store.facts(&[inquiry]).await.unwrap();
        store.follow(&wish(pair, 2)).await.unwrap();
        store.find_follow(pair).await.unwrap();
        store.count_follows(owner).await.unwrap();
    }
    for _ in 0..2 {
        store.end_follow(&ending(pair, None)).await.unwrap();
        store.find_follow(pair).await.unwrap();
    }
    let mut statements = statements_about(owner).split_off(before);
    statements.retain(|sql| !sql.replace('`', "").starts_with("INSERT INTO changes"));
    statements
}

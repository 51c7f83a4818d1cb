//! Thousands of pairs with one user in common, as a filter asks for them. A store may find their facts by a statement of
//! its own; they MUST be the same as those of a few pairs.

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::FollowStore;
use privet_application::rules::decisions::{MOST_PAIRS, Needs, Question, StoredFacts};
use privet_application::settings::SettingsStore;
use privet_domain::catalogue::Cohorts;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::{Pair, UserId};
use serde_json::json;

use super::{Tie, ask, question};
use crate::Backend;
use crate::follows::wish;
use crate::plans::fill;
use crate::samples::{at, choices, erase, first_seen, some_id};

/// The number of users with facts between them and the one user.
const OTHERS: usize = 48;

pub async fn many_pairs_of_one_user_have_the_facts_of_a_few<B: Backend>(backend: &B) {
    let one = some_id();
    let others = others_of(backend, one).await;
    assert_same(backend, one, &others).await;
    create(backend, one, 2).await;
    assert_same(backend, one, &others).await;
    erase(backend.store(), one, at(9)).await;
    assert_same(backend, one, &others).await;
}

/// So many have added and blocked the one user that their lists are not read.
pub async fn many_pairs_of_a_user_whom_thousands_added_have_the_facts_of_a_few<B: Backend>(
    backend: &B,
) {
    let one = some_id();
    let others = others_of(backend, one).await;
    create(backend, one, 2).await;
    let dialect = backend.dialect();
    let (popular, other, time) = ((dialect.id)(one), dialect.random_id, dialect.time);
    let tables = [
        "contacts (contact_id, owner_id, added_at)",
        "blocks (blocked_id, blocker_id, blocked_at)",
    ];
    let inserts =
        tables.map(|table| format!("INSERT INTO {table} SELECT {popular}, {other}, {time}"));
    fill(backend, &inserts);
    assert_same(backend, one, &others).await;
}

/// Users with facts in many combinations between them and the one user, who has no row; the one user; and a user never
/// seen.
async fn others_of<B: Backend>(backend: &B, one: UserId) -> Vec<UserId> {
    let mut others = vec![one, some_id()];
    for number in 0..OTHERS {
        let other = some_id();
        create(backend, other, number % 3).await;
        relate(backend, Pair::new(other, one).unwrap(), number).await;
        if number % 11 == 10 {
            erase(backend.store(), other, at(9)).await;
        }
        others.push(other);
    }
    others
}

/// Stores a user who chose nothing (1), or who chose something and has a cohort (2); stores nothing for 0.
async fn create<B: Backend>(backend: &B, user_id: UserId, kind: usize) {
    if kind == 0 {
        return;
    }
    let mut user = first_seen(user_id);
    if kind == 2 {
        user.choices = choices([("account.is_private", json!(true))]);
        user.cohorts = Cohorts::of(["minor"]);
    }
    backend.store().create(user.clone().into()).await.unwrap();
}

/// Stores the relationships of this number.
async fn relate<B: Backend>(backend: &B, pair: Pair, number: usize) {
    let store = backend.store();
    let tie = |number: usize| Tie::ALL[number % 4].directions(pair);
    for added in tie(number) {
        store.add_contact(added, at(1)).await.unwrap();
        let marked = store.set_close_friend(added, number % 8 >= 4, at(2));
        marked.await.unwrap();
    }
    // The account of every third of the others is private, so that some of these are requests.
    for followed in tie(number / 4) {
        store.follow(&wish(followed, 3)).await.unwrap();
    }
    for (place, owner) in tie(number / 2).into_iter().enumerate() {
        let action = if place == 0 { "call" } else { "view_profile" };
        let exceptions = Exceptions::of([(action, Exception::Never)]);
        let set = store.set_exceptions(owner, &exceptions, at(4));
        set.await.unwrap();
    }
    if number % 7 == 1 {
        store.add_block(pair, at(5)).await.unwrap();
    } else if number % 7 == 2 {
        store.add_block(pair.reversed(), at(5)).await.unwrap();
    }
}

/// Fails if many pairs of the one user have facts that they do not have in a request for a few.
async fn assert_same<B: Backend>(backend: &B, one: UserId, others: &[UserId]) {
    let as_subject = |other| question(other, one);
    let as_viewer = |other| question(one, other);
    let mut questions: [Vec<Question>; 2] = [
        others.iter().copied().map(as_subject).collect(),
        others.iter().copied().map(as_viewer).collect(),
    ];
    // The row of the one user is not always that of the first pair.
    questions[1].reverse();
    for few in &questions {
        let many = few.iter().copied().cycle();
        let many: Vec<_> = many.take(MOST_PAIRS + 1).collect();
        for needs in all_needs() {
            let expected = ask(backend, few, needs).await;
            let found = ask(backend, &many, needs).await;
            assert_eq!(found.len(), many.len());
            for (found, expected) in found.into_iter().zip(expected.into_iter().cycle()) {
                assert_eq!(needed(found, needs), needed(expected, needs), "{needs:?}");
            }
        }
    }
}

fn all_needs() -> impl Iterator<Item = Needs> {
    (0..16_u8).map(|bits| Needs {
        contacts: bits & 1 != 0,
        follows: bits & 2 != 0,
        followed: bits & 4 != 0,
        viewer: bits & 8 != 0,
    })
}

/// The facts without those that a store may leave out.
fn needed(mut facts: StoredFacts, needs: Needs) -> StoredFacts {
    let relationship = &mut facts.relationship;
    if !needs.viewer && !relationship.subject.added {
        relationship.viewer.added = false;
        relationship.viewer.close_friend = false;
    }
    if !needs.contacts {
        for ties in [&mut relationship.subject, &mut relationship.viewer] {
            ties.added = false;
            ties.close_friend = false;
        }
    }
    relationship.viewer.follows &= needs.follows;
    relationship.subject.follows &= needs.followed;
    facts
}

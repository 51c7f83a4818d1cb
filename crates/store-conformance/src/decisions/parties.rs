//! The facts about viewer and subject, and their directions.

use std::collections::BTreeSet;

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::relationships::follows::FollowStore;
use privet_application::rules::decisions::{DecisionStore, Inquiry, Needs, StoredParty};
use privet_application::settings::SettingsStore;
use privet_domain::Pair;
use privet_domain::catalogue::Cohorts;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::rules::decisions::Relationship;

use super::{Asked, EVERYTHING, Tie, about, are_mutual_contacts, ask, ask_one, tied};
use crate::Backend;
use crate::follows::wish;
use crate::samples::{at, erase, first_seen, some_id, some_pair};

/// The store reads the viewer's contacts only if the subject has added the viewer, which is rare.
pub async fn whom_the_viewer_added_may_be_left_out_unless_the_viewer_is_needed<B: Backend>(
    backend: &B,
) {
    let mut questions = Vec::new();
    for contacts in Tie::ALL {
        questions.push(about(tied(backend, contacts, Tie::None, Asked::No).await));
    }
    let needs = Needs {
        contacts: true,
        ..Needs::default()
    };
    let found = ask(backend, &questions, needs).await;
    for (contacts, found) in Tie::ALL.into_iter().zip(found) {
        let Relationship { subject, .. } = found.relationship;
        assert_eq!(subject.added, contacts.by_subject());
        let are_mutual = are_mutual_contacts(found.relationship);
        assert_eq!(are_mutual, contacts == Tie::Both);
    }
}

pub async fn each_direction_of_a_follow_is_told<B: Backend>(backend: &B) {
    let pair = some_pair();
    backend.store().follow(&wish(pair, 1)).await.unwrap();
    let Relationship {
        subject, viewer, ..
    } = ask_one(backend, about(pair)).await.relationship;
    assert!(viewer.follows && !subject.follows);
    let Relationship {
        subject, viewer, ..
    } = ask_one(backend, about(pair.reversed())).await.relationship;
    assert!(subject.follows && !viewer.follows);
}

pub async fn close_friends_are_told_from_other_contacts<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    for pair in [pair, pair.reversed()] {
        store.add_contact(pair, at(1)).await.unwrap();
    }
    let marked = store.set_close_friend(pair.reversed(), true, at(2));
    assert!(marked.await.unwrap().unwrap().close_friend);
    let Relationship {
        subject, viewer, ..
    } = ask_one(backend, about(pair)).await.relationship;
    assert!(subject.close_friend && !viewer.close_friend);
    let Relationship {
        subject, viewer, ..
    } = ask_one(backend, about(pair.reversed())).await.relationship;
    assert!(viewer.close_friend && !subject.close_friend);
}

/// A batch asks for the facts of both users if one of its requests does.
pub async fn facts_are_the_same_whatever_else_is_asked_with_them<B: Backend>(backend: &B) {
    let store = backend.store();
    let pairs: Vec<_> = (0..8).map(|_| some_pair()).collect();
    for (number, pair) in pairs.iter().enumerate() {
        let (viewer, subject) = (pair.actor(), pair.other());
        store.create(first_seen(subject).into()).await.unwrap();
        if number % 2 == 0 {
            store.add_contact(pair.reversed(), at(1)).await.unwrap();
            store.add_contact(*pair, at(1)).await.unwrap();
        }
        if number % 3 == 0 {
            let never = Exceptions::of([("call", Exception::Never)]);
            let set = store.set_exceptions(pair.reversed(), &never, at(1));
            set.await.unwrap();
        }
        if number % 4 == 1 {
            store.add_block(pair.reversed(), at(1)).await.unwrap();
        }
        if number == 7 {
            erase(store, viewer, at(2)).await;
        }
    }
    let needs = Needs {
        viewer: false,
        followed: false,
        ..EVERYTHING
    };
    let questions: Vec<_> = pairs.iter().copied().map(about).collect();
    let alone = ask(backend, &questions, needs).await;
    let inquiry = |question, needs| Inquiry { question, needs };
    let mut inquiries: Vec<_> = questions.iter().map(|it| inquiry(*it, needs)).collect();
    inquiries.push(inquiry(about(some_pair()), EVERYTHING));
    let mut together = store.facts(&inquiries).await.unwrap();
    together.pop();
    assert_eq!(alone, together);
    let distinct: Vec<_> = alone.iter().map(|facts| format!("{facts:?}")).collect();
    assert!(
        distinct.iter().collect::<BTreeSet<_>>().len() >= 4,
        "{alone:?}"
    );
}

/// A service may be restored from a backup that lacks the row of a user who is still cached.
pub async fn exceptions_of_a_user_without_a_row_are_found_before_and_after_its_creation<
    B: Backend,
>(
    backend: &B,
) {
    let store = backend.store();
    let pair = some_pair();
    let exceptions = Exceptions::of([("call", Exception::Never)]);
    let set = store.set_exceptions(pair, &exceptions, at(1));
    set.await.unwrap();
    for _ in 0..2 {
        let found = ask_one(backend, about(pair.reversed())).await;
        assert_eq!(found.subject.exceptions, exceptions);
        let found = ask_one(backend, about(pair)).await;
        assert_eq!(found.viewer.unwrap().exceptions, exceptions);
        store.create(first_seen(pair.actor()).into()).await.unwrap();
    }
}

pub async fn cohorts_and_exceptions_of_both_are_told<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    let exceptions = |action| Exceptions::of([(action, Exception::Never)]);
    for (pair, cohort, action) in [
        (pair, "minor", "call"),
        (pair.reversed(), "staff", "view_profile"),
    ] {
        let mut user = first_seen(pair.actor());
        user.cohorts = Cohorts::of([cohort]);
        store.create(user.clone().into()).await.unwrap();
        let exceptions = exceptions(action);
        let set = store.set_exceptions(pair, &exceptions, at(1));
        set.await.unwrap();
    }
    let party = |cohort: &str, action| StoredParty {
        cohorts: Cohorts::of([cohort]),
        exceptions: exceptions(action),
        ..StoredParty::default()
    };
    let found = ask_one(backend, about(pair)).await;
    assert_eq!(found.subject, party("staff", "view_profile"));
    assert_eq!(found.viewer, Some(party("minor", "call")));
    let stranger = about(Pair::new(some_id(), pair.other()).unwrap());
    let found = ask_one(backend, stranger).await;
    assert!(found.subject.exceptions.is_empty());
    store
        .remove_exceptions(pair.reversed(), at(2))
        .await
        .unwrap();
    let found = ask_one(backend, about(pair)).await;
    assert!(found.subject.exceptions.is_empty());
}

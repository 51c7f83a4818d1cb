//! Requirements on every [`SettingsStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod batches;
mod values;

use std::sync::Arc;

use privet_application::StoreError;
use privet_application::settings::audit::AuditStore;
use privet_application::settings::{Creation, Outcome, Presence, RowChange, SettingsStore};
use privet_domain::settings::user::User;
use tokio::task::JoinSet;

use crate::Backend;
use crate::audit::newest;
use crate::samples::{
    Choice, at, change, erase, first_seen, no_email, private_account, settings_event, somebody,
};

pub use batches::*;
pub use values::*;

fn here(user: &User) -> Presence {
    Presence::Here(Box::new(user.clone()))
}

/// Creates a user.
async fn make<B: Backend>(backend: &B) -> User {
    let user = somebody();
    let presence = backend.store().create(user.clone().into()).await.unwrap();
    assert_eq!(presence, here(&user));
    user
}

/// Executes a change that must succeed, and returns the row that is found then.
async fn set<B: Backend>(backend: &B, user: &User, choice: Choice) -> User {
    store(backend, change(user, choice)).await
}

/// The same for a given change.
async fn store<B: Backend>(backend: &B, change: RowChange) -> User {
    let outcome = backend.store().compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Stored);
    let found = backend.store().find(change.row.id).await.unwrap();
    assert_eq!(found, here(&change.row));
    change.row
}

pub async fn a_user_never_seen_is_unknown<B: Backend>(backend: &B) {
    let presence = backend.store().find(somebody().id).await.unwrap();
    assert_eq!(presence, Presence::Unknown);
}

pub async fn a_created_row_is_answered_and_found<B: Backend>(backend: &B) {
    let user = make(backend).await;
    assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
}

pub async fn creating_again_answers_the_first_row<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let again = backend
        .store()
        .create(first_seen(user.id).into())
        .await
        .unwrap();
    assert_eq!(again, here(&user));
}

pub async fn ten_simultaneous_creates_store_one_row<B: Backend>(backend: &B) {
    let id = somebody().id;
    let mut creates = JoinSet::new();
    for _ in 0..10 {
        let store = Arc::clone(backend.store());
        creates.spawn(async move { store.create(first_seen(id).into()).await.unwrap() });
    }
    let answers = creates.join_all().await;
    let stored = backend.store().find(id).await.unwrap();
    assert!(matches!(stored, Presence::Here(_)));
    for answer in answers {
        assert_eq!(answer, stored);
    }
}

pub async fn an_erased_user_is_told_from_an_unknown_one<B: Backend>(backend: &B) {
    let user = make(backend).await;
    erase(backend.store(), user.id, at(9)).await;
    let presence = backend.store().find(user.id).await.unwrap();
    assert_eq!(presence, Presence::Erased);
    a_user_never_seen_is_unknown(backend).await;
}

pub async fn an_erased_user_is_not_made_again<B: Backend>(backend: &B) {
    let user = somebody();
    erase(backend.store(), user.id, at(9)).await;
    let presence = backend.store().create(user.clone().into()).await.unwrap();
    assert_eq!(presence, Presence::Erased);
    let presence = backend.store().find(user.id).await.unwrap();
    assert_eq!(presence, Presence::Erased);
}

pub async fn a_user_erased_while_being_made_stays_erased<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let id = somebody().id;
        let mut racers = JoinSet::new();
        for _ in 0..3 {
            let store = Arc::clone(backend.store());
            racers.spawn(async move { drop(store.create(first_seen(id).into()).await.unwrap()) });
        }
        let store = Arc::clone(backend.store());
        racers.spawn(async move { erase(&store, id, at(9)).await });
        racers.join_all().await;
        let presence = backend.store().find(id).await.unwrap();
        assert_eq!(presence, Presence::Erased);
    }
}

pub async fn a_creation_is_stored_with_its_events<B: Backend>(backend: &B) {
    let change = change(&somebody(), private_account(true));
    let creation = Creation {
        row: change.row.clone(),
        events: vec![change.event.clone()],
    };
    let presence = backend.store().create(creation).await.unwrap();
    assert_eq!(presence, here(&change.row));
    let listed = backend
        .store()
        .list(&newest(change.row.id, 10))
        .await
        .unwrap();
    assert_eq!(listed, change.event.entries());
}

pub async fn of_a_creation_that_comes_late_no_event_is_stored<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let change = change(&user, private_account(true));
    let late = Creation {
        row: change.row,
        events: vec![change.event],
    };
    let presence = backend.store().create(late).await.unwrap();
    assert_eq!(presence, here(&user));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
}

pub async fn a_change_is_stored_whole<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let change = change(&user, private_account(true));
    let outcome = backend.store().compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Stored);
    let found = backend.store().find(user.id).await.unwrap();
    assert_eq!(found, here(&change.row));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, change.event.entries());
}

pub async fn a_change_without_entries_is_stored<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let change = RowChange {
        event: settings_event(user.id, Vec::new()),
        ..change(&user, no_email())
    };
    let outcome = backend.store().compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Stored);
    let found = backend.store().find(user.id).await.unwrap();
    assert_eq!(found, here(&change.row));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
}

pub async fn a_change_leaves_other_users_alone<B: Backend>(backend: &B) {
    let (one, other) = (make(backend).await, make(backend).await);
    set(backend, &one, no_email()).await;
    assert_eq!(backend.store().find(other.id).await.unwrap(), here(&other));
}

pub async fn a_lost_race_stores_nothing<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let stored = set(backend, &user, no_email()).await;
    let late = change(&user, private_account(true));
    let outcome = backend.store().compare_and_set(&late).await.unwrap();
    assert_eq!(outcome, Outcome::Conflict);
    assert_eq!(backend.store().find(user.id).await.unwrap(), here(&stored));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_ne!(listed, late.event.entries());
}

pub async fn of_ten_simultaneous_changes_one_is_stored<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let mut changes = JoinSet::new();
    for _ in 0..10 {
        let (store, change) = (Arc::clone(backend.store()), change(&user, no_email()));
        changes.spawn(async move {
            let outcome = store.compare_and_set(&change).await.unwrap();
            (outcome, change)
        });
    }
    let mut outcomes = changes.join_all().await;
    outcomes.retain(|(outcome, _)| *outcome == Outcome::Stored);
    let [(_, winner)] = outcomes.try_into().unwrap();
    let found = backend.store().find(user.id).await.unwrap();
    assert_eq!(found, here(&winner.row));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, winner.event.entries());
}

pub async fn concurrent_changes_leave_an_entry_each<B: Backend>(backend: &B) {
    let id = make(backend).await.id;
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(backend.store());
        writers.spawn(async move {
            let mut stored = 0;
            while stored < 10 {
                let Presence::Here(user) = store.find(id).await.unwrap() else {
                    panic!("the user is gone");
                };
                let change = change(&user, no_email());
                if store.compare_and_set(&change).await.unwrap() == Outcome::Stored {
                    stored += 1;
                }
            }
        });
    }
    writers.join_all().await;
    let Presence::Here(user) = backend.store().find(id).await.unwrap() else {
        panic!("the user is gone");
    };
    assert_eq!(user.revision.get(), 81);
    let listed = backend.store().list(&newest(id, 100)).await.unwrap();
    assert_eq!(listed.len(), 80);
}

pub async fn a_change_of_nobody_is_a_conflict<B: Backend>(backend: &B) {
    let user = somebody();
    let change = change(&user, no_email());
    let outcome = backend.store().compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Conflict);
    let presence = backend.store().find(user.id).await.unwrap();
    assert_eq!(presence, Presence::Unknown);
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
}

pub async fn a_change_of_an_erased_user_is_a_conflict<B: Backend>(backend: &B) {
    let user = make(backend).await;
    erase(backend.store(), user.id, at(9)).await;
    let change = change(&user, no_email());
    let outcome = backend.store().compare_and_set(&change).await.unwrap();
    assert_eq!(outcome, Outcome::Conflict);
    let presence = backend.store().find(user.id).await.unwrap();
    assert_eq!(presence, Presence::Erased);
}

pub async fn a_change_whose_entries_are_refused_is_not_made<B: Backend>(backend: &B) {
    let user = make(backend).await;
    let mut change = change(&user, no_email());
    let entry = change.event.entries()[0].clone();
    change.event = settings_event(user.id, vec![entry.clone(), entry]);
    let error = backend.store().compare_and_set(&change).await.unwrap_err();
    assert!(matches!(error, StoreError::Internal(_)), "{error}");
    assert_eq!(backend.store().find(user.id).await.unwrap(), here(&user));
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
}

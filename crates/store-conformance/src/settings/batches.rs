//! Requests that are sent in a batch have the same results as requests that are sent alone.

use super::{
    Arc, AuditStore, Backend, JoinSet, Outcome, Presence, RowChange, SettingsStore, StoreError,
    User, at, change, erase, here, make, newest, no_email, set, settings_event, somebody,
};
use crate::samples::entry;

/// More than the number of connections, so that most of them wait.
const MANY: usize = 60;

async fn make_many<B: Backend>(backend: &B) -> Vec<User> {
    let mut users = JoinSet::new();
    for _ in 0..MANY {
        let (store, user) = (Arc::clone(backend.store()), somebody());
        users.spawn(async move {
            let presence = store.create(user.clone().into()).await.unwrap();
            assert_eq!(presence, here(&user));
            user
        });
    }
    users.join_all().await
}

/// Sends all changes at the same time, and returns their results.
async fn change_at_once<B: Backend>(
    backend: &B,
    changes: Vec<RowChange>,
) -> Vec<(RowChange, Result<Outcome, StoreError>)> {
    let mut ends = JoinSet::new();
    for change in changes {
        let store = Arc::clone(backend.store());
        ends.spawn(async move {
            let end = store.compare_and_set(&change).await;
            (change, end)
        });
    }
    ends.join_all().await
}

async fn assert_stands<B: Backend>(backend: &B, user: &User) {
    let found = backend.store().find(user.id).await.unwrap();
    assert_eq!(found, here(user));
}

pub async fn of_many_found_at_once_each_is_answered_what_is_held<B: Backend>(backend: &B) {
    let users = make_many(backend).await;
    let erased = make(backend).await.id;
    erase(backend.store(), erased, at(9)).await;
    let mut finds = JoinSet::new();
    for user in users {
        for (id, expected) in [
            (user.id, here(&user)),
            (somebody().id, Presence::Unknown),
            (erased, Presence::Erased),
        ] {
            let store = Arc::clone(backend.store());
            finds.spawn(async move { assert_eq!(store.find(id).await.unwrap(), expected) });
        }
    }
    finds.join_all().await;
}

pub async fn of_many_changes_at_once_each_is_stored_whole<B: Backend>(backend: &B) {
    let users = make_many(backend).await;
    let changes = users.iter().map(|user| change(user, no_email()));
    for (change, end) in change_at_once(backend, changes.collect()).await {
        assert_eq!(end.unwrap(), Outcome::Stored);
        assert_stands(backend, &change.row).await;
        let listed = backend.store().list(&newest(change.row.id, 10)).await;
        assert_eq!(listed.unwrap(), change.event.entries());
    }
}

/// A CHECK refuses one change, the primary key another one, and a third change has an old revision.
pub async fn a_change_that_is_refused_harms_none_that_waits_with_it<B: Backend>(backend: &B) {
    let users = make_many(backend).await;
    let too_late = set(backend, &users[MANY / 2], no_email()).await;
    let mut changes: Vec<_> = users.iter().map(|user| change(user, no_email())).collect();
    let [unnamed, twice] = [MANY / 3, MANY - 2];
    let nameless = entry(users[unnamed].id, "");
    changes[unnamed].event = settings_event(users[unnamed].id, vec![nameless]);
    let same = changes[twice].event.entries()[0].clone();
    changes[twice].event = settings_event(users[twice].id, vec![same.clone(), same]);
    for (change, end) in change_at_once(backend, changes).await {
        let user = users.iter().find(|user| user.id == change.row.id).unwrap();
        if user.id == users[unnamed].id || user.id == users[twice].id {
            assert!(matches!(end, Err(StoreError::Internal(_))), "{end:?}");
            assert_stands(backend, user).await;
            let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
            assert_eq!(listed, []);
        } else if user.id == too_late.id {
            assert_eq!(end.unwrap(), Outcome::Conflict);
            assert_stands(backend, &too_late).await;
        } else {
            assert_eq!(end.unwrap(), Outcome::Stored);
            assert_stands(backend, &change.row).await;
        }
    }
}

pub async fn a_change_that_is_given_up_harms_none_that_waits_with_it<B: Backend>(backend: &B) {
    let users = make_many(backend).await;
    let mut changes = JoinSet::new();
    let mut given_up = Vec::new();
    for (place, user) in users.iter().enumerate() {
        let (store, change) = (Arc::clone(backend.store()), change(user, no_email()));
        let running = changes.spawn(async move { store.compare_and_set(&change).await });
        if place % 3 == 1 {
            given_up.push(running);
        }
    }
    tokio::task::yield_now().await;
    for running in given_up {
        running.abort();
    }
    let mut stored = 0;
    while let Some(end) = changes.join_next().await {
        if let Ok(outcome) = end {
            assert_eq!(outcome.unwrap(), Outcome::Stored);
            stored += 1;
        }
    }
    assert!(stored >= MANY - MANY / 3, "{stored}");
    backend.store().settled().await;
    // Each change was executed completely or not at all.
    for user in users {
        let Presence::Here(found) = backend.store().find(user.id).await.unwrap() else {
            panic!("the user is gone");
        };
        let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
        assert_eq!(listed.len(), usize::from(*found != user));
    }
}

//! Requirements on every [`LookStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::accounts::erasure::{ErasureStore, Progress};
use privet_application::administration::support::{LookQuery, LookStore, OwnedCounts};
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::exceptions::ExceptionStore;
use privet_application::settings::SettingsStore;
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::settings::looks::{Look, SupportReason};
use privet_domain::{Pair, RequestId, UserId};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Backend;
use crate::samples::{at, erase, first_seen, some_id, somebody, start};

/// A look at this user.
pub(crate) fn look(user_id: UserId) -> Look {
    Look {
        id: Uuid::now_v7(),
        user_id,
        actor_id: some_id(),
        occurred_at: at(1),
        reason: SupportReason::parse("ticket 4711: cannot log in").unwrap(),
        request_id: RequestId::parse("a-request").unwrap(),
    }
}

async fn looks<B: Backend>(backend: &B, user_id: UserId) -> Vec<Look> {
    let query = LookQuery {
        user_id,
        before: None,
        limit: 100,
    };
    backend.store().list_looks(&query).await.unwrap()
}

pub async fn a_look_at_somebody_who_is_there_is_kept_whole<B: Backend>(backend: &B) {
    let user = somebody();
    backend.store().create(user.clone().into()).await.unwrap();
    let visible: String = ('!'..='~').cycle().take(RequestId::MAX_LENGTH).collect();
    let reason = format!("{} {}", "x".repeat(99), "y".repeat(100));
    let look = Look {
        reason: SupportReason::parse(&reason).unwrap(),
        request_id: RequestId::parse(&visible).unwrap(),
        ..look(user.id)
    };
    assert!(backend.store().record_look(&look).await.unwrap());
    assert_eq!(looks(backend, user.id).await, [look]);
}

pub async fn nobody_unknown_or_erased_is_looked_at<B: Backend>(backend: &B) {
    let store = backend.store();
    let (unknown, erased) = (some_id(), somebody());
    store.create(erased.clone().into()).await.unwrap();
    assert!(store.record_look(&look(erased.id)).await.unwrap());
    // Rows are left, which nobody is shown.
    let begun = store.begin_erasure(start(erased.id, at(2), 0)).await;
    assert_ne!(begun.unwrap(), Progress::Finished);
    for user_id in [unknown, erased.id] {
        assert!(!store.record_look(&look(user_id)).await.unwrap());
        assert_eq!(looks(backend, user_id).await, []);
    }
    erase(store, erased.id, at(2)).await;
    assert!(!store.record_look(&look(erased.id)).await.unwrap());
    assert!(!backend.tables_naming(erased.id).contains("support_looks"));
}

pub async fn looks_are_listed_newest_first_and_nobody_elses<B: Backend>(backend: &B) {
    let store = backend.store();
    let (user, other) = (somebody(), somebody());
    let mut written = Vec::new();
    for user in [&user, &other] {
        store.create(user.clone().into()).await.unwrap();
    }
    for _ in 0..7 {
        let look = look(user.id);
        store.record_look(&look).await.unwrap();
        written.insert(0, look);
    }
    let mut query = LookQuery {
        user_id: user.id,
        before: None,
        limit: 3,
    };
    let mut pages = Vec::new();
    loop {
        let page = store.list_looks(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.before = Some(last.id);
        pages.push(page);
    }
    assert_eq!(pages.concat(), written);
    assert_eq!(looks(backend, other.id).await, []);
}

pub async fn lists_are_counted_as_they_are_shown<B: Backend>(backend: &B) {
    let store = backend.store();
    let owner = some_id();
    assert_eq!(
        store.count_owned(owner).await.unwrap(),
        OwnedCounts::default()
    );
    let exceptions = Exceptions::of([("call", Exception::Never)]);
    let mut others = Vec::new();
    for number in 0..3 {
        let pair = Pair::new(owner, some_id()).unwrap();
        others.push(pair.other());
        store.add_contact(pair, at(1)).await.unwrap();
        if number < 2 {
            store.add_block(pair, at(1)).await.unwrap();
        }
        if number < 1 {
            let set = store.set_exceptions(pair, &exceptions, at(1));
            set.await.unwrap();
        }
        // What others have about the owner does not count.
        store.add_contact(pair.reversed(), at(1)).await.unwrap();
    }
    let counts = |contacts, blocks, exceptions| OwnedCounts {
        contacts,
        blocks,
        exceptions,
    };
    assert_eq!(store.count_owned(owner).await.unwrap(), counts(3, 2, 1));
    // Nor does somebody whose rows are being deleted.
    let begun = store.begin_erasure(start(others[0], at(2), 0)).await;
    assert_ne!(begun.unwrap(), Progress::Finished);
    assert_eq!(store.count_owned(owner).await.unwrap(), counts(2, 1, 0));
}

pub async fn no_look_outlives_an_erasure_at_the_same_time<B: Backend>(backend: &B) {
    for _ in 0..20 {
        let user = first_seen(some_id());
        backend.store().create(user.clone().into()).await.unwrap();
        let mut racers = JoinSet::new();
        for _ in 0..4 {
            let (store, look) = (Arc::clone(backend.store()), look(user.id));
            racers.spawn(async move {
                store.record_look(&look).await.unwrap();
            });
        }
        let (store, user_id) = (Arc::clone(backend.store()), user.id);
        racers.spawn(async move { erase(&store, user_id, at(2)).await });
        racers.join_all().await;
        assert!(!backend.tables_naming(user.id).contains("support_looks"));
    }
}

pub async fn the_database_refuses_a_look_that_the_domain_refuses<B: Backend>(backend: &B) {
    let user = somebody();
    backend.store().create(user.clone().into()).await.unwrap();
    backend.store().record_look(&look(user.id)).await.unwrap();
    for assignment in [
        "user_id = NULL",
        "actor_id = NULL",
        "occurred_at = NULL",
        "reason = NULL",
        "reason = ''",
        "reason = 'Gr\u{fc}n'",
        "request_id = 'two words'",
    ] {
        let refusal = backend.execute(&format!("UPDATE support_looks SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}

//! Deleting entries that are too old.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::settings::audit::AuditStore;
use privet_application::settings::retention::ExpiryBatch;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::{Timestamp, UserId};
use tokio::task::JoinSet;

use super::{newest, somebody_with};
use crate::Backend;
use crate::samples::{at, entry};

fn made(setting: &'static str, occurred_at: Timestamp) -> impl Fn(UserId) -> AuditEntry {
    move |user_id| AuditEntry {
        occurred_at,
        ..entry(user_id, setting)
    }
}

/// Goes through all entries, so many at once. Returns how many were deleted, and the number of batches.
async fn expire<S: AuditStore>(store: &S, before: Timestamp, most: u32) -> (u64, usize) {
    let (mut after, mut deleted, mut batches) = (None, 0, 0);
    loop {
        let batch = ExpiryBatch {
            after,
            before,
            most,
        };
        let expired = store.expire(&batch).await.unwrap();
        assert!(expired.deleted <= most.into());
        assert!(expired.last.is_none_or(|last| after < Some(last)));
        deleted += expired.deleted;
        batches += 1;
        after = expired.last;
        if after.is_none() {
            return (deleted, batches);
        }
    }
}

async fn left<B: Backend>(backend: &B, user_id: UserId) -> Vec<AuditEntry> {
    backend.store().list(&newest(user_id, 100)).await.unwrap()
}

pub async fn old_entries_are_deleted_except_the_newest_of_each_setting<B: Backend>(backend: &B) {
    let (one, of_one) = somebody_with(
        backend,
        [
            made("a.b", at(1)),
            made("c.d", at(2)),
            made("a.b", at(3)),
            made("a.b", at(9)),
        ],
    )
    .await;
    let (other, of_other) = somebody_with(backend, [made("a.b", at(1)), made("a.b", at(2))]).await;
    let (deleted, _) = expire(&**backend.store(), at(9), 100).await;
    assert_eq!(deleted, 3);
    assert_eq!(
        left(backend, one.id).await,
        [of_one[3].clone(), of_one[1].clone()]
    );
    assert_eq!(left(backend, other.id).await, [of_other[1].clone()]);
    assert_eq!(expire(&**backend.store(), at(9), 100).await, (0, 1));
}

pub async fn a_batch_looks_at_no_more_entries_than_it_may<B: Backend>(backend: &B) {
    let mut users = Vec::new();
    for _ in 0..3 {
        let (user, written) = somebody_with(backend, [(); 5].map(|()| made("a.b", at(1)))).await;
        users.push((user.id, written));
    }
    for most in [1, 4, 15, 100] {
        let entries: usize = 3 * 5;
        let (_, batches) = expire(&**backend.store(), at(0), most).await;
        assert_eq!(batches, entries / most as usize + 1, "{most}");
    }
    assert_eq!(expire(&**backend.store(), at(2), 4).await.0, 12);
    for (user_id, written) in users {
        assert_eq!(left(backend, user_id).await, written[4..]);
    }
}

pub async fn the_newest_entry_stays_whoever_deletes_at_once<B: Backend>(backend: &B) {
    let (user, written) = somebody_with(backend, [(); 9].map(|()| made("a.b", at(1)))).await;
    let mut expiring = JoinSet::new();
    for most in [1, 2, 3, 100] {
        let store = Arc::clone(backend.store());
        expiring.spawn(async move { expire(&*store, at(2), most).await.0 });
    }
    let deleted: u64 = expiring.join_all().await.into_iter().sum();
    assert_eq!(deleted, 8);
    assert_eq!(left(backend, user.id).await, written[8..]);
}

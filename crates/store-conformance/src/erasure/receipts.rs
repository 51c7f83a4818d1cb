//! Receipts of erasures.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use std::sync::Arc;

use privet_application::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use privet_application::accounts::receipts::{DeletedCounts, ReceiptStore, StoredReceipt};
use privet_domain::UserId;
use tokio::task::JoinSet;

use super::known_everywhere;
use crate::Backend;
use crate::samples::{at, erase, erase_with_receipt, some_id, start};

/// What [`known_everywhere`] creates of the user's own.
const OWN: DeletedCounts = DeletedCounts {
    contacts: 2,
    blocks: 1,
    exceptions: 1,
    follows: 2,
    audit_entries: 1,
};

async fn receipt_of<B: Backend>(backend: &B, user_id: UserId) -> Option<StoredReceipt> {
    backend.store().find_receipt(user_id).await.unwrap()
}

pub async fn a_receipt_counts_the_deleted_rows_of_the_users_own<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    assert_eq!(receipt_of(backend, user_id).await, None);
    erase_with_receipt(backend.store(), user_id, at(2)).await;
    let expected = StoredReceipt {
        erased_at: at(2),
        deleted: OWN,
        signed: None,
    };
    assert_eq!(receipt_of(backend, user_id).await, Some(expected));
    let unknown = some_id();
    erase_with_receipt(backend.store(), unknown, at(3)).await;
    let receipt = receipt_of(backend, unknown).await.unwrap();
    assert_eq!(receipt.deleted, DeletedCounts::default());
}

pub async fn a_receipt_is_there_when_nothing_is_left<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    let store = backend.store();
    let start = ErasureStart {
        has_receipt: true,
        ..start(user_id, at(2), 0)
    };
    let mut progress = store.begin_erasure(start).await.unwrap();
    while progress != Progress::Finished {
        assert_eq!(receipt_of(backend, user_id).await, None);
        progress = store.continue_erasure(user_id, at(3), 1).await.unwrap();
    }
    assert_eq!(receipt_of(backend, user_id).await.unwrap().deleted, OWN);
}

pub async fn an_erasure_without_a_receipt_gets_none_later<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    erase(backend.store(), user_id, at(2)).await;
    erase_with_receipt(backend.store(), user_id, at(3)).await;
    assert_eq!(receipt_of(backend, user_id).await, None);
    let kept = backend.store().keep_receipt(user_id, "signed").await;
    assert_eq!(kept.unwrap(), None);
}

pub async fn of_many_who_sign_a_receipt_at_once_one_is_first<B: Backend>(backend: &B) {
    let user_id = some_id();
    erase_with_receipt(backend.store(), user_id, at(2)).await;
    let mut signing = JoinSet::new();
    for number in 0..10 {
        let store = Arc::clone(backend.store());
        signing.spawn(async move {
            let signed = format!("signed {number}");
            store.keep_receipt(user_id, &signed).await.unwrap().unwrap()
        });
    }
    let kept = signing.join_all().await;
    assert!(kept.iter().all(|signed| *signed == kept[0]), "{kept:?}");
    let receipt = receipt_of(backend, user_id).await.unwrap();
    assert_eq!(receipt.signed.as_ref(), kept.first());
}

pub async fn a_receipt_stands_after_erasing_again<B: Backend>(backend: &B) {
    let user_id = known_everywhere(backend).await;
    let store = backend.store();
    erase_with_receipt(store, user_id, at(2)).await;
    let kept = store.keep_receipt(user_id, "first").await.unwrap();
    assert_eq!(kept.as_deref(), Some("first"));
    erase_with_receipt(store, user_id, at(9)).await;
    let receipt = receipt_of(backend, user_id).await.unwrap();
    assert_eq!(receipt.signed.as_deref(), Some("first"));
    assert_eq!((receipt.erased_at, receipt.deleted), (at(2), OWN));
}

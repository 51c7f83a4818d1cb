//! Receipts of erasures.

use super::with_everything_of;
use crate::accounts::erasure::ErasureStatus::{Deleted, Deleting};
use crate::accounts::receipts::{DeletedCounts, ReceiptStore};
use crate::fakes::{Services, at, user};

async fn receipt(services: &Services) -> Option<String> {
    let erased = services.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!(erased.status, Deleted);
    erased.receipt
}

#[tokio::test]
async fn a_receipt_counts_what_was_the_users_own() {
    let services = with_everything_of(Services::with_receipts()).await;
    services.clock.set(at(30));
    let signed = receipt(&services).await;
    let stored = services.store.find_receipt(user(1)).await.unwrap().unwrap();
    assert_eq!(stored.signed, signed);
    assert_eq!(stored.erased_at, at(30));
    let expected = DeletedCounts {
        contacts: 1,
        blocks: 1,
        exceptions: 1,
        follows: 1,
        audit_entries: 3,
    };
    assert_eq!(stored.deleted, expected);
    assert!(signed.unwrap().contains(&format!("{expected:?}")));
}

#[tokio::test]
async fn asking_again_returns_the_same_receipt() {
    let services = with_everything_of(Services::with_receipts()).await;
    let first = receipt(&services).await;
    services.clock.set(at(60));
    assert_eq!(receipt(&services).await, first);
    assert!(first.is_some());
}

#[tokio::test]
async fn a_user_never_seen_gets_a_receipt_that_counts_nothing() {
    let services = Services::with_receipts();
    assert!(receipt(&services).await.is_some());
    let stored = services.store.find_receipt(user(1)).await.unwrap().unwrap();
    assert_eq!(stored.deleted, DeletedCounts::default());
}

#[tokio::test]
async fn an_erasure_from_before_the_key_has_no_receipt() {
    let before = Services::new();
    before.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!(before.accounts.receipt_keys(), None);
    let stored = before.store.find_receipt(user(1)).await.unwrap();
    assert_eq!(stored, None);
}

#[tokio::test(start_paused = true)]
async fn an_unfinished_erasure_has_no_receipt_until_nothing_is_left() {
    let services = with_everything_of(Services::with_receipts()).await;
    super::add_contacts(&services, 300).await;
    services.store.hold_rows(true);
    let erased = services.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!((erased.status, erased.receipt), (Deleting, None));
    services.store.hold_rows(false);
    assert!(receipt(&services).await.is_some());
    let stored = services.store.find_receipt(user(1)).await.unwrap().unwrap();
    assert_eq!(stored.deleted.contacts, 301);
}

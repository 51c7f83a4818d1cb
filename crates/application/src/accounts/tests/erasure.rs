//! What an erasure leaves, and what whoever asks for it is told.

use std::time::Duration;

use super::{add_contacts, row, with_everything};
use crate::StoreError;
use crate::accounts::erasure::ErasureStatus::{Deleted, Deleting};
use crate::fakes::{Services, at, user};

async fn erase(services: &Services) -> crate::accounts::erasure::ErasureStatus {
    let erased = services.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!(erased.receipt, None);
    erased.status
}

#[tokio::test]
async fn an_erasure_leaves_a_tombstone_and_nothing_else() {
    let services = with_everything().await;
    services.clock.set(at(30));
    assert_eq!(erase(&services).await, Deleted);
    assert_eq!(services.store.rows_of(user(1)), 0);
    assert_eq!(services.store.erased_at(user(1)), Some(at(30)));
    assert!(services.accounts.is_erased(user(1)).await.unwrap());
}

#[tokio::test]
async fn an_erasure_leaves_everybody_else_alone() {
    let services = with_everything().await;
    let before = row(&services, 2).await;
    erase(&services).await;
    assert_eq!(row(&services, 2).await, before);
    for other in 2..6 {
        assert!(!services.accounts.is_erased(user(other)).await.unwrap());
    }
}

#[tokio::test]
async fn erasing_again_is_harmless_and_keeps_the_first_time() {
    let services = with_everything().await;
    erase(&services).await;
    services.clock.set(at(60));
    assert_eq!(erase(&services).await, Deleted);
    assert_eq!(services.store.erased_at(user(1)), Some(at(0)));
}

#[tokio::test]
async fn somebody_never_seen_can_be_erased() {
    let services = Services::new();
    assert_eq!(erase(&services).await, Deleted);
    assert!(services.accounts.is_erased(user(1)).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn more_rows_than_one_transaction_deletes_are_deleted_within_the_request() {
    let services = with_everything().await;
    add_contacts(&services, 3_000).await;
    assert_eq!(erase(&services).await, Deleted);
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_when_the_time_is_up_is_finished_by_asking_again() {
    let services = with_everything().await;
    add_contacts(&services, 300).await;
    services.store.hold_rows(true);
    assert_eq!(erase(&services).await, Deleting);
    assert_ne!(services.store.rows_of(user(1)), 0);
    services.store.hold_rows(false);
    assert_eq!(erase(&services).await, Deleted);
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_when_the_time_is_up_is_finished_in_the_background() {
    let services = with_everything().await;
    add_contacts(&services, 300).await;
    services.store.hold_rows(true);
    let accounts = services.accounts.clone();
    let background = tokio::spawn(async move { accounts.finish_erasures_forever().await });
    assert_eq!(erase(&services).await, Deleting);
    services.store.hold_rows(false);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(services.store.rows_of(user(1)), 0);
    background.abort();
}

#[tokio::test(start_paused = true)]
async fn a_user_is_gone_for_everybody_while_rows_are_left() {
    let services = with_everything().await;
    add_contacts(&services, 300).await;
    services.store.hold_rows(true);
    assert_eq!(erase(&services).await, Deleting);
    assert!(services.accounts.is_erased(user(1)).await.unwrap());
    assert!(services.settings.load(user(1)).await.is_err());
    let counts = services.relationships.count_follows(user(2)).await.unwrap();
    assert_eq!((counts.followers, counts.following), (0, 0));
}

#[tokio::test]
async fn an_erasure_that_cannot_begin_is_an_error_and_erases_nothing() {
    let services = with_everything().await;
    services.store.go_away();
    let erased = services.accounts.erase_user(user(1)).await;
    assert!(
        matches!(erased, Err(StoreError::Unavailable(_))),
        "{erased:?}"
    );
    services.store.come_back();
    assert!(!services.accounts.is_erased(user(1)).await.unwrap());
    assert_ne!(services.store.rows_of(user(1)), 0);
}

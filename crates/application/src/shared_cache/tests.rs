//! What replicas read while others change data. Time is paused: it passes only in sleeps.

mod cluster;
mod epochs;
mod histories;

use super::*;
use cluster::{A_WHILE, USER, cluster, warm_cluster};

#[tokio::test(start_paused = true)]
async fn an_epoch_begins_by_itself_and_rows_are_shared() {
    let (one, other, ..) = cluster();
    one.read().await;
    assert!(!one.is_cached().await);
    time::sleep(A_WHILE).await;
    assert_eq!((one.read().await, other.is_cached().await), (1, true));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_read_at_once_by_the_other_and_costs_no_wait() {
    let (one, other, ..) = warm_cluster().await;
    for _ in 0..3 {
        let (revision, took) = one.change().await;
        assert_eq!(took, Duration::ZERO);
        assert!(other.is_cached().await);
        assert_eq!(other.read().await, revision);
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_under_change_is_served_by_nobody() {
    let (one, other, ..) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    assert_eq!(other.read().await, 1);
    assert!(!other.is_cached().await && !one.is_cached().await);
    one.cache.end_change(lease, None).await.unwrap();
    assert_eq!(other.read().await, 1);
    assert!(one.is_cached().await);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_cannot_put_an_old_row_behind_a_change() {
    let (one, other, server, _) = warm_cluster().await;
    server.evict_everything();
    let Cached::Nothing(Some(lease)) = other.cache.get(USER).await else {
        panic!("nothing was to be cached");
    };
    let old = Arc::new(other.store.lock().unwrap().clone());
    let (revision, _) = one.change().await;
    server.evict_everything();
    other.cache.fill(lease, old).await;
    assert_eq!(other.read().await, revision);
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_vanished_lets_nobody_keep_what_they_read_meanwhile() {
    let (one, other, server, _) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    server.evict_everything();
    assert_eq!(other.read().await, 1);
    assert!(other.is_cached().await);
    let row = one.store_next();
    let left = Some(Arc::new(row));
    one.cache.end_change(lease, left).await.unwrap();
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_whose_fence_vanished_is_not_undone_behind_the_fence_of_another() {
    let (one, other, server, _) = warm_cluster().await;
    let erasure = one.cache.begin_change(USER).await.unwrap();
    server.evict_everything();
    let lease = other.cache.begin_change(USER).await.unwrap();
    let row = Arc::new(other.store_next());
    let newer = one.store_next();
    one.cache.end_change(erasure, None).await.unwrap();
    other.cache.end_change(lease, Some(row)).await.unwrap();
    assert_eq!(other.read().await, newer.revision.get());
}

#[tokio::test(start_paused = true)]
async fn of_two_changes_at_once_the_first_to_end_opens_nothing() {
    let (one, other, ..) = warm_cluster().await;
    let first = one.cache.begin_change(USER).await.unwrap();
    let second = other.cache.begin_change(USER).await.unwrap();
    let left = Some(Arc::new(other.store_next()));
    other.cache.end_change(second, left).await.unwrap();
    assert!(!one.is_cached().await);
    one.store_next();
    one.cache.end_change(first, None).await.unwrap();
    assert_eq!(other.read().await, 3);
    assert!(one.is_cached().await);
}

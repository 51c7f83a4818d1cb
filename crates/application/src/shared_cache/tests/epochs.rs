//! The cache server is unreachable for some replicas, and epochs end and begin during a change.

use super::*;

#[tokio::test(start_paused = true)]
async fn who_is_cut_off_changes_after_everybody_stopped_reading_what_is_cached() {
    let (one, other, ..) = warm_cluster().await;
    one.way.cut(true);
    let (revision, took) = one.change().await;
    assert_eq!(other.read().await, revision);
    assert!(took >= TERM && took < TERM * 2, "{took:?}");
    // When suspended, it costs nothing more.
    for _ in 0..3 {
        let (revision, took) = one.change().await;
        assert_eq!((other.read().await, took), (revision, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_by_somebody_who_is_cut_off_and_then_gone_is_seen() {
    let (one, other, ..) = warm_cluster().await;
    one.way.cut(true);
    one.cache.begin_change(USER).await.unwrap();
    let row = one.store_next();
    drop(one);
    assert_eq!(other.read().await, row.revision.get());
    time::sleep(A_WHILE).await;
    assert_eq!(other.read().await, row.revision.get());
}

#[tokio::test(start_paused = true)]
async fn nobody_begins_an_epoch_while_somebody_who_is_cut_off_goes_on_changing() {
    let (one, other, ..) = warm_cluster().await;
    one.way.cut(true);
    one.change().await;
    for _ in 0..20 {
        time::sleep(HOLD / 3).await;
        let (revision, _) = one.change().await;
        other.read().await;
        assert!(!other.is_cached().await);
        assert_eq!(other.read().await, revision);
    }
    one.way.cut(false);
    time::sleep(A_WHILE).await;
    let revision = other.read().await;
    assert!(one.is_cached().await);
    assert_eq!(one.read().await, revision);
}

#[tokio::test(start_paused = true)]
async fn a_change_by_somebody_who_is_cut_off_is_seen_however_long_they_took() {
    let (one, other, ..) = warm_cluster().await;
    one.way.cut(true);
    let lease = one.cache.begin_change(USER).await.unwrap();
    time::sleep(A_WHILE).await;
    // By now another epoch has begun, and it has the old row.
    other.read().await;
    assert!(other.is_cached().await);
    one.store_and_end(lease).await;
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_under_a_fence_that_loses_its_way_is_seen() {
    let (one, other, ..) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    let row = Arc::new(one.store_next());
    one.way.cut(true);
    one.cache.end_change(lease, Some(row)).await.unwrap();
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_began_in_one_epoch_and_ended_in_the_next_is_seen() {
    let (one, other, _, epochs) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    epochs.suspend().await.unwrap();
    time::sleep(A_WHILE).await;
    other.read().await;
    assert!(other.is_cached().await);
    one.store_and_end(lease).await;
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_a_whole_epoch_went_by_is_seen_by_who_still_believes_in_that() {
    let (one, other, _, epochs) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    epochs.suspend().await.unwrap();
    time::sleep(A_WHILE).await;
    other.read().await;
    assert!(other.is_cached().await);
    let row = Arc::new(one.store_next());
    epochs.suspend().await.unwrap();
    one.cache.end_change(lease, Some(row)).await.unwrap();
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_began_without_an_epoch_and_ended_in_one_is_seen() {
    let (one, other, ..) = cluster();
    let lease = one.cache.begin_change(USER).await.unwrap();
    time::sleep(A_WHILE).await;
    other.read().await;
    assert!(other.is_cached().await);
    one.store_and_end(lease).await;
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_change_that_is_carried_out_in_a_later_epoch_is_seen_before_it_is_known_to_be_over()
 {
    let (one, other, ..) = cluster();
    let lease = one.cache.begin_change(USER).await.unwrap();
    time::sleep(A_WHILE).await;
    let lease = one.cache.extend_change(lease).await;
    for revision in [1, 2] {
        assert_eq!(other.read().await, revision);
        assert!(!other.is_cached().await);
        one.store_next();
    }
    assert_eq!(one.cache.extend_change(lease).await, lease);
    one.cache.end_change(lease, None).await.unwrap();
    assert_eq!(other.read().await, 3);
    assert!(one.is_cached().await);
}

#[tokio::test(start_paused = true)]
async fn changes_while_no_epoch_is_in_use_do_not_keep_one_from_beginning() {
    let (one, other, ..) = cluster();
    for _ in 0..20 {
        time::sleep(HOLD / 3).await;
        let (revision, _) = one.change().await;
        assert_eq!(other.read().await, revision);
    }
    other.read().await;
    assert!(other.is_cached().await);
}

#[tokio::test(start_paused = true)]
async fn a_change_just_after_a_suspension_waits_for_those_who_have_not_looked_yet() {
    let (one, other, _, epochs) = warm_cluster().await;
    epochs.suspend().await.unwrap();
    // This replica knows it, the other one does not.
    one.cache.read_epoch().await.unwrap();
    assert!(other.is_cached().await);
    let (revision, took) = one.change().await;
    assert!(took >= TERM && took < TERM * 2, "{took:?}");
    assert_eq!(other.read().await, revision);
}

#[tokio::test(start_paused = true)]
async fn who_has_not_looked_for_a_while_looks_before_a_change_and_fences_it() {
    let (one, other, ..) = warm_cluster().await;
    one.watch.abort();
    time::sleep(TERM).await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    assert!(!other.is_cached().await);
    one.store_and_end(lease).await;
    assert_eq!(other.read().await, 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_in_a_new_epoch_until_changes_from_before_it_have_had_their_time() {
    let (one, other, ..) = cluster();
    time::sleep(HOLD.saturating_sub(LOOK_EVERY)).await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    time::sleep(LOOK_EVERY * 3).await;
    assert!(other.cache.usable().is_some());
    other.read().await;
    assert!(!other.is_cached().await);
    one.cache.end_change(lease, None).await.unwrap();
    time::sleep(WARM_UP).await;
    other.read().await;
    assert!(other.is_cached().await);
}

#[tokio::test(start_paused = true)]
async fn what_a_server_held_before_it_was_started_again_is_never_read() {
    let (one, other, server, _) = warm_cluster().await;
    server.restart_with_old_data();
    assert!(!one.is_cached().await && !other.is_cached().await);
    let (revision, _) = one.change().await;
    assert_eq!(other.read().await, revision);
    time::sleep(A_WHILE).await;
    assert_eq!(other.read().await, revision);
    assert!(one.is_cached().await);
    assert_eq!(one.read().await, revision);
}

#[tokio::test(start_paused = true)]
async fn a_replica_that_cannot_look_the_epoch_up_uses_nothing() {
    let (one, ..) = warm_cluster().await;
    one.watch.abort();
    time::sleep(TERM).await;
    assert!(!one.is_cached().await);
    assert_eq!(one.read().await, 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_server_everything_goes_on() {
    let (one, other, ..) = warm_cluster().await;
    one.way.cut(true);
    other.way.cut(true);
    for _ in 0..3 {
        let (revision, took) = one.change().await;
        assert_eq!(other.read().await, revision);
        assert!(took < TERM * 2);
        let (revision, took) = other.change().await;
        assert_eq!(one.read().await, revision);
        assert!(took < TERM * 2);
    }
}

#[tokio::test(start_paused = true)]
async fn while_a_commit_waits_nothing_is_cached_that_it_may_change() {
    let (one, other, _, epochs) = warm_cluster().await;
    let lease = one.cache.begin_change(USER).await.unwrap();
    epochs.let_a_commit_wait(true);
    time::sleep(A_WHILE).await;
    // The change is given up, and its fence with it.
    one.cache.end_change(lease, None).await.unwrap();
    assert_eq!((one.read().await, other.read().await), (1, 1));
    assert!(!one.is_cached().await && !other.is_cached().await);

    // It is made all the same.
    one.store_next();
    epochs.let_a_commit_wait(false);
    assert_eq!((one.read().await, other.read().await), (2, 2));
    time::sleep(A_WHILE).await;
    assert_eq!((one.read().await, other.is_cached().await), (2, true));
}

#[tokio::test(start_paused = true)]
async fn what_was_cached_before_a_commit_that_waited_is_not_read_after_it() {
    let (one, other, server, epochs) = warm_cluster().await;
    one.cache.begin_change(USER).await.unwrap();
    // The fence is lost, and with the replica everybody who could make another one.
    server.evict_everything();
    drop(one);
    assert_eq!(other.read().await, 1);
    assert!(other.is_cached().await);
    epochs.let_a_commit_wait(true);
    time::sleep(A_WHILE).await;
    other.store_next();
    epochs.let_a_commit_wait(false);
    assert_eq!(other.read().await, 2);
    time::sleep(A_WHILE).await;
    assert_eq!(other.read().await, 2);
    assert!(other.is_cached().await);
}

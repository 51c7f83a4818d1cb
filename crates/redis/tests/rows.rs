//! Tests the requirements of the port for shared rows with a real Redis, at `TEST_REDIS_URL`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failure here fails a test"
)]

use std::sync::Arc;
use std::time::Duration;

use privet_application::shared_cache::rows::{Kept, RowKey, SharedRows};
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Timestamp, UserId};
use privet_redis::{RedisLink, RedisRows};
use uuid::Uuid;

/// No fence has this name.
const NO_FENCE: u64 = 0;

async fn setup(lifetime: Duration) -> (RedisRows, RowKey) {
    let url = std::env::var("TEST_REDIS_URL")
        .expect("TEST_REDIS_URL is not set: run the tests with scripts/with-test-services --redis");
    let link = Arc::new(RedisLink::new(&url).unwrap());
    let connecting = Arc::clone(&link);
    tokio::spawn(async move { connecting.keep_connected().await });
    let rows = RedisRows::new(link, lifetime);
    while rows.server().is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (rows, a_row_key())
}

/// A key without a value.
fn a_row_key() -> RowKey {
    RowKey {
        epoch: an_id(),
        user_id: UserId::from_uuid(an_id()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests need ids, not reproducible ones"
)]
fn an_id() -> Uuid {
    Uuid::new_v4()
}

fn row(row_key: RowKey, revision: i64) -> User {
    let time = Timestamp::from_micros(0).unwrap();
    let mut row = User::first_seen(row_key.user_id, AccountId::from_uuid(an_id()), time);
    row.revision = Revision::new(revision).unwrap();
    row
}

/// On a busy machine any call may be too slow. Then it is unknown whether Redis executed it. Only calls that can be
/// repeated are made with this.
async fn read(rows: &RedisRows, row_key: RowKey) -> Kept {
    loop {
        if let Ok(kept) = rows.read(row_key).await {
            return kept;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One success is enough, because a filled claim does not exist any more.
async fn fill(rows: &RedisRows, row_key: RowKey, claim: u64, row: &User) {
    while rows.fill(row_key, claim, row).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns whether the claim is new. It is false if an earlier attempt that timed out was executed.
async fn claim(rows: &RedisRows, row_key: RowKey, claim: u64) -> bool {
    loop {
        if let Ok(is_new) = rows.claim(row_key, claim).await {
            return is_new;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn put(rows: &RedisRows, row_key: RowKey, row: &User) {
    let fence = rows.fence(row_key, 1).await.unwrap();
    rows.lift(row_key, fence, Some(row)).await.unwrap();
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_row_is_read_with_its_own_key_only() {
    let (rows, row_key) = setup(MINUTE).await;
    let row = row(row_key, 3);
    put(&rows, row_key, &row).await;
    assert_eq!(read(&rows, row_key).await, Kept::Row(Arc::new(row)));
    let in_another_epoch = RowKey {
        epoch: an_id(),
        ..row_key
    };
    assert_eq!(read(&rows, in_another_epoch).await, Kept::Nothing);
    let of_somebody_else = RowKey {
        user_id: UserId::from_uuid(an_id()),
        ..row_key
    };
    assert_eq!(read(&rows, of_somebody_else).await, Kept::Nothing);
}

#[tokio::test]
async fn a_row_expires_after_its_lifetime() {
    let (rows, row_key) = setup(Duration::from_millis(50)).await;
    put(&rows, row_key, &row(row_key, 3)).await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(read(&rows, row_key).await, Kept::Nothing);
}

#[tokio::test]
async fn only_the_first_claim_of_a_key_can_be_filled() {
    let (rows, mut row_key) = setup(MINUTE).await;
    // An attempt that timed out may have been executed. Only an answer to the first attempt is conclusive.
    let is_new = loop {
        match rows.claim(row_key, 1).await {
            Ok(is_new) => break is_new,
            Err(_) => row_key = a_row_key(),
        }
    };
    assert!(is_new);
    assert!(!claim(&rows, row_key, 2).await);
    assert_eq!(read(&rows, row_key).await, Kept::Taken);
    fill(&rows, row_key, 2, &row(row_key, 3)).await;
    assert_eq!(read(&rows, row_key).await, Kept::Taken);
    let row = row(row_key, 3);
    fill(&rows, row_key, 1, &row).await;
    assert_eq!(read(&rows, row_key).await, Kept::Row(Arc::new(row)));
}

#[tokio::test]
async fn without_a_claim_nothing_is_filled() {
    let (rows, row_key) = setup(MINUTE).await;
    fill(&rows, row_key, 1, &row(row_key, 3)).await;
    assert_eq!(read(&rows, row_key).await, Kept::Nothing);
}

#[tokio::test]
async fn a_fence_hides_the_row_and_outlasts_claims() {
    let (rows, row_key) = setup(MINUTE).await;
    put(&rows, row_key, &row(row_key, 3)).await;
    rows.fence(row_key, 7).await.unwrap();
    assert_eq!(read(&rows, row_key).await, Kept::Taken);
    assert!(!claim(&rows, row_key, 1).await);
    fill(&rows, row_key, 1, &row(row_key, 3)).await;
    assert_eq!(read(&rows, row_key).await, Kept::Taken);
}

#[tokio::test]
async fn a_fence_in_place_of_a_claim_ends_it() {
    let (rows, row_key) = setup(MINUTE).await;
    claim(&rows, row_key, 1).await;
    let fence = rows.fence(row_key, 7).await.unwrap();
    rows.lift(row_key, fence, None).await.unwrap();
    fill(&rows, row_key, 1, &row(row_key, 3)).await;
    assert_eq!(read(&rows, row_key).await, Kept::Nothing);
}

#[tokio::test]
async fn changes_behind_one_fence_share_its_name_and_the_last_one_removes_it() {
    let (rows, row_key) = setup(MINUTE).await;
    assert_eq!(rows.fence(row_key, 7).await, Ok(7));
    assert_eq!(rows.fence(row_key, 8).await, Ok(7));
    rows.lift(row_key, 7, Some(&row(row_key, 4))).await.unwrap();
    assert_eq!(read(&rows, row_key).await, Kept::Taken);
    rows.lift(row_key, 7, Some(&row(row_key, 5))).await.unwrap();
    // It is unknown which of the two rows is newer.
    assert_eq!(read(&rows, row_key).await, Kept::Nothing);
}

#[tokio::test]
async fn a_fence_is_not_lifted_with_another_name() {
    let (rows, row_key) = setup(MINUTE).await;
    rows.fence(row_key, 7).await.unwrap();
    for row in [None, Some(&row(row_key, 9))] {
        rows.lift(row_key, 8, row).await.unwrap();
        rows.lift(row_key, NO_FENCE, row).await.unwrap();
        assert_eq!(read(&rows, row_key).await, Kept::Taken);
    }
}

#[tokio::test]
async fn a_fence_that_another_change_has_met_stores_no_row() {
    let (rows, row_key) = setup(MINUTE).await;
    for other in [8, NO_FENCE] {
        rows.fence(row_key, 7).await.unwrap();
        rows.lift(row_key, other, None).await.unwrap();
        rows.lift(row_key, 7, Some(&row(row_key, 5))).await.unwrap();
        assert_eq!(read(&rows, row_key).await, Kept::Nothing);
    }
}

#[tokio::test]
async fn without_the_fence_a_possibly_older_value_is_removed() {
    let (rows, row_key) = setup(MINUTE).await;
    for (there, given, stays) in [
        (3, Some(4), false),
        (4, Some(4), true),
        (15, Some(16), false),
        (16, Some(4), true),
        (3, None, false),
    ] {
        put(&rows, row_key, &row(row_key, there)).await;
        let given = given.map(|revision| row(row_key, revision));
        rows.lift(row_key, NO_FENCE, given.as_ref()).await.unwrap();
        let is_there = read(&rows, row_key).await != Kept::Nothing;
        assert_eq!(is_there, stays, "{there} {given:?}");
    }
    rows.lift(row_key, NO_FENCE, None).await.unwrap();
    claim(&rows, row_key, 1).await;
    rows.lift(row_key, NO_FENCE, None).await.unwrap();
    assert_eq!(read(&rows, row_key).await, Kept::Nothing);
}

/// For a replica with another row format, this is another server, so that it suspends the epoch.
#[tokio::test]
async fn the_name_of_a_server_has_the_row_format_and_the_run() {
    let (rows, _) = setup(MINUTE).await;
    let server = rows.server().unwrap();
    let (format, run_id) = server.as_str().split_once(':').unwrap();
    assert_eq!((format, run_id.len()), ("v3", 40));
}

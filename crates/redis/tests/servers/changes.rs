//! Replicas that tell each other of changes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use privet_application::changes::ChangeSignal;
use privet_redis::{RedisLink, RedisRows};
use tokio::time::{sleep, timeout};

use crate::processes::Process;
use crate::{PATIENCE, put_and_read, server_after};

/// Longer than a message takes, and shorter than what a test waits for.
const A_WHILE: Duration = Duration::from_millis(500);

/// A replica that shares changes.
fn replica(url: &str) -> (Arc<RedisLink>, ChangeSignal) {
    let (link, signal) = (
        Arc::new(RedisLink::new(url).unwrap()),
        ChangeSignal::default(),
    );
    let (sharing, shared) = (Arc::clone(&link), signal.clone());
    tokio::spawn(async move { sharing.share_changes(shared).await });
    (link, signal)
}

/// Has one replica change something until the other hears of it.
async fn wakes(one: &ChangeSignal, other: &ChangeSignal) {
    let begun = Instant::now();
    loop {
        one.stored();
        if timeout(A_WHILE, other.wait()).await.is_ok() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "changes are not shared");
    }
}

#[tokio::test]
async fn a_change_of_one_replica_wakes_the_others_and_once_its_own() {
    let server = Process::plain(&[]).await;
    let url = format!("redis://127.0.0.1:{}", server.port);
    let ((_, one), (_, other)) = (replica(&url), replica(&url));
    wakes(&one, &other).await;
    wakes(&other, &one).await;
    // What is left of that.
    sleep(A_WHILE).await;
    for signal in [&one, &other] {
        let _ = timeout(A_WHILE, signal.wait()).await;
    }
    one.stored();
    timeout(PATIENCE, other.wait()).await.unwrap();
    timeout(PATIENCE, one.wait()).await.unwrap();
    assert!(timeout(A_WHILE, one.wait()).await.is_err());
    assert!(timeout(A_WHILE, other.wait()).await.is_err());
}

#[tokio::test]
async fn a_redis_that_refuses_channels_stays_in_use_as_a_cache() {
    let server = Process::plain(&[]).await;
    let commands = "+get +set +del +time +evalsha +script|load +info +ping +select";
    let user = "ACL SETUSER privet on >secret ~privet:* resetchannels -@all";
    server.ask(&format!("{user} {commands}")).await;
    let url = format!("redis://privet:secret@127.0.0.1:{}", server.port);
    let (link, signal) = replica(&url);
    let connecting = Arc::clone(&link);
    tokio::spawn(async move { connecting.keep_connected().await });
    let rows = RedisRows::new(link, Duration::from_mins(5));
    let first = server_after(&rows, None).await;
    for _ in 0..5 {
        signal.stored();
        put_and_read(&rows).await;
        sleep(A_WHILE).await;
        assert_eq!(server_after(&rows, None).await, first);
    }
}

//! Whatever becomes of Redis, nobody who reads or changes settings notices: no answer is wrong, no change
//! fails, no request waits. Only health, metrics and the log tell, and afterwards all is as it was before.

mod replicas;
mod traffic;

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::support::redis_server::Persistence;
use crate::support::{Client, Proxy, RedisServer, for_good};

use replicas::{Replicas, finds_in_the_cache, is_without_redis, recovers, shows_that_redis_is_up};
use traffic::Traffic;

const PREFERENCES: &str = "/api/users/me/preferences/";

/// For how long any request may wait because of Redis.
const LONGEST_WAIT: Duration = Duration::from_millis(250);
/// How often a fault is repeated before what was slow each time counts as waiting for Redis. On a busy
/// machine requests are slow now and then for other reasons.
const TRIES: usize = 5;
/// For how long Redis stays away: what nobody notices within this time, nobody notices.
const A_WHILE: Duration = Duration::from_millis(1_500);

/// Has people read and change settings while this happens, and asserts that they do not notice.
async fn nobody_notices(mut replicas: Replicas, mut what_happens: impl AsyncFnMut(&mut Replicas)) {
    let mut tries = Vec::new();
    for _ in 0..TRIES {
        let traffic = Traffic::on(&replicas);
        sleep(A_WHILE / 2).await;
        let calm = traffic.stop().await;
        let traffic = Traffic::on(&replicas);
        what_happens(&mut replicas).await;
        let report = traffic.stop().await;
        assert!(report.requests > 100, "{report:?}: nothing was shown");
        if report.slowest < calm.slowest + LONGEST_WAIT {
            return;
        }
        tries.push((calm.slowest, report.slowest));
    }
    panic!("each time a request was slow, beside the slowest before: {tries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_away_at_the_start() {
    let replicas = Replicas::beside(RedisServer::away()).await;
    let mut has_run = false;
    nobody_notices(replicas, async |replicas| {
        if has_run {
            replicas.redis.kill().await;
        }
        replicas.are_without_redis().await;
        replicas.redis.run().await;
        has_run = true;
        replicas.recover().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_killed() {
    let replicas = Replicas::start().await;
    nobody_notices(replicas, async |replicas| {
        replicas.redis.kill().await;
        replicas.are_without_redis().await;
        replicas.redis.run().await;
        replicas.recover().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_restarted_empty() {
    let replicas = Replicas::start().await;
    nobody_notices(replicas, async |replicas| {
        assert!(replicas.redis.keys().await > 0);
        replicas.redis.restart_empty().await;
        replicas.recover().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_restarted_with_old_data() {
    let mut replicas = Replicas::start_with(Persistence::Everything).await;
    // Once while nobody changes anything, so that what is old is all that there is to notice.
    restart_with_old_data(&mut replicas).await;
    nobody_notices(replicas, restart_with_old_data).await;
}

/// Has people read their settings from the cache, change them, and read them from a Redis that does not know
/// of the change.
async fn restart_with_old_data(replicas: &mut Replicas) {
    let users: Vec<_> = (0..20).map(|_| replicas.user()).collect();
    for user in &users {
        set(&user[0], "#000001").await;
        finds_in_the_cache(&replicas.servers[1], &user[1]).await;
    }
    let old = replicas.redis.data();
    for user in &users {
        set(&user[0], "#000002").await;
    }
    replicas.redis.restart_with(&old).await;
    assert!(replicas.redis.keys().await >= 20, "the data are not old");
    for _ in 0..3 {
        for user in users.iter().flatten() {
            shows(user, "#000002").await;
        }
        replicas.recover().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_paused() {
    let replicas = Replicas::start().await;
    nobody_notices(replicas, async |replicas| {
        replicas.redis.pause().await;
        replicas.are_without_redis().await;
        replicas.redis.resume().await;
        replicas.recover().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_redis_is_full() {
    let replicas = Replicas::start().await;
    nobody_notices(replicas, async |replicas| {
        replicas.redis.fill_up().await;
        replicas.are_without_redis().await;
        replicas.redis.make_room().await;
        replicas.recover().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_one_replica_is_cut_off_from_redis() {
    nobody_notices_that_one_replica_loses_redis(Proxy::cut).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_notices_that_one_replica_gets_no_answer_from_redis() {
    nobody_notices_that_one_replica_loses_redis(Proxy::hold).await;
}

async fn nobody_notices_that_one_replica_loses_redis(how: fn(&Proxy)) {
    let replicas = Replicas::start().await;
    nobody_notices(replicas, async |replicas| {
        let [cut_off, other] = &replicas.servers;
        how(&replicas.wire);
        is_without_redis(cut_off).await;
        shows_that_redis_is_up(other).await;
        replicas.wire.open();
        recovers(cut_off).await;
        recovers(other).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_without_redis_changes_the_other_shows_at_once() {
    let replicas = Replicas::start().await;
    let [here, there] = replicas.user();
    let [cut_off, other] = &replicas.servers;
    for round in 0..6 {
        // The other one has it from the cache up to the very change.
        finds_in_the_cache(other, &there).await;
        if round % 2 == 0 {
            replicas.wire.cut();
        } else {
            replicas.wire.hold();
        }
        for number in 0..20 {
            let color = format!("#{round:02x}00{number:02x}");
            set(&here, &color).await;
            shows(&there, &color).await;
            let color = format!("#{round:02x}01{number:02x}");
            set(&there, &color).await;
            shows(&here, &color).await;
        }
        replicas.wire.open();
        shows_that_redis_is_up(cut_off).await;
    }
}

async fn set(client: &Client, color: &str) {
    let body = json!({"theme.accent_color": color});
    let answer = client.patch(PREFERENCES, body).await;
    assert_eq!(answer.status, 200, "{answer}");
}

async fn shows(client: &Client, color: &str) {
    let answer = client.get(PREFERENCES).await;
    assert_eq!(answer.status, 200, "{answer}");
    for_good(|| assert_eq!(answer.json()["theme"]["accent_color"], color, "{answer}"));
}

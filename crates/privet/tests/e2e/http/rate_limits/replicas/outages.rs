//! Without Redis each process counts separately, and requests do not wait; when Redis is back, they count together
//! again.

use std::time::{Duration, Instant};

use super::{
    BREATH, EMAIL, FAILED_AUTH, GENERAL, GUARDED, HOUR, Replicas, Stranger, TRIES, refusal,
    remaining,
};
use crate::support::shapes::assert_error;
use crate::support::{Answer, RedisServer, Server, for_good};

/// Longer than any request may take because of Redis.
const TOO_LONG: Duration = Duration::from_millis(250);

/// Asserts that a process allows the whole quota of a user, and no more.
async fn counts_for_itself(server: &Server) {
    let alice = server.new_user();
    for left in (0..GENERAL).rev() {
        let answer = alice.get(EMAIL).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(
            remaining(&answer, "general", GENERAL, HOUR).0,
            left,
            "{answer}"
        );
    }
    refusal(&alice.get(EMAIL).await, EMAIL, "general", GENERAL, HOUR);

    let stranger = Stranger::new();
    for _ in 0..FAILED_AUTH {
        assert_error(
            &stranger.knocks_at(server).await,
            GUARDED,
            401,
            "Invalid token",
        );
    }
    refusal(
        &stranger.knocks_at(server).await,
        GUARDED,
        "failed_auth",
        FAILED_AUTH,
        HOUR,
    );
}

/// Waits until they count together, and asserts that they share one quota then.
async fn count_together(replicas: &Replicas) {
    let passed = replicas
        .counting_together(async || {
            let mut passed = 0;
            let alice = replicas.user();
            for client in alice.iter().cycle().take(2 * GENERAL as usize) {
                passed += u32::from(client.get(EMAIL).await.status == 200);
            }
            passed
        })
        .await;
    for_good(|| assert_eq!(passed, GENERAL));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_count_together_again_once_redis_is_back() {
    let mut replicas = Replicas::beside(RedisServer::away()).await;
    for _ in 0..2 {
        for server in &replicas.servers {
            counts_for_itself(server).await;
        }
        replicas.redis.run().await;
        count_together(&replicas).await;
        replicas.redis.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_counted_together_still_counts_when_redis_was_out_of_reach() {
    let replicas = Replicas::start().await;
    let alice = replicas
        .counting_together(async || {
            let alice = replicas.user();
            for _ in 0..GENERAL {
                assert_eq!(alice[0].get(EMAIL).await.status, 200);
            }
            alice
        })
        .await;
    replicas.redis.pause().await;
    // One extra burst on each, which is forgotten afterwards.
    for client in &alice {
        assert_eq!(client.get(EMAIL).await.status, 200);
    }
    replicas.redis.resume().await;
    let answer: Answer = replicas
        .counting_together(async || alice[1].get(EMAIL).await)
        .await;
    refusal(&answer, EMAIL, "general", GENERAL, HOUR);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_waits_for_a_redis_that_does_not_answer() {
    let replicas = Replicas::start().await;
    replicas
        .counting_together(async || replicas.user()[0].get(EMAIL).await)
        .await;
    replicas.redis.pause().await;
    let mut slowest = Vec::new();
    // On a busy machine a request is sometimes slow for other reasons.
    for _ in 0..TRIES {
        let mut longest = Duration::ZERO;
        for server in &replicas.servers {
            for _ in 0..5 {
                let begun = Instant::now();
                server.new_user().get(EMAIL).await;
                Stranger::new().knocks_at(server).await;
                longest = longest.max(begun.elapsed());
            }
        }
        if longest < TOO_LONG {
            return;
        }
        slowest.push(longest);
        tokio::time::sleep(BREATH).await;
    }
    panic!("each time a request was slow: {slowest:?}");
}

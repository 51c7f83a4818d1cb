//! Which counter is used, and for whom.

use uuid::Uuid;

use super::*;

const ALICE: UserId = UserId::from_uuid(Uuid::from_u128(1));
const QUOTA: Quota = Quota::per_minute(10);
/// The remaining quota of the process, and that of the replicas.
const ALONE: u32 = 1;
const TOGETHER: u32 = 2;

struct Process;

impl RateLimiter for Process {
    fn count(&self, _: UserId, _: Limit) -> RateLimitOutcome {
        RateLimitOutcome::pass(QUOTA, ALONE)
    }
}

struct Replicas(Result<RateLimitOutcome, Unreachable>);

#[async_trait]
impl SharedRateLimiter for Replicas {
    async fn count(&self, _: Counted, _: Limit) -> Result<RateLimitOutcome, Unreachable> {
        self.0
    }
}

fn limits(replicas: Option<Result<RateLimitOutcome, Unreachable>>) -> RateLimits {
    let shared = replicas.map(|answer| Arc::new(Replicas(answer)) as Arc<dyn SharedRateLimiter>);
    RateLimits::new(Arc::new(Process), shared)
}

async fn remaining(limits: &RateLimits) -> u32 {
    limits.count(ALICE, Limit::General).await.remaining
}

#[tokio::test]
async fn replicas_count_together_where_they_can() {
    let limits = limits(Some(Ok(RateLimitOutcome::pass(QUOTA, TOGETHER))));
    assert_eq!(remaining(&limits).await, TOGETHER);
}

#[tokio::test]
async fn a_process_counts_for_itself_where_they_cannot() {
    for shared in [None, Some(Err(Unreachable))] {
        assert_eq!(remaining(&limits(shared)).await, ALONE);
    }
}

#[tokio::test]
async fn failures_are_left_to_the_guard_of_the_process_where_replicas_cannot_count_them() {
    let network = ClientNetwork::from(IpAddr::from([192, 0, 2, 1]));
    for shared in [None, Some(Err(Unreachable))] {
        assert_eq!(limits(shared).count_failure(network).await, None);
    }
    let refusal = RateLimitOutcome::refusal(QUOTA, Duration::from_secs(1));
    let limits = limits(Some(Ok(refusal)));
    assert_eq!(limits.count_failure(network).await, Some(refusal));
}

#[test]
fn ipv6_is_counted_by_the_network_a_customer_gets() {
    let network = |text: &str| ClientNetwork::from(text.parse::<IpAddr>().unwrap());
    assert_eq!(
        network("2001:db8:1:2:3::4"),
        network("2001:db8:1:2:ffff::1")
    );
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
}

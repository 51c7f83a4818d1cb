//! Compares the script, on a real Redis, with the rate limiter of a single process.

use governor::clock::FakeRelativeClock;
use governor::middleware::StateInformationMiddleware;
use governor::{Quota as GovernorQuota, RateLimiter as Governor};
use privet_domain::UserId;
use proptest::prelude::*;
use redis::{Client, Connection};
use uuid::Uuid;

use super::*;

/// Replaces [`NOW`] with a time from the test. Keys do not expire.
const TIME_GIVEN: &str = "
    local server, now = redis, {ARGV[3], ARGV[4]}
    local redis = {call = function(command, key, value)
        if value then return server.call(command, key, value) end
        return server.call(command, key)
    end}
";

/// The start of the tests' time, in seconds.
const BEGIN: u64 = 1_800_000_000;

fn connect() -> Connection {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else {
        panic!(
            "TEST_REDIS_URL is not set. Run `make test`, which starts a Redis where none is running, or \
             set it to a server that tests may write to."
        );
    };
    let connection = Client::open(url).and_then(|client| client.get_connection());
    connection.unwrap_or_else(|error| panic!("the Redis of TEST_REDIS_URL cannot be used: {error}"))
}

/// The script, with one user and its own clock.
struct Counter {
    connection: Connection,
    script: Script,
    key: String,
    now: Duration,
}

impl Counter {
    fn new() -> Self {
        let user = UserId::from_uuid(unique());
        Self {
            connection: connect(),
            script: Script::new(&[TIME_GIVEN, COUNT].concat()),
            key: key(Counted::User(user), Limit::General),
            now: Duration::from_secs(BEGIN),
        }
    }

    fn count(&mut self, quota: Quota) -> RateLimitOutcome {
        let mut call = self.script.key(&self.key);
        call.arg(interval(quota)).arg(quota.requests.get());
        call.arg(self.now.as_secs()).arg(self.now.subsec_micros());
        outcome(quota, call.invoke(&mut self.connection).unwrap())
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        let _: Result<(), _> = redis::cmd("DEL").arg(&self.key).query(&mut self.connection);
    }
}

#[expect(clippy::disallowed_methods, reason = "tests share the server")]
fn unique() -> Uuid {
    Uuid::new_v4()
}

fn quota(requests: u32, seconds: u64) -> Quota {
    Quota {
        requests: requests.try_into().unwrap(),
        window: Duration::from_secs(seconds),
    }
}

/// The counter of a process that is used while Redis is unavailable.
fn governor(
    quota: Quota,
    clock: &FakeRelativeClock,
) -> Governor<
    governor::state::NotKeyed,
    governor::state::InMemoryState,
    FakeRelativeClock,
    StateInformationMiddleware,
> {
    let cells = GovernorQuota::with_period(quota.interval()).unwrap();
    let cells = cells.allow_burst(quota.requests);
    Governor::direct_with_clock(cells, clock.clone()).with_middleware()
}

/// Valid quotas, small ones more often.
fn quotas() -> impl Strategy<Value = Quota> {
    let requests = prop_oneof![1_u32..=5, 1_u32..=1_000, 1_u32..=1_000_000];
    let windows = prop::sample::select(vec![1_u64, 60, 3_600]);
    (requests, windows).prop_map(|(requests, window)| quota(requests, window))
}

/// Times between requests, in intervals of the quota.
fn pauses() -> impl Strategy<Value = Vec<f64>> {
    let pause = prop_oneof![
        4 => Just(0.0),
        2 => 0.0..1.5_f64,
        1 => Just(1.0),
        1 => 0.0..20.0_f64,
    ];
    prop::collection::vec(pause, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn redis_counts_as_one_process_does(quota in quotas(), pauses in pauses()) {
        let mut counter = Counter::new();
        let clock = FakeRelativeClock::default();
        let alone = governor(quota, &clock);
        for pause in pauses {
            // Whole microseconds, as in Redis.
            let pause = quota.interval().mul_f64(pause).as_micros();
            let pause = Duration::from_micros(u64::try_from(pause).unwrap());
            clock.advance(pause);
            counter.now += pause;
            let expected = match alone.check() {
                Ok(left) => RateLimitOutcome::pass(quota, left.remaining_burst_capacity()),
                Err(refused) => RateLimitOutcome::refusal(quota, refused.wait_time_from(clock_now(&clock))),
            };
            prop_assert_eq!(counter.count(quota), expected);
        }
    }
}

fn clock_now(clock: &FakeRelativeClock) -> governor::nanos::Nanos {
    governor::clock::Clock::now(clock)
}

#[test]
fn a_full_quota_of_a_million_may_be_used_at_once() {
    let mut counter = Counter::new();
    let large = quota(1_000_000, 3_600);
    for left in (999_990..1_000_000).rev() {
        assert_eq!(counter.count(large).remaining, left);
    }
}

#[test]
fn usage_counted_against_another_quota_counts() {
    let mut counter = Counter::new();
    for _ in 0..3 {
        counter.count(quota(3, 60));
    }
    // Twenty seconds each: for another quota this is also a third of a minute.
    assert_eq!(counter.count(quota(6, 60)).remaining, 0);
    let refused = counter.count(quota(6, 60));
    assert_eq!(refused.retry_after, Some(Duration::from_secs(10)));
}

#[test]
fn after_a_larger_quota_the_wait_is_at_most_that_of_the_new_one() {
    let mut counter = Counter::new();
    for _ in 0..2 {
        counter.count(quota(2, 3_600));
    }
    let refused = counter.count(quota(2, 60));
    assert_eq!(refused.retry_after, Some(Duration::from_secs(30)));
}

#[test]
fn a_clock_that_is_set_back_uses_at_most_the_quota() {
    let mut counter = Counter::new();
    counter.count(quota(2, 60));
    counter.now -= Duration::from_hours(24);
    let refused = counter.count(quota(2, 60));
    assert_eq!(refused.retry_after, Some(Duration::from_secs(30)));
}

#[test]
fn a_counter_exists_until_the_quota_is_full_again() {
    let mut connection = connect();
    let script = Script::new(&[NOW, COUNT].concat());
    let key = key(Counted::User(UserId::from_uuid(unique())), Limit::General);
    let minute = quota(60, 60);
    for spent in 1..=3 {
        let mut call = script.key(&key);
        call.arg(interval(minute)).arg(minute.requests.get());
        let (passes, _): Answer = call.invoke(&mut connection).unwrap();
        assert!(passes);
        let left: u64 = redis::cmd("PTTL").arg(&key).query(&mut connection).unwrap();
        assert!(left <= spent * 1_000 + 1, "{left}");
        assert!(left > (spent - 1) * 1_000, "{left}");
    }
}

#[test]
fn users_and_networks_have_keys_of_their_own() {
    let user = Counted::User(UserId::from_uuid(Uuid::from_u128(1)));
    let network = |text: &str| Counted::Network(text.parse::<std::net::IpAddr>().unwrap().into());
    for (counted, limit, expected) in [
        (
            user,
            Limit::General,
            "general:user:{00000000-0000-0000-0000-000000000001}",
        ),
        (
            network("192.0.2.1"),
            Limit::FailedAuthentication,
            "failed_auth:network:{192.0.2.1}",
        ),
        (
            network("2001:db8::7"),
            Limit::FailedAuthentication,
            "failed_auth:network:{2001:db8::}",
        ),
    ] {
        assert_eq!(key(counted, limit), format!("privet:v1:limit:{expected}"));
    }
}

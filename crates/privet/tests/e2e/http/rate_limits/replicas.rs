//! Replicas with a common Redis count together, and answer like a single process.

mod outages;

use std::time::Duration;

use reqwest::Method;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{EMAIL, limits, refusal, remaining, send};
use crate::support::redis_server::Persistence;
use crate::support::shapes::assert_error;
use crate::support::{
    Answer, Backend, Client, Database, RedisServer, Server, for_good, new_user_id,
};

/// The path for requests with an invalid token.
const GUARDED: &str = "/api/v1/privacy/settings";
/// The number of attempts until Redis has counted all requests. On a busy machine Redis sometimes answers too
/// late, and the process counts alone.
const TRIES: u8 = 30;
/// Longer than a process pauses after Redis was slow.
const BREATH: Duration = Duration::from_millis(150);
/// The number of concurrent requests of the same user.
const AT_ONCE: usize = 10;

/// Quotas that are not refilled during a test.
const QUOTAS: [(&str, &str); 9] = [
    ("PRIVET_RATE_LIMITS", "on"),
    ("PRIVET_TRUSTED_PROXIES", "127.0.0.1"),
    ("PRIVET_LIMIT_MESSAGING_READ", "2/hour"),
    ("PRIVET_LIMIT_MESSAGING_UPDATE", "3/hour"),
    ("PRIVET_LIMIT_EMAIL_CONTACT_UPDATE", "4/hour"),
    ("PRIVET_LIMIT_ACCOUNT_UPDATE", "5/hour"),
    ("PRIVET_LIMIT_PREFERENCES_UPDATE", "6/hour"),
    ("PRIVET_LIMIT_GENERAL", "7/hour"),
    ("PRIVET_LIMIT_FAILED_AUTH", "4/hour"),
];
const GENERAL: u32 = 7;
const FAILED_AUTH: u32 = 4;
const HOUR: u32 = 3_600;

/// Two servers with a common Redis.
struct Replicas {
    redis: RedisServer,
    servers: [Server; 2],
    _database: Option<Database>,
}

impl Replicas {
    async fn start() -> Self {
        Self::beside(RedisServer::start(Persistence::Nothing).await).await
    }

    /// With this Redis, running or not.
    async fn beside(redis: RedisServer) -> Self {
        let database = Database::fresh(Backend::Postgres).await;
        let url = redis.url();
        let variables = variables(&url);
        let mut servers = [(), ()].map(|()| Server::launch(&database, &variables));
        for server in &mut servers {
            server.wait_until_it_serves().await;
        }
        Self {
            redis,
            servers,
            _database: Some(database),
        }
    }

    /// On SQLite, where two processes cannot share a database.
    async fn on_sqlite() -> Self {
        let redis = RedisServer::start(Persistence::Nothing).await;
        let url = redis.url();
        let variables = variables(&url);
        let servers = [
            Server::on_sqlite(&variables).await,
            Server::on_sqlite(&variables).await,
        ];
        Self {
            redis,
            servers,
            _database: None,
        }
    }

    /// A new user, as a client of each of them.
    fn user(&self) -> [Client; 2] {
        let id = new_user_id();
        self.servers.each_ref().map(|server| server.user(id))
    }

    /// Repeats until both have counted all requests together.
    async fn counting_together<T>(&self, attempt: impl AsyncFn() -> T) -> T {
        for _ in 0..TRIES {
            let before = self.counted_by("process").await;
            let result = attempt().await;
            if self.counted_by("process").await == before {
                return result;
            }
            sleep(BREATH).await;
        }
        panic!("each time one of them counted for itself");
    }

    /// The number of requests counted by the replicas together, or by one of them alone.
    async fn counted_by(&self, whom: &str) -> u64 {
        let mut sum = 0;
        for server in &self.servers {
            let metrics = server.anonymous().get("/metrics").await;
            let name = format!("privet_rate_limit_counts_total{{by=\"{whom}\"}} ");
            let value = metrics
                .text
                .lines()
                .find_map(|line| line.strip_prefix(&name));
            sum += value.map_or(0, |value| value.parse().unwrap());
        }
        sum
    }
}

fn variables(redis_url: &str) -> Vec<(&str, &str)> {
    [&QUOTAS[..], &[("REDIS_URL", redis_url)]].concat()
}

/// A client without a valid token, at a new address.
struct Stranger(String);

impl Stranger {
    fn new() -> Self {
        // Its own /64.
        let [.., a, b, c, d] = new_user_id().into_bytes();
        Self(format!("2001:db8:{a:02x}{b:02x}:{c:02x}{d:02x}::1"))
    }

    async fn knocks_at(&self, server: &Server) -> Answer {
        let request = server.bearer("x").request(Method::GET, GUARDED);
        request.header("X-Forwarded-For", &self.0).send().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_quota_of_each_limit() {
    let replicas = Replicas::start().await;
    for (limit, quota) in limits().into_iter().zip(2_u32..) {
        let answers = replicas
            .counting_together(async || {
                let alice = replicas.user();
                let mut answers = Vec::new();
                for request in limit.requests.iter().cycle().take(quota as usize) {
                    answers.push(send(&alice[answers.len() % 2], request).await);
                }
                // Both know that the quota is used up.
                for client in &alice {
                    answers.push(send(client, &limit.requests[0]).await);
                }
                answers
            })
            .await;
        let (passed, refused) = answers.split_at(quota as usize);
        for (answer, used) in passed.iter().zip(1..) {
            assert_eq!(answer.status, 200, "{answer}");
            let (left, reset) = remaining(answer, limit.name, quota, HOUR);
            assert_eq!(left, quota - used, "{answer}");
            assert_eq!(reset, (HOUR * used).div_ceil(quota), "{answer}");
        }
        for answer in refused {
            refusal(answer, limit.requests[0].1, limit.name, quota, HOUR);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_answer_as_one_process_does() {
    let replicas = Replicas::start().await;
    let alone = Server::on_sqlite(&QUOTAS).await;
    let request = (Method::GET, EMAIL, None);
    let answers = |alice: [Client; 2]| {
        let request = &request;
        async move {
            let mut answers = Vec::new();
            for _ in 0..GENERAL {
                for client in &alice {
                    answers.push(send(client, request).await);
                }
            }
            answers
        }
    };
    let bob = alone.new_user();
    let expected = answers([bob.clone(), bob]).await;
    let shared = replicas
        .counting_together(async || answers(replicas.user()).await)
        .await;
    for (shared, alone) in shared.iter().zip(&expected) {
        assert_eq!(shared.status, alone.status);
        for name in ["RateLimit", "RateLimit-Policy", "Retry-After"] {
            assert_eq!(shared.has_header(name), alone.has_header(name), "{shared}");
        }
        let policy = "RateLimit-Policy";
        assert_eq!(shared.header(policy), alone.header(policy));
        let (left, until) = remaining(shared, "general", GENERAL, HOUR);
        let (left_alone, until_alone) = remaining(alone, "general", GENERAL, HOUR);
        assert_eq!(left, left_alone, "{shared}");
        // The waiting time of refusals decreases.
        assert!(until.abs_diff(until_alone) < 60, "{shared} and {alone}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_requests_at_once_as_many_pass_as_the_quota_has_left() {
    let replicas = Replicas::start().await;
    for spent in [0, 3] {
        let passed = replicas
            .counting_together(async || {
                let alice = replicas.user();
                for _ in 0..spent {
                    assert_eq!(alice[0].get(EMAIL).await.status, 200);
                }
                let mut requests = JoinSet::new();
                for number in 0..AT_ONCE {
                    let client = alice[number % 2].clone();
                    requests.spawn(async move { client.get(EMAIL).await.status });
                }
                let statuses = requests.join_all().await;
                assert!(statuses.iter().all(|status| [200, 429].contains(status)));
                statuses.into_iter().filter(|status| *status == 200).count()
            })
            .await;
        for_good(|| assert_eq!(passed, GENERAL as usize - spent));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_fails_to_authenticate_has_one_quota_on_all_replicas() {
    let replicas = Replicas::start().await;
    let [here, there] = &replicas.servers;
    let answers = replicas
        .counting_together(async || {
            let stranger = Stranger::new();
            let mut answers = Vec::new();
            for _ in 0..FAILED_AUTH {
                answers.push(stranger.knocks_at(here).await);
                answers.push(stranger.knocks_at(there).await);
            }
            answers
        })
        .await;
    let (passed, refused) = answers.split_at(FAILED_AUTH as usize);
    for answer in passed {
        assert_error(answer, GUARDED, 401, "Invalid token");
    }
    for answer in refused {
        refusal(answer, GUARDED, "failed_auth", FAILED_AUTH, HOUR);
    }
    assert_eq!(here.new_user().get(GUARDED).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_shared_on_sqlite_too() {
    let replicas = Replicas::on_sqlite().await;
    let statuses = replicas
        .counting_together(async || {
            let alice = replicas.user();
            let mut statuses = Vec::new();
            for _ in 0..GENERAL {
                for client in &alice {
                    statuses.push(client.get(EMAIL).await.status);
                }
            }
            statuses
        })
        .await;
    let (passed, refused) = statuses.split_at(GENERAL as usize);
    assert!(passed.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(refused.iter().all(|status| *status == 429), "{statuses:?}");
}

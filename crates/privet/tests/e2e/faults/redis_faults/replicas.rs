//! Two replicas that share a database and a Redis, and what they say of it.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use super::{A_WHILE, PREFERENCES};
use crate::support::redis_server::Persistence;
use crate::support::{Backend, Client, Database, Proxy, RedisServer, Server};

/// Longer than noticing and recovering take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// With Redis asked about every request twice: by the cache, and by limits that nobody reaches.
const VARIABLES: [(&str, &str); 4] = [
    ("PRIVET_RATE_LIMITS", "on"),
    ("PRIVET_LIMIT_GENERAL", "1000000/second"),
    ("PRIVET_LIMIT_PREFERENCES_UPDATE", "1000000/second"),
    ("PRIVET_LOG", "info"),
];

/// Two servers that answer alike.
pub struct Replicas {
    /// What they share.
    pub redis: RedisServer,
    /// Between the first of them and Redis; nothing is between Redis and the second.
    pub wire: Proxy,
    /// The servers.
    pub servers: [Server; 2],
    _database: Database,
}

impl Replicas {
    /// With a Redis that keeps nothing, in use.
    pub async fn start() -> Self {
        Self::start_with(Persistence::Nothing).await
    }

    /// With such a Redis, in use.
    pub async fn start_with(persistence: Persistence) -> Self {
        let replicas = Self::beside(RedisServer::start(persistence).await).await;
        for server in &replicas.servers {
            shows_that_redis_is_up(server).await;
            counts_hits(server).await;
        }
        replicas
    }

    /// With this Redis, whether it runs or not.
    pub async fn beside(redis: RedisServer) -> Self {
        let database = Database::fresh(Backend::Postgres).await;
        let wire = Proxy::before_redis(&redis).await;
        let urls = [wire.url().to_owned(), redis.url()];
        let [first, second] = urls.each_ref().map(|url| {
            let variables = [&VARIABLES[..], &[("REDIS_URL", url)]].concat();
            Server::launch(&database, &variables)
        });
        let mut servers = [first, second];
        for server in &mut servers {
            server.wait_until_it_serves().await;
        }
        Self {
            redis,
            wire,
            servers,
            _database: database,
        }
    }

    /// A user, as a client of each of the servers.
    pub fn user(&self) -> [Client; 2] {
        let id = crate::support::new_user_id();
        self.servers.each_ref().map(|server| server.user(id))
    }

    /// Has each of them without Redis for a while.
    pub async fn are_without_redis(&self) {
        let [first, second] = &self.servers;
        tokio::join!(is_without_redis(first), is_without_redis(second));
    }

    /// Waits until each of them says that Redis is there, and reads what it keeps.
    pub async fn recover(&self) {
        for server in &self.servers {
            recovers(server).await;
        }
    }
}

/// Waits until the server says wherever one asks that Redis is away, and for a while thereafter, in which
/// the log tells no more of it.
pub async fn is_without_redis(server: &Server) {
    eventually("Redis is away", async || {
        metric(server, "privet_redis_up").await == Some(0)
            && health(server).await == "degraded"
            && told(server).last() == Some(&"away")
    })
    .await;
    let before = told(server);
    sleep(A_WHILE).await;
    assert_eq!(told(server), before, "{}", server.log().join("\n"));
}

/// Waits until the server says wherever one asks that Redis is there, and reads what it keeps. Asserts that
/// the log told in turn that it was away and that it was back.
pub async fn recovers(server: &Server) {
    shows_that_redis_is_up(server).await;
    counts_hits(server).await;
    let told = told(server);
    let in_turn = ["away", "back"].into_iter().cycle();
    let expected: Vec<_> = in_turn.take(told.len()).collect();
    assert_eq!(told, expected, "{}", server.log().join("\n"));
}

/// What the log tells of Redis, line by line.
fn told(server: &Server) -> Vec<&'static str> {
    let log = server.log();
    let of_redis = log.iter().filter_map(|line| {
        let news = ["away", "back"];
        let is_told = |news: &&str| line.contains(&format!("Redis is {news}"));
        news.into_iter().find(is_told)
    });
    of_redis.collect()
}

/// Waits until the server says wherever one asks that Redis is there.
pub async fn shows_that_redis_is_up(server: &Server) {
    eventually("Redis is there", async || {
        metric(server, "privet_redis_up").await == Some(1)
            && health(server).await == "ready"
            && told(server).last() != Some(&"away")
    })
    .await;
}

/// The status in the answer of `/health/ready`, which is a success.
async fn health(server: &Server) -> String {
    let answer = server.anonymous().get("/health/ready").await;
    assert_eq!(answer.status, 200, "{answer}");
    let body = answer.json();
    let status = body["status"].as_str().unwrap();
    let redis = if status == "ready" { "up" } else { "away" };
    let checks = json!({"database": "up", "redis": redis});
    assert_eq!(body["checks"], checks, "{answer}");
    status.to_owned()
}

/// Waits until reads find what an earlier one has left in Redis.
async fn counts_hits(server: &Server) {
    let user = server.new_user();
    finds_in_the_cache(server, &user).await;
}

/// Waits until reads of this user find what an earlier one has left in Redis.
pub async fn finds_in_the_cache(server: &Server, user: &Client) {
    eventually("a read finds something in the cache", async || {
        let before = hits(server).await;
        let answer = user.get(PREFERENCES).await;
        assert_eq!(answer.status, 200, "{answer}");
        hits(server).await > before
    })
    .await;
}

async fn hits(server: &Server) -> u64 {
    let hits = metric(server, "privet_cache_reads_total{result=\"hit\"}").await;
    hits.unwrap_or_default()
}

/// The value of a metric, if it is there.
async fn metric(server: &Server, name: &str) -> Option<u64> {
    let answer = server.anonymous().get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut lines = answer.text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} {value}")))
}

async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "it never showed that {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

//! The connection to Redis. It is renewed when it is lost, and every wait for it is bounded.

mod backoff;
mod cluster;
mod connections;
mod own_connection;
mod shared_changes;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use async_trait::async_trait;
use metrics::{Counter, counter, describe_counter, describe_gauge, gauge};
use privet_application::StoreError;
use privet_application::health::{Availability, Dependency};
use privet_application::shared_cache::epoch::CacheServer;
use privet_application::shared_cache::rows::Unreachable;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisResult, ScriptInvocation};
use tokio::sync::Notify;
use tokio::time::{self, timeout};

use crate::address::{Address, InvalidUrl};

use backoff::Backoff;
use connections::Connections;

/// Whether Redis is reachable, 1 or 0.
const UP: &str = "privet_redis_up";
/// Failed commands.
const FAILURES: &str = "privet_redis_failures_total";
/// The time limit for connecting, and for each answer during the start of a session.
const SLOWEST_CONNECT: Duration = Duration::from_secs(1);
/// The interval at which an idle connection is tested.
const PING_EVERY: Duration = Duration::from_millis(100);
/// The time without an answer after which Redis counts as unavailable.
const LONGEST_SILENCE: Duration = Duration::from_millis(250);
/// A thread that notices the end of a time limit later than this was busy.
const PUNCTUAL: Duration = Duration::from_millis(10);
/// The wait before the next attempt to connect: doubled each time up to the maximum.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The time limit for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// For reads: the store can answer instead.
    Read,
    /// For rate limits: without an answer the user gets a second quota, from the counters in memory.
    Count,
    /// For changes: without an answer no replica can use the cache for some time.
    Change,
}

impl CommandKind {
    const fn timeout(self) -> Duration {
        match self {
            Self::Read => Duration::from_millis(5),
            Self::Count | Self::Change => Duration::from_millis(50),
        }
    }
}

/// The connection to one Redis server, to an address, or to the primaries of a cluster.
pub struct RedisLink {
    address: Arc<Address>,
    session: ArcSwapOption<Session>,
    begun: Instant,
    /// Pauses after Redis was too slow, for reads and for rate limits.
    reads: Backoff,
    counts: Backoff,
    failed: Counter,
    timed_out: Counter,
}

/// The connections to the same servers, from the first one until one of them is lost.
struct Session {
    number: u64,
    server: CacheServer,
    connections: Connections,
    /// The state of this session, so that an old session cannot end a new one.
    lost: Notify,
}

/// Gives each session its own number.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

impl RedisLink {
    /// A link to this URL. It connects when [`Self::keep_connected`] runs.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        describe_gauge!(UP, "Whether Redis is reachable: 1 or 0.");
        describe_counter!(
            FAILURES,
            "Commands to Redis that failed (error) or exceeded their time limit (timeout)."
        );
        let failures = |kind| counter!(FAILURES, "kind" => kind);
        Ok(Self {
            address: Arc::new(Address::parse(url)?),
            session: ArcSwapOption::empty(),
            begun: Instant::now(),
            reads: Backoff::default(),
            counts: Backoff::default(),
            failed: failures("error"),
            timed_out: failures("timeout"),
        })
    }

    /// Connects, and connects again whenever the connection is lost. Never returns.
    pub async fn keep_connected(&self) {
        gauge!(UP).set(0.0);
        let mut state = State::Unknown;
        let mut wait = FIRST_WAIT;
        loop {
            let since = Instant::now();
            let error = match self.connect().await {
                Ok(session) => {
                    state.changes_to(State::There);
                    self.stay_connected(Arc::new(session)).await
                }
                Err(error) => error.to_string(),
            };
            if state.changes_to(State::Unreachable) {
                tracing::warn!(exception.message = %error, "Redis is away; continuing without it");
            }
            if since.elapsed() > LONGEST_WAIT {
                wait = FIRST_WAIT;
            }
            time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn connect(&self) -> RedisResult<Session> {
        let (server, connections) = Connections::open(&self.address).await?;
        connections.probe().await?;
        Ok(Session {
            number: SESSIONS.fetch_add(1, Ordering::Relaxed),
            server,
            connections,
            lost: Notify::new(),
        })
    }

    /// Keeps the session in use until it is lost; returns the cause.
    async fn stay_connected(&self, session: Arc<Session>) -> String {
        self.reads.end();
        self.counts.end();
        self.session.store(Some(Arc::clone(&session)));
        loop {
            match timeout(LONGEST_SILENCE, session.connections.check()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.lose(error.to_string()),
                Err(_) => return self.lose("no answer".to_owned()),
            }
            tokio::select! {
                () = time::sleep(PING_EVERY) => {}
                () = session.lost.notified() => return self.lose("a command failed".to_owned()),
            }
        }
    }

    fn lose(&self, why: String) -> String {
        self.session.store(None);
        why
    }

    /// The address of a server that can be reached now.
    pub(crate) fn server(&self) -> Option<CacheServer> {
        let session = self.session.load();
        session.as_ref().map(|session| session.server.clone())
    }

    /// The answer of the server that has the key.
    pub(crate) async fn ask<T: FromRedisValue + Send>(
        &self,
        kind: CommandKind,
        key: &str,
        command: &Cmd,
    ) -> Result<T, Unreachable> {
        let asking = |mut connection: MultiplexedConnection| async move {
            command.query_async(&mut connection).await
        };
        self.answer(kind, key, asking).await
    }

    /// The answer of a script. Its text is only sent if Redis does not know it.
    pub(crate) async fn run<T: FromRedisValue + Send>(
        &self,
        kind: CommandKind,
        key: &str,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Unreachable> {
        let asking = |mut connection: MultiplexedConnection| async move {
            script.invoke_async(&mut connection).await
        };
        self.answer(kind, key, asking).await
    }

    async fn answer<T, F: Future<Output = RedisResult<T>>>(
        &self,
        kind: CommandKind,
        key: &str,
        asking: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, Unreachable> {
        let backoff = self.backoff_of(kind);
        if backoff.is_some_and(|backoff| backoff.holds(|| self.now())) {
            return Err(Unreachable);
        }
        let session = self.session.load_full().ok_or(Unreachable)?;
        let connection = own_connection::of_this_thread(&self.address, &session, key);
        let asking = asking(connection.ok_or(Unreachable)?);
        match within(kind.timeout(), asking).await {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => {
                self.failed.increment(1);
                self.give_up(&session, &error);
            }
            None => {
                self.timed_out.increment(1);
                match backoff {
                    Some(backoff) => backoff.begin_at(self.now()),
                    None => self.give_up(&session, &"too slow"),
                }
            }
        }
        Err(Unreachable)
    }

    /// Ends the session at once.
    fn give_up(&self, session: &Arc<Session>, why: &dyn Display) {
        tracing::debug!(exception.message = %why, "a command to Redis failed");
        // Another session may have begun in the meantime.
        self.session.rcu(|current| {
            let is_current = current
                .as_ref()
                .is_some_and(|current| Arc::ptr_eq(current, session));
            if is_current { None } else { current.clone() }
        });
        session.lost.notify_one();
    }

    /// The pause after Redis was too slow for a read or a rate limit. If it was too slow for a change, the session
    /// ends instead.
    fn backoff_of(&self, kind: CommandKind) -> Option<&Backoff> {
        match kind {
            CommandKind::Read => Some(&self.reads),
            CommandKind::Count => Some(&self.counts),
            CommandKind::Change => None,
        }
    }

    fn now(&self) -> u64 {
        micros(self.begun.elapsed())
    }
}

/// The answer, if it arrives within the limit. A thread that was busy meanwhile may have sent the command late, so it waits
/// once more: the limit is for Redis.
async fn within<T>(limit: Duration, asking: impl Future<Output = T>) -> Option<T> {
    let mut asking = pin!(asking);
    let begun = Instant::now();
    if let Ok(answer) = timeout(limit, asking.as_mut()).await {
        return Some(answer);
    }
    let was_busy = begun.elapsed() > limit + PUNCTUAL;
    if was_busy {
        timeout(limit, asking).await.ok()
    } else {
        None
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The last reported state of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unknown,
    There,
    Unreachable,
}

impl State {
    /// Records the state, and returns whether it has changed.
    fn changes_to(&mut self, next: Self) -> bool {
        let before = std::mem::replace(self, next);
        gauge!(UP).set(if next == Self::There { 1.0 } else { 0.0 });
        if next == Self::There && before == Self::Unreachable {
            tracing::info!("Redis is back");
        }
        before != next
    }
}

#[async_trait]
impl Dependency for RedisLink {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn is_required(&self) -> bool {
        false
    }

    async fn check(&self) -> Result<Availability, StoreError> {
        match self.server() {
            Some(_) => Ok(Availability::Complete),
            None => Err(StoreError::unavailable("Redis is away")),
        }
    }
}

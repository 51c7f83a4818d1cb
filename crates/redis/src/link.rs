//! The connection to Redis: made again whenever it is lost, and never waited for longer than it is worth.

mod backoff;
mod cluster;
mod connections;
mod own_connection;
#[cfg(test)]
mod tests;

use std::fmt::Display;
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

/// Whether Redis can be reached, 1 or 0.
const UP: &str = "privet_redis_up";
/// Commands that were given up.
const FAILURES: &str = "privet_redis_failures_total";
/// How long connecting may take, and each answer of the greeting after it.
const SLOWEST_CONNECT: Duration = Duration::from_secs(1);
/// How often a connection that nobody uses is tried.
const PING_EVERY: Duration = Duration::from_millis(100);
/// How long Redis may be silent before it counts as away.
const LONGEST_SILENCE: Duration = Duration::from_millis(250);
/// How long to wait before connecting again: doubled each time until it is the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What a command is for, which says how long its answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandKind {
    /// The store can be asked instead.
    Read,
    /// Doing without gives somebody a second quota.
    Count,
    /// Doing without costs every replica its cache for a while.
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

/// The connection to one Redis server, to whatever server has its address, or to the primaries of a cluster.
pub struct RedisLink {
    address: Arc<Address>,
    session: ArcSwapOption<Session>,
    begun: Instant,
    /// What reads do without once Redis was too slow for one, and counts once it was for one of theirs.
    reads: Backoff,
    counts: Backoff,
    failed: Counter,
    timed_out: Counter,
}

/// The connections to the same servers, from when the first was made until any of them is lost.
struct Session {
    number: u64,
    server: CacheServer,
    connections: Connections,
    /// Of this session: what was said of one must not end the next.
    lost: Notify,
}

/// So that each session has a number of its own.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

impl RedisLink {
    /// A link to what is at that URL. Nothing is connected until [`Self::keep_connected`] runs.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        describe_gauge!(UP, "Whether Redis can be reached: 1 or 0.");
        describe_counter!(
            FAILURES,
            "Commands to Redis that failed (error) or took longer than they are worth (timeout)."
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

    /// Connects, and connects again whenever the connection is lost. Never ends.
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
                tracing::warn!(exception.message = %error, "Redis is away; everything goes on without it");
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

    /// Lets the session be used until it is lost; answers why it was.
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

    /// The server that can be reached now.
    pub(crate) fn server(&self) -> Option<CacheServer> {
        let session = self.session.load();
        session.as_ref().map(|session| session.server.clone())
    }

    /// What the server that has the key answers to the command.
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

    /// What the script answers. Redis is told its text only where it does not know it.
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
        let connection = match kind {
            CommandKind::Read | CommandKind::Count => {
                own_connection::of_this_thread(&self.address, &session, key)
            }
            CommandKind::Change => session.connections.of_key(key),
        };
        let asking = asking(connection.ok_or(Unreachable)?);
        match timeout(kind.timeout(), asking).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                self.failed.increment(1);
                self.give_up(&session, &error);
            }
            Err(_) => {
                self.timed_out.increment(1);
                match backoff {
                    Some(backoff) => backoff.begin_at(self.now()),
                    None => self.give_up(&session, &"too slow"),
                }
            }
        }
        Err(Unreachable)
    }

    /// Nobody uses the session any more, at once.
    fn give_up(&self, session: &Arc<Session>, why: &dyn Display) {
        tracing::debug!(exception.message = %why, "a command to Redis failed");
        // Another one may be in its place by now.
        self.session.rcu(|current| {
            let is_current = current
                .as_ref()
                .is_some_and(|current| Arc::ptr_eq(current, session));
            if is_current { None } else { current.clone() }
        });
        session.lost.notify_one();
    }

    /// What those do without for a while for whom Redis was too slow once. A change ends the session instead.
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

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What was said last of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unknown,
    There,
    Unreachable,
}

impl State {
    /// Notes how things stand, and whether that is news.
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

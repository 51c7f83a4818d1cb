//! The connection to Redis: made again whenever it is lost, and never waited for longer than it is worth.

mod own_connection;
mod pause;
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
use privet_application::cache_epoch::CacheServer;
use privet_application::health::{Availability, Dependency};
use privet_application::shared_rows::Away;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisResult, ScriptInvocation,
};
use tokio::sync::Notify;
use tokio::time::{self, timeout};

use crate::row_format::FORMAT;

use pause::Pause;

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
/// What is written when a connection is made, and for how many milliseconds it stays.
const PROBE: (&str, u64) = ("privet:v1:probe", 1_000);
/// How long to wait before connecting again: doubled each time until it is the longest.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// `REDIS_URL` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a Redis URL")]
pub struct InvalidUrl;

/// How long an answer is worth waiting for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The store can be asked instead.
    Read,
    /// Doing without gives somebody a second quota.
    Count,
    /// Doing without costs every replica its cache for a while.
    Change,
}

impl Patience {
    const fn longest(self) -> Duration {
        match self {
            Self::Read => Duration::from_millis(5),
            Self::Count | Self::Change => Duration::from_millis(50),
        }
    }
}

/// The connection to one Redis server, or to whatever server has its address.
pub struct RedisLink {
    client: Client,
    session: ArcSwapOption<Session>,
    begun: Instant,
    /// What reads do without once Redis was too slow for one, and counts once it was for one of theirs.
    reads: Pause,
    counts: Pause,
    failed: Counter,
    timed_out: Counter,
}

/// The connections to one server, from when the first was made until any of them is lost.
struct Session {
    number: u64,
    server: CacheServer,
    connection: MultiplexedConnection,
    /// Of this session: what was said of one must not end the next.
    lost: Notify,
}

/// So that each session has a number of its own.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

impl RedisLink {
    /// A link to the server of that URL. Nothing is connected until [`Self::keep_connected`] runs.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        describe_gauge!(UP, "Whether Redis can be reached: 1 or 0.");
        describe_counter!(
            FAILURES,
            "Commands to Redis that failed (error) or took longer than they are worth (timeout)."
        );
        let failures = |kind| counter!(FAILURES, "kind" => kind);
        Ok(Self {
            client: Client::open(url).map_err(|_| InvalidUrl)?,
            session: ArcSwapOption::empty(),
            begun: Instant::now(),
            reads: Pause::default(),
            counts: Pause::default(),
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
            if state.changes_to(State::Away) {
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
        let (server, mut connection) = connect(&self.client).await?;
        // One that is full, or a replica, answers everything until something is written. It would come and go for
        // ever if it counted as there.
        let (key, lifetime) = PROBE;
        let probe = redis::cmd("SET")
            .arg(key)
            .arg("")
            .arg("PX")
            .arg(lifetime)
            .take();
        probe.query_async::<()>(&mut connection).await?;
        Ok(Session {
            number: SESSIONS.fetch_add(1, Ordering::Relaxed),
            server,
            connection,
            lost: Notify::new(),
        })
    }

    /// Lets the session be used until it is lost; answers why it was.
    async fn stay_connected(&self, session: Arc<Session>) -> String {
        let mut connection = session.connection.clone();
        self.reads.end();
        self.counts.end();
        self.session.store(Some(Arc::clone(&session)));
        loop {
            let ping = redis::cmd("PING");
            match timeout(LONGEST_SILENCE, ping.query_async::<()>(&mut connection)).await {
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

    /// What Redis answers to the command.
    pub(crate) async fn ask<T: FromRedisValue + Send>(
        &self,
        patience: Patience,
        command: &Cmd,
    ) -> Result<T, Away> {
        let asking = |mut connection: MultiplexedConnection| async move {
            command.query_async(&mut connection).await
        };
        self.answer(patience, asking).await
    }

    /// What the script answers. Redis is told its text only where it does not know it.
    pub(crate) async fn run<T: FromRedisValue + Send>(
        &self,
        patience: Patience,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, Away> {
        let asking = |mut connection: MultiplexedConnection| async move {
            script.invoke_async(&mut connection).await
        };
        self.answer(patience, asking).await
    }

    async fn answer<T, F: Future<Output = RedisResult<T>>>(
        &self,
        patience: Patience,
        asking: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Result<T, Away> {
        let pause = self.pause_of(patience);
        if pause.is_some_and(|pause| pause.holds(|| self.now())) {
            return Err(Away);
        }
        let session = self.session.load_full().ok_or(Away)?;
        let asking = asking(match patience {
            Patience::Read | Patience::Count => {
                own_connection::of_this_thread(&self.client, &session)
            }
            Patience::Change => session.connection.clone(),
        });
        match timeout(patience.longest(), asking).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                self.failed.increment(1);
                self.give_up(&session, &error);
            }
            Err(_) => {
                self.timed_out.increment(1);
                match pause {
                    Some(pause) => pause.begin_at(self.now()),
                    None => self.give_up(&session, &"too slow"),
                }
            }
        }
        Err(Away)
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
    fn pause_of(&self, patience: Patience) -> Option<&Pause> {
        match patience {
            Patience::Read => Some(&self.reads),
            Patience::Count => Some(&self.counts),
            Patience::Change => None,
        }
    }

    fn now(&self) -> u64 {
        micros(self.begun.elapsed())
    }
}

/// A connection, and which server is at its other end.
async fn connect(client: &Client) -> RedisResult<(CacheServer, MultiplexedConnection)> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(SLOWEST_CONNECT))
        .set_response_timeout(Some(SLOWEST_CONNECT));
    let mut connection = client
        .get_multiplexed_async_connection_with_config(&config)
        .await?;
    // A server that still reads its data tells its name and refuses everything else.
    redis::cmd("PING")
        .query_async::<()>(&mut connection)
        .await?;
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query_async(&mut connection)
        .await?;
    let run_id = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    let run_id = run_id.ok_or((ErrorKind::Client, "the server has no run_id"))?;
    let server = format!("{FORMAT}:{}", run_id.trim());
    Ok((CacheServer::new(&server), connection))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// What was said last of Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Unknown,
    There,
    Away,
}

impl State {
    /// Notes how things stand, and whether that is news.
    fn changes_to(&mut self, next: Self) -> bool {
        let before = std::mem::replace(self, next);
        gauge!(UP).set(if next == Self::There { 1.0 } else { 0.0 });
        if next == Self::There && before == Self::Away {
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

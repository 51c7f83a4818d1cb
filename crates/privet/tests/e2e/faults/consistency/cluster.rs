//! Three replicas on one PostgreSQL and one Redis, and all that can happen to them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::clients::World;
use crate::support::redis_server::{OldData, Persistence};
use crate::support::sql::Session;
use crate::support::{Backend, Database, Proxy, RedisServer, Server};

/// Longer than it takes until the cache is used, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The table by which replicas learn that the cache must not be used, as it is now, once more in a schema of
/// its own; and the one by which a replica learns that it has nothing to migrate.
const FROZEN_COPY: &str = "
    CREATE SCHEMA unprotected;
    CREATE TABLE unprotected.cache_epoch (LIKE public.cache_epoch INCLUDING ALL);
    INSERT INTO unprotected.cache_epoch SELECT * FROM public.cache_epoch;
    CREATE TABLE unprotected.__diesel_schema_migrations
        (LIKE public.__diesel_schema_migrations INCLUDING ALL);
    INSERT INTO unprotected.__diesel_schema_migrations
        SELECT * FROM public.__diesel_schema_migrations";
/// Has a session find the tables of that schema before those that the others see.
const UNPROTECTED: &str = "options=-c%20search_path%3Dunprotected%2Cpublic";

/// Something that goes wrong and is put right again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Redis is killed, and started with nothing in it.
    RedisAway,
    /// The same, at once.
    RedisRestarted,
    /// Redis is killed, and started with what it held some time ago.
    OldData,
    /// Redis answers nobody.
    RedisPaused,
    /// A replica loses its connections to Redis and gets no others.
    CutOff(usize),
    /// A replica gets no answers from Redis.
    Silence(usize),
    /// A replica is killed, and started again.
    ReplicaKilled(usize),
    /// A replica stands still, and goes on where it was.
    ReplicaPaused(usize),
}

/// The whole of it.
pub struct Cluster {
    redis: RedisServer,
    old_data: OldData,
    wires: [Proxy; 3],
    replicas: Vec<Server>,
    /// Of replicas that were killed.
    hits: u64,
    database: Database,
}

impl Cluster {
    /// In use, with a cache.
    pub async fn start() -> Self {
        let mut cluster = Self::without_replicas().await;
        for number in 0..3 {
            cluster.launch(number, &cluster.database.url());
        }
        cluster.wait_until_it_serves().await;
        cluster
    }

    /// The same, but the last replica never learns that the cache must not be used any more.
    pub async fn start_without_protection() -> Self {
        let mut cluster = Self::without_replicas().await;
        for number in 0..2 {
            cluster.launch(number, &cluster.database.url());
        }
        cluster.wait_until_it_serves().await;
        Session::on(&cluster.database).execute(FROZEN_COPY);
        let url = cluster.database.url();
        let mark = if url.contains('?') { '&' } else { '?' };
        cluster.launch(2, &format!("{url}{mark}{UNPROTECTED}"));
        cluster.wait_until_it_serves().await;
        cluster
    }

    async fn without_replicas() -> Self {
        let redis = RedisServer::start(Persistence::Everything).await;
        Self {
            wires: [
                Proxy::before_redis(&redis).await,
                Proxy::before_redis(&redis).await,
                Proxy::before_redis(&redis).await,
            ],
            old_data: redis.data(),
            redis,
            replicas: Vec::new(),
            hits: 0,
            database: Database::fresh(Backend::Postgres).await,
        }
    }

    fn launch(&mut self, number: usize, database_url: &str) {
        let variables = [
            ("DATABASE_URL", database_url),
            ("REDIS_URL", self.wires[number].url()),
            // Enough to learn where it listens.
            ("PRIVET_LOG", "warn,privet=info"),
        ];
        let replica = Server::launch(&self.database, &variables);
        self.replicas.push(replica);
    }

    async fn wait_until_it_serves(&mut self) {
        for replica in &mut self.replicas {
            replica.wait_until_it_serves().await;
        }
        self.wait_until_the_cache_is_used().await;
    }

    /// Until each of the replicas reads from the cache.
    pub async fn wait_until_the_cache_is_used(&self) {
        let begun = Instant::now();
        for replica in &self.replicas {
            let user = replica.new_user();
            let before = hits(replica).await;
            while hits(replica).await == before {
                assert!(begun.elapsed() < PATIENCE, "the cache is not used");
                user.get("/api/v1/privacy/settings").await;
                sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// How many reads found something in the cache.
    pub async fn hits(&self) -> u64 {
        let mut sum = self.hits;
        for replica in &self.replicas {
            sum += hits(replica).await;
        }
        sum
    }

    /// Where the replicas listen.
    pub fn ports(&self) -> [u16; 3] {
        let mut ports = self.replicas.iter().map(port);
        std::array::from_fn(|_| ports.next().unwrap())
    }

    /// Has something go wrong for so long, and puts it right again.
    pub async fn suffer(&mut self, fault: Fault, duration: Duration, world: &Arc<World>) {
        match fault {
            Fault::RedisAway => {
                self.redis.kill().await;
                sleep(duration).await;
                self.redis.run_empty().await;
            }
            Fault::RedisRestarted => self.redis.restart_empty().await,
            Fault::OldData => {
                self.redis.restart_with(&self.old_data).await;
                sleep(duration).await;
            }
            Fault::RedisPaused => {
                self.redis.pause().await;
                sleep(duration).await;
                self.redis.resume().await;
            }
            Fault::CutOff(number) => {
                self.wires[number].cut();
                sleep(duration).await;
                self.wires[number].open();
            }
            Fault::Silence(number) => {
                self.wires[number].hold();
                sleep(duration).await;
                self.wires[number].open();
            }
            Fault::ReplicaPaused(number) => {
                self.replicas[number].signal("STOP").await;
                // Reads may go back where a change was held up for more than a second.
                sleep(duration / 2).await;
                self.replicas[number].signal("CONT").await;
            }
            Fault::ReplicaKilled(number) => {
                let replica = self.replicas.remove(number);
                self.hits += hits(&replica).await;
                let replica = replica.kill_and_restart().await;
                world.ports[number].store(port(&replica), Ordering::Relaxed);
                self.replicas.insert(number, replica);
            }
        }
    }

    /// Keeps a copy of what Redis holds, for a later fault.
    pub fn keep_data(&mut self) {
        self.old_data = self.redis.data();
    }
}

async fn hits(replica: &Server) -> u64 {
    let metrics = replica.anonymous().get("/metrics").await.text;
    let hits = "privet_cache_reads_total{result=\"hit\"} ";
    let line = metrics.lines().find_map(|line| line.strip_prefix(hits));
    line.map_or(0, |number| number.parse().unwrap())
}

fn port(server: &Server) -> u16 {
    let (_, port) = server.authority().rsplit_once(':').unwrap();
    port.parse().unwrap()
}

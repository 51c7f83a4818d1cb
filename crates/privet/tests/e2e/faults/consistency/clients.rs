//! Clients that change and read the same users' settings through all replicas at once, and keep a record.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::connection::{Connection, Reply};
use super::history::{Operation, Outcome, Time};
use super::values::{Telling, Value, question};
use crate::support::{SECRET, Token, new_user_id};

/// How many change and read at once: enough to keep the servers busy, and no more, because where Redis is
/// waited for too long the cache is not used.
const CLIENTS: usize = 8;
/// How many users they do that with: few, so that they get into each other's way.
const USERS: usize = 32;
/// Longer than any run, in seconds.
const TOKENS_LAST: i64 = 86_400;
/// How long a client waits where a server does not listen.
const PAUSE: Duration = Duration::from_millis(5);

const SETTINGS: &str = "/api/v1/privacy/settings";
const DECISIONS: &str = "/api/v1/privacy/decisions";

/// What all clients share.
pub struct World {
    /// The port of each replica; another after a restart.
    pub ports: [AtomicU16; 3],
    started: Instant,
    users: Vec<User>,
    stopping: AtomicBool,
    /// Whether an answer of 503 is expected, because nodes of the database fail. The change that it answers may be
    /// made, at any time.
    database_fails: bool,
}

/// A user, with the requests about them.
struct User {
    authorization: String,
    read: Vec<u8>,
    decide: Vec<u8>,
    changes: AtomicU64,
}

impl World {
    /// With users whom nobody has seen before.
    pub fn new(ports: [u16; 3]) -> Self {
        let viewer = new_user_id();
        let service = Token::of(viewer).claim("scope", "privacy:decide");
        let service = authorization(&service);
        Self {
            ports: ports.map(AtomicU16::new),
            started: Instant::now(),
            users: (0..USERS).map(|_| User::new(viewer, &service)).collect(),
            stopping: AtomicBool::new(false),
            database_fails: std::env::var_os("PRIVET_CONSISTENCY_DATABASE_FAILS").is_some(),
        }
    }

    /// The time of the run.
    pub fn now(&self) -> Time {
        self.started.elapsed().as_nanos().try_into().unwrap()
    }
}

fn authorization(token: &Token) -> String {
    format!(
        "Bearer {}",
        token.clone().expiring_in(TOKENS_LAST).sign(SECRET)
    )
}

impl User {
    fn new(viewer: Uuid, service: &str) -> Self {
        let id = new_user_id();
        let authorization = authorization(&Token::of(id));
        let question = question(&viewer.to_string(), &id.to_string());
        Self {
            read: request("GET", SETTINGS, &authorization, ""),
            decide: request("POST", DECISIONS, service, &question),
            authorization,
            changes: AtomicU64::new(0),
        }
    }

    fn next_value(&self) -> Value {
        Value::of_change(1 + self.changes.fetch_add(1, Ordering::Relaxed))
    }

    fn change(&self, value: Value) -> Vec<u8> {
        request("PUT", SETTINGS, &self.authorization, &value.body())
    }
}

fn request(method: &str, path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: privet\r\nAuthorization: {authorization}");
    let fields = match body {
        "" => String::new(),
        _ => format!("\r\nContent-Type: application/json\r\nContent-Length: {length}"),
    };
    format!("{head}{fields}\r\n\r\n{body}").into_bytes()
}

/// Clients at work.
pub struct Clients {
    world: Arc<World>,
    tasks: JoinSet<Vec<Operation>>,
}

impl Clients {
    /// Begin.
    pub fn start(world: &Arc<World>) -> Self {
        let mut tasks = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client {
                world: Arc::clone(world),
                connections: [None, None, None],
                dice: Dice::of(number),
                history: Vec::new(),
            };
            tasks.spawn(client.work());
        }
        let world = Arc::clone(world);
        Self { world, tasks }
    }

    /// End, and answer all that they did.
    pub async fn stop(self) -> Vec<Operation> {
        self.world.stopping.store(true, Ordering::Relaxed);
        self.tasks.join_all().await.concat()
    }
}

struct Client {
    world: Arc<World>,
    connections: [Option<Connection>; 3],
    dice: Dice,
    history: Vec<Operation>,
}

impl Client {
    async fn work(mut self) -> Vec<Operation> {
        while !self.world.stopping.load(Ordering::Relaxed) {
            let (user, replica) = (self.dice.below(USERS), self.dice.below(3));
            match self.dice.below(16) {
                0 => {
                    self.change(user, replica).await;
                    // Where a change that did not get there would show.
                    self.read(user, (replica + 1) % 3).await;
                    self.read(user, (replica + 2) % 3).await;
                    self.decide(user, (replica + 1) % 3).await;
                }
                1 | 2 => self.decide(user, replica).await,
                _ => self.read(user, replica).await,
            }
        }
        self.history
    }

    async fn change(&mut self, user: usize, replica: usize) {
        let value = self.world.users[user].next_value();
        let request = self.world.users[user].change(value);
        let understand = |reply: &Reply| match reply.status {
            200 => {
                let revision = reply.revision.unwrap();
                Some(Outcome::Changed { value, revision })
            }
            _ => None,
        };
        let otherwise = Some(Outcome::MayChange { value });
        self.ask(user, replica, &request, understand, otherwise)
            .await;
    }

    async fn read(&mut self, user: usize, replica: usize) {
        let world = Arc::clone(&self.world);
        let understand = |reply: &Reply| {
            let revision = reply.revision?;
            let value = Value::shown(&reply.body)?;
            Some(Outcome::Read { value, revision })
        };
        let request = &world.users[user].read;
        self.ask(user, replica, request, understand, None).await;
    }

    async fn decide(&mut self, user: usize, replica: usize) {
        let world = Arc::clone(&self.world);
        let understand = |reply: &Reply| {
            let telling = Telling::told(&reply.body)?;
            Some(Outcome::Decided { telling })
        };
        let request = &world.users[user].decide;
        self.ask(user, replica, request, understand, None).await;
    }

    /// Records what `understand` makes of the answer, and `otherwise` if there is none. A request that
    /// cannot even be sent leaves no trace.
    async fn ask(
        &mut self,
        user: usize,
        replica: usize,
        request: &[u8],
        understand: impl Fn(&Reply) -> Option<Outcome>,
        otherwise: Option<Outcome>,
    ) {
        let Ok(mut connection) = self.connection(replica).await else {
            sleep(PAUSE).await;
            return;
        };
        let begun = self.world.now();
        let answer = connection.ask(request).await;
        let ended = self.world.now();
        let outcome = match answer {
            Ok(reply) => {
                self.connections[replica] = Some(connection);
                match understand(&reply) {
                    None if reply.status == 503 && self.world.database_fails => {
                        sleep(PAUSE).await;
                        otherwise
                    }
                    None => {
                        // Nothing fails but what a killed server was asked.
                        let body = String::from_utf8_lossy(&reply.body);
                        panic!("replica {replica} answered {}: {body}", reply.status)
                    }
                    understood => understood,
                }
            }
            Err(_) => otherwise,
        };
        self.history.extend(outcome.map(|outcome| Operation {
            user,
            replica,
            begun,
            ended,
            outcome,
        }));
    }

    async fn connection(&mut self, replica: usize) -> io::Result<Connection> {
        match self.connections[replica].take() {
            Some(connection) => Ok(connection),
            None => Connection::to(self.world.ports[replica].load(Ordering::Relaxed)).await,
        }
    }
}

/// Chance that can be had again (Marsaglia's xorshift).
pub struct Dice(u64);

impl Dice {
    /// Another one for each number.
    pub fn of(number: usize) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number as u64 + 1))
    }

    /// Another one in each run.
    pub fn by_chance() -> Self {
        Self(new_user_id().as_u64_pair().1)
    }

    /// A number from 0 up to but not including this.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

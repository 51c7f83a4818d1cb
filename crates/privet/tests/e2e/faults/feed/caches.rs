//! Services that keep decisions as the contract allows it: an answer with its cursor, until a change after the cursor names
//! its subject. The control forgets nothing.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use super::followers::Follower;
use super::writers::{Acknowledged, Writer, client};
use crate::faults::consistency::clients::World;
use crate::support::new_user_id;

/// How many keep decisions at once.
const SERVICES: usize = 2;
/// The users of a round. Each changes once.
pub const USERS: usize = 40;
/// The time between two of their changes.
const EVERY: Duration = Duration::from_millis(50);
/// How many times sooner every other one of them changes: within 400 ms.
const SOONER: u32 = 5;
/// When decisions are asked for: in the midst of these changes.
const ASKED: Duration = Duration::from_millis(200);
/// After this time the feed has told a change, also while something fails.
pub const LATE: Duration = Duration::from_secs(5);
/// The time between two pages.
const PAUSE: Duration = Duration::from_millis(50);
/// Longer than it takes until a replica answers with a cursor.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a service did.
#[derive(Debug, Clone, Default)]
pub struct Cached {
    /// The changes of the users whom its decisions are about.
    pub acknowledged: Vec<Acknowledged>,
    /// The answers from before these changes that it had kept when it was told that it is caught up.
    pub kept: Vec<Kept>,
    /// The number of answers that it forgot.
    pub forgotten: usize,
}

/// An answer that does not reflect the change of its subject, and was still kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The subject.
    pub user: Uuid,
    /// When the service asked for the page that said that there is no more.
    pub at: Instant,
}

/// Services at work.
pub struct Caches {
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<Cached>,
}

impl Caches {
    /// Begin. The control does not forget.
    pub fn start(world: &Arc<World>, forgets: bool) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..SERVICES {
            let cache = Cache {
                world: Arc::clone(world),
                http: client(),
                follower: Follower::new(world, number),
                forgets,
                answers: HashSet::new(),
                cached: Cached::default(),
            };
            tasks.spawn(cache.work(Arc::clone(&stopping)));
        }
        Self { stopping, tasks }
    }

    /// End after the round that is under way, and answer what each did.
    pub async fn stop(self) -> Vec<Cached> {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.join_all().await
    }
}

struct Cache {
    world: Arc<World>,
    http: reqwest::Client,
    follower: Follower,
    forgets: bool,
    /// The subjects whose answers are kept and do not reflect their changes.
    answers: HashSet<Uuid>,
    cached: Cached,
}

impl Cache {
    async fn work(mut self, stopping: Arc<AtomicBool>) -> Cached {
        loop {
            self.round().await;
            if stopping.load(Ordering::Relaxed) {
                return self.cached;
            }
        }
    }

    /// Asks about users while they change, and follows from the cursor of the answer until all changes must be told.
    async fn round(&mut self) {
        let users: Vec<_> = (0..USERS).map(|_| new_user_id()).collect();
        let changes = tokio::spawn(self.changes(&users).join_all());
        sleep(ASKED).await;
        let mut cursor = self.ask(&users).await;
        while !changes.is_finished() {
            self.follow(&mut cursor).await;
        }
        let acknowledged = changes.await.unwrap().concat();
        self.cached.acknowledged.extend(acknowledged);
        let end = Instant::now() + LATE;
        while self.follow(&mut cursor).await.is_none_or(|at| at <= end) {}
    }

    /// Each of these users changes once.
    fn changes(&self, users: &[Uuid]) -> JoinSet<Vec<Acknowledged>> {
        let (mut changes, mut delay) = (JoinSet::new(), Duration::ZERO);
        for (number, user) in users.iter().copied().enumerate() {
            let mut writer = Writer::new(&self.world, self.http.clone(), number);
            delay += EVERY;
            let is_soon = number % 2 == 0;
            let wait = if is_soon { delay / SOONER } else { delay };
            changes.spawn(async move {
                sleep(wait).await;
                writer.change(user).await;
                writer.acknowledged
            });
        }
        changes
    }

    /// Keeps the answers from before the changes. Returns their cursor.
    async fn ask(&mut self, users: &[Uuid]) -> String {
        let begun = Instant::now();
        let decided = loop {
            if let Some(decided) = self.follower.decide(users).await {
                break decided;
            }
            assert!(begun.elapsed() < PATIENCE, "no replica decides");
            sleep(PAUSE).await;
        };
        let allowed = users.iter().zip(decided.allowed);
        let old = allowed.filter(|(_, allowed)| *allowed);
        self.answers = old.map(|(user, _)| *user).collect();
        decided.cursor
    }

    /// Reads on. Returns when it asked, if it is caught up.
    async fn follow(&mut self, cursor: &mut String) -> Option<Instant> {
        sleep(PAUSE).await;
        let at = Instant::now();
        let page = self.follower.page(&format!("after={cursor}&wait=1")).await;
        *cursor = page.next;
        if self.forgets {
            let kept = self.answers.len();
            for user in &page.users {
                self.answers.remove(user);
            }
            self.cached.forgotten += kept - self.answers.len();
        }
        if !page.caught_up {
            return None;
        }
        let kept = self.answers.iter().map(|user| Kept { user: *user, at });
        self.cached.kept.extend(kept);
        Some(at)
    }
}

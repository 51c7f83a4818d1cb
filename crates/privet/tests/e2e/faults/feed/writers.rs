//! Writers: each change is of another user, so that a change that is told can be told from all others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;
use uuid::Uuid;

use crate::faults::consistency::clients::World;
use crate::support::{SECRET, Token, new_user_id};

/// How many write at once.
const WRITERS: usize = 6;
/// The number of users in an import, which draws its numbers long before it commits.
const IMPORTED: usize = 200;
/// The time between two changes of a writer.
const PAUSE: Duration = Duration::from_millis(10);
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A change that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged {
    /// The user who changed.
    pub user: Uuid,
    /// When the request was sent.
    pub begun: Instant,
    /// When the answer had come.
    pub ended: Instant,
}

/// Writers at work.
pub struct Writers {
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<Vec<Acknowledged>>,
}

impl Writers {
    /// Begin.
    pub fn start(world: &Arc<World>) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..WRITERS {
            let writer = Writer::new(world, client(), number);
            tasks.spawn(writer.work(Arc::clone(&stopping), number == 0));
        }
        Self { stopping, tasks }
    }

    /// End, and answer all that was acknowledged.
    pub async fn stop(self) -> Vec<Acknowledged> {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.join_all().await.concat()
    }
}

/// What a writer sends its requests through.
pub fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().timeout(PATIENCE);
    client.build().unwrap()
}

/// Changes settings, each time through the next replica.
pub struct Writer {
    http: reqwest::Client,
    world: Arc<World>,
    /// What was acknowledged.
    pub acknowledged: Vec<Acknowledged>,
    turn: usize,
}

impl Writer {
    /// One that begins with this replica.
    pub fn new(world: &Arc<World>, http: reqwest::Client, turn: usize) -> Self {
        Self {
            http,
            world: Arc::clone(world),
            acknowledged: Vec::new(),
            turn,
        }
    }

    async fn work(mut self, stopping: Arc<AtomicBool>, imports: bool) -> Vec<Acknowledged> {
        while !stopping.load(Ordering::Relaxed) {
            if imports {
                self.import().await;
            } else {
                self.change(new_user_id()).await;
            }
            sleep(PAUSE).await;
        }
        self.acknowledged
    }

    fn url(&mut self, path: &str) -> String {
        self.turn += 1;
        let port = self.world.ports[self.turn % 3].load(Ordering::Relaxed);
        format!("http://127.0.0.1:{port}{path}")
    }

    /// Has this user allow no email, which is allowed by default.
    pub async fn change(&mut self, user: Uuid) {
        let url = self.url("/api/users/me/privacy-settings/");
        let request = self
            .http
            .patch(url)
            .bearer_auth(Token::of(user).sign(SECRET));
        let request = request.json(&json!({"allow_email_contact": false}));
        self.send(request, &[user]).await;
    }

    async fn import(&mut self) {
        let users: Vec<_> = (0..IMPORTED).map(|_| new_user_id()).collect();
        let line = |user: &Uuid| {
            let line = json!({"user": user, "settings": {"email.allow_email_contact": false}});
            format!("{line}\n")
        };
        let lines: String = users.iter().map(line).collect();
        let token = Token::of(new_user_id()).claim("scope", "users:import");
        let url = self.url("/api/v1/admin/import");
        let request = self.http.post(url).bearer_auth(token.sign(SECRET));
        let request = request.header("Content-Type", "application/x-ndjson");
        self.send(request.body(lines), &users).await;
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, users: &[Uuid]) {
        let begun = Instant::now();
        let Ok(response) = request.send().await else {
            return;
        };
        let is_success = response.status().is_success();
        let Ok(text) = response.text().await else {
            return;
        };
        // An import that was cut short has no counts.
        if !is_success || (users.len() > 1 && !text.contains("\"counts\"")) {
            return;
        }
        let ended = Instant::now();
        let acknowledged = users.iter().map(|user| Acknowledged {
            user: *user,
            begun,
            ended,
        });
        self.acknowledged.extend(acknowledged);
    }
}

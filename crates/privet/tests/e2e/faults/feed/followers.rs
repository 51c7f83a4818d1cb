//! Followers: one by cursor, one by stream, and one that collects cursors to read after them at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::faults::consistency::clients::World;
use crate::support::{SECRET, Token, new_user_id};

/// The time between two cursors that are collected.
const EVERY: Duration = Duration::from_millis(150);
/// The most cursors that are read after at the end.
const MOST_COLLECTED: usize = 40;
/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a stream is silent before its follower asks another replica.
const SILENCE: Duration = Duration::from_secs(20);
/// How often it looks whether the run is over.
const GLANCE: Duration = Duration::from_millis(500);

/// What one follower was told, in its order.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// What it is.
    pub name: String,
    /// What it was told, and which cursors it was handed out, in order.
    pub steps: Vec<Step>,
}

/// A step of a follower.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// It was handed out a cursor at this time.
    Cursor(Instant),
    /// It was told of this user.
    Told(Uuid),
}

/// Followers at work.
pub struct Followers {
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<Vec<Followed>>,
}

impl Followers {
    /// Begin with a cursor each.
    pub async fn start(world: &Arc<World>) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..3 {
            let mut follower = Follower::new(world, number);
            let first = follower.cursor().await;
            let stopping = Arc::clone(&stopping);
            tasks.spawn(async move {
                match number {
                    0 => vec![follower.by_cursor(first, &stopping).await],
                    1 => vec![follower.by_stream(first, &stopping).await],
                    _ => follower.by_collected(first, &stopping).await,
                }
            });
        }
        Self { stopping, tasks }
    }

    /// End, and answer what each was told.
    pub async fn stop(self) -> Vec<Followed> {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.join_all().await.concat()
    }
}

/// A service that follows changes and asks for decisions, each time through the next replica.
pub struct Follower {
    http: reqwest::Client,
    world: Arc<World>,
    token: String,
    turn: usize,
}

/// A page of changes.
pub struct Page {
    /// The users who changed.
    pub users: Vec<Uuid>,
    /// The cursor after them.
    pub next: String,
    /// Whether these were all.
    pub caught_up: bool,
}

/// Decisions of one answer.
pub struct Decided {
    /// Whether each of the users allows it.
    pub allowed: Vec<bool>,
    /// The cursor of the answer.
    pub cursor: String,
}

impl Follower {
    /// One that begins with this replica.
    pub fn new(world: &Arc<World>, turn: usize) -> Self {
        let token = Token::of(new_user_id()).expiring_in(86_400);
        let token = token.claim("scope", "privacy:watch privacy:decide");
        Self {
            http: reqwest::Client::new(),
            world: Arc::clone(world),
            token: token.sign(SECRET),
            turn,
        }
    }

    /// A request to the next replica.
    fn get(&mut self, query: &str) -> RequestBuilder {
        let url = self.url(&format!("/api/v1/privacy/changes?{query}"));
        self.http.get(url).bearer_auth(&self.token)
    }

    fn url(&mut self, path: &str) -> String {
        self.turn += 1;
        let port = self.world.ports[self.turn % 3].load(Ordering::Relaxed);
        format!("http://127.0.0.1:{port}{path}")
    }

    /// A page, from whichever replica answers.
    pub async fn page(&mut self, query: &str) -> Page {
        let begun = Instant::now();
        loop {
            let request = self.get(query).timeout(PATIENCE);
            if let Ok(response) = request.send().await
                && response.status() == 200
                && let Ok(body) = response.json::<Value>().await
            {
                let changes = body["changes"].as_array().unwrap();
                return Page {
                    users: changes.iter().filter_map(user_of).collect(),
                    next: body["next"].as_str().unwrap().to_owned(),
                    caught_up: body["caught_up"].as_bool().unwrap(),
                };
            }
            assert!(begun.elapsed() < PATIENCE, "no replica answers");
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn cursor(&mut self) -> String {
        self.page("after=now").await.next
    }

    async fn by_cursor(mut self, mut cursor: String, stopping: &AtomicBool) -> Followed {
        let mut steps = vec![Step::Cursor(Instant::now())];
        loop {
            let is_last = stopping.load(Ordering::Relaxed);
            let page = self.page(&format!("after={cursor}&limit=70&wait=1")).await;
            cursor = page.next;
            steps.extend(page.users.iter().copied().map(Step::Told));
            steps.push(Step::Cursor(Instant::now()));
            if is_last && page.caught_up {
                return Followed {
                    name: "by cursor".to_owned(),
                    steps,
                };
            }
        }
    }

    async fn by_stream(mut self, mut last: String, stopping: &AtomicBool) -> Followed {
        let mut steps = vec![Step::Cursor(Instant::now())];
        while !stopping.load(Ordering::Relaxed) {
            let request = self.get("").header("Accept", "text/event-stream");
            let sent = request.header("Last-Event-ID", &last).send().await;
            let Ok(mut stream) = sent.and_then(reqwest::Response::error_for_status) else {
                sleep(Duration::from_millis(20)).await;
                continue;
            };
            let (mut text, mut heard) = (String::new(), Instant::now());
            while !stopping.load(Ordering::Relaxed) && heard.elapsed() < SILENCE {
                let bytes = match timeout(GLANCE, stream.chunk()).await {
                    Ok(Ok(Some(bytes))) => bytes,
                    Ok(_) => break,
                    Err(_) => continue,
                };
                heard = Instant::now();
                text.push_str(std::str::from_utf8(&bytes).unwrap());
                while let Some((event, rest)) = text.split_once("\n\n") {
                    let rest = rest.to_owned();
                    take(event, &mut last, &mut steps);
                    text = rest;
                }
            }
        }
        Followed {
            name: "by stream".to_owned(),
            steps,
        }
    }

    /// Collects cursors, of answers of decisions too, and reads after each of them at the end.
    async fn by_collected(mut self, first: String, stopping: &AtomicBool) -> Vec<Followed> {
        let mut collected = vec![(first, Instant::now())];
        while !stopping.load(Ordering::Relaxed) {
            let cursor = if collected.len() % 2 == 0 {
                Some(self.cursor().await)
            } else {
                self.cursor_of_a_decision().await
            };
            collected.extend(cursor.map(|cursor| (cursor, Instant::now())));
            sleep(EVERY).await;
        }
        let step = collected.len().div_ceil(MOST_COLLECTED);
        let mut all = Vec::new();
        for (number, (cursor, at)) in collected.into_iter().step_by(step).enumerate() {
            let mut followed = Followed {
                name: format!("after the collected cursor {number}"),
                steps: vec![Step::Cursor(at)],
            };
            let mut cursor = cursor;
            loop {
                let page = self.page(&format!("after={cursor}&limit=1000")).await;
                cursor = page.next;
                followed
                    .steps
                    .extend(page.users.into_iter().map(Step::Told));
                if page.caught_up {
                    break;
                }
            }
            all.push(followed);
        }
        all
    }

    async fn cursor_of_a_decision(&mut self) -> Option<String> {
        let decided = self.decide(&[new_user_id()]).await?;
        Some(decided.cursor)
    }

    /// Asks whether somebody may send email to each of these users; `None` if there is no answer that may be kept.
    pub async fn decide(&mut self, subjects: &[Uuid]) -> Option<Decided> {
        let viewer = new_user_id();
        let checks = subjects
            .iter()
            .map(|subject| json!({"viewer": viewer, "subject": subject, "action": "send_email"}));
        let body = json!({"checks": checks.collect::<Vec<_>>()});
        let url = self.url("/api/v1/privacy/decisions");
        let request = self.http.post(url).bearer_auth(&self.token);
        let request = request.timeout(PATIENCE).json(&body);
        let response = request.send().await.ok()?;
        let cursor = response.headers().get("Privet-Cursor")?;
        let cursor = cursor.to_str().unwrap().to_owned();
        let body: Value = response.json().await.ok()?;
        let decisions = body["decisions"].as_array()?.iter();
        let allowed = decisions.map(|decision| decision["allowed"] == true);
        Some(Decided {
            allowed: allowed.collect(),
            cursor,
        })
    }
}

fn user_of(change: &Value) -> Option<Uuid> {
    change["user_id"].as_str()?.parse().ok()
}

/// Takes an event of a stream.
fn take(event: &str, last: &mut String, steps: &mut Vec<Step>) {
    let field = |name: &str| {
        let mut lines = event.lines();
        lines.find_map(|line| line.strip_prefix(name).map(str::to_owned))
    };
    let data = field("data: ").and_then(|data| serde_json::from_str::<Value>(&data).ok());
    if let Some(user) = data.as_ref().and_then(user_of) {
        steps.push(Step::Told(user));
    }
    if let Some(id) = field("id: ") {
        *last = id;
        steps.push(Step::Cursor(Instant::now()));
    }
}

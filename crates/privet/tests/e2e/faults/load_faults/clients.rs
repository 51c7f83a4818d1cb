//! The clients: each asks for one thing after the other, notes how it was answered, and never gives up.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::CLIENTS;
use crate::support::sent::Sent;
use crate::support::shapes::assert_503;
use crate::support::{Answer, Client, Server, Token, new_user_id};

const SETTINGS: &str = "/api/v1/privacy/settings";
const PREFERENCES: &str = "/api/users/me/preferences/";
const DECISIONS: &str = "/api/v1/privacy/decisions";

/// Longer than anything takes that is answered at all.
const HANGS: Duration = Duration::from_mins(1);
/// How long a client waits after a 503: less than it is told to, so that there is more to see.
const PAUSE: Duration = Duration::from_millis(20);
/// How often it is looked whether all succeed.
const LOOK: Duration = Duration::from_millis(10);

/// How requests were answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answered {
    /// As asked.
    pub succeeded: usize,
    /// 503.
    pub unavailable: usize,
    /// How long the slowest of these took.
    pub slowest_refusal: Duration,
    /// How long the slowest of all took.
    pub slowest: Duration,
}

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            succeeded,
            unavailable,
            slowest_refusal,
            slowest,
        } = self;
        write!(
            f,
            "{succeeded} answered, {unavailable} times 503 within {slowest_refusal:?}, all within {slowest:?}"
        )
    }
}

/// One answer.
#[derive(Debug, Clone, Copy)]
struct Note {
    begun: Instant,
    ended: Instant,
    succeeded: bool,
}

/// What all clients share.
struct Common {
    stopping: AtomicBool,
    colors: AtomicU64,
    /// What each client met with, in order.
    notes: Vec<Mutex<Vec<Note>>>,
}

/// Clients at work.
pub struct Clients {
    common: Arc<Common>,
    users: Vec<Arc<Sent>>,
    tasks: JoinSet<()>,
}

impl Clients {
    /// Begin.
    pub fn start(server: &Server) -> Self {
        let common = Arc::new(Common {
            stopping: AtomicBool::new(false),
            colors: AtomicU64::new(1),
            notes: (0..CLIENTS).map(|_| Mutex::default()).collect(),
        });
        let users: Vec<_> = (0..CLIENTS / 4)
            .map(|_| Arc::new(Sent::by(new_user_id())))
            .collect();
        let service = Token::of(new_user_id()).claim("scope", "privacy:decide");
        let service = service.sign(crate::support::SECRET);
        let mut tasks = JoinSet::new();
        for number in 0..CLIENTS {
            let sent = Arc::clone(&users[number % users.len()]);
            let worker = Worker {
                number,
                user: server.user(sent.user()),
                service: server.bearer(&service),
                sent,
                common: Arc::clone(&common),
            };
            tasks.spawn(worker.work());
        }
        Self {
            common,
            users,
            tasks,
        }
    }

    /// Waits until each of them was answered as asked to something that it asked for from now on. How long
    /// that took.
    pub async fn wait_until_all_succeed(&self) -> Duration {
        let begun = Instant::now();
        let has_succeeded = |notes: &Mutex<Vec<Note>>| {
            let notes = notes.lock().unwrap();
            let mut latest = notes.iter().rev().take_while(|note| note.ended > begun);
            latest.any(|note| note.succeeded && note.begun > begun)
        };
        while !self.common.notes.iter().all(has_succeeded) {
            assert!(begun.elapsed() < HANGS, "not all are answered again");
            sleep(LOOK).await;
        }
        begun.elapsed()
    }

    /// How requests were answered that were sent in this time.
    pub fn answered_between(&self, begun: Instant, ended: Instant) -> Answered {
        self.answered(|note| (begun..ended).contains(&note.begun))
    }

    fn answered(&self, counts: impl Fn(&Note) -> bool) -> Answered {
        let mut answered = Answered::default();
        for notes in &self.common.notes {
            for note in notes.lock().unwrap().iter().filter(|note| counts(note)) {
                let taken = note.ended - note.begun;
                if note.succeeded {
                    answered.succeeded += 1;
                } else {
                    answered.unavailable += 1;
                    answered.slowest_refusal = answered.slowest_refusal.max(taken);
                }
                answered.slowest = answered.slowest.max(taken);
            }
        }
        answered
    }

    /// End. How all requests were answered, and what was sent to be changed.
    pub async fn stop(mut self) -> (Answered, Vec<Arc<Sent>>) {
        self.common.stopping.store(true, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        (self.answered(|_| true), self.users)
    }
}

struct Worker {
    number: usize,
    user: Client,
    service: Client,
    sent: Arc<Sent>,
    common: Arc<Common>,
}

impl Worker {
    async fn work(self) {
        for round in self.number.. {
            if self.common.stopping.load(Ordering::Relaxed) {
                return;
            }
            let begun = Instant::now();
            let asking = async {
                match round % 4 {
                    0 => (self.change().await, PREFERENCES),
                    1 => (self.decide().await, DECISIONS),
                    2 => (self.user.get(PREFERENCES).await, PREFERENCES),
                    _ => (self.user.get(SETTINGS).await, SETTINGS),
                }
            };
            let (answer, path) = timeout(HANGS, asking).await.expect("a request hangs");
            let succeeded = answer.status == 200;
            let ended = Instant::now();
            let note = Note {
                begun,
                ended,
                succeeded,
            };
            self.common.notes[self.number].lock().unwrap().push(note);
            if !succeeded {
                assert_503(&answer, path);
                sleep(PAUSE).await;
            }
        }
    }

    async fn change(&self) -> Answer {
        let number = self.common.colors.fetch_add(1, Ordering::Relaxed);
        let (id, color) = (format!("change-{number}"), format!("#{number:06x}"));
        self.sent.change(&self.user, &id, &color).await
    }

    async fn decide(&self) -> Answer {
        let check = json!({
            "viewer": new_user_id(),
            "subject": self.user.id(),
            "action": "view_last_seen",
        });
        self.service
            .post(DECISIONS, json!({"checks": [check]}))
            .await
    }
}

/// Somebody who asks all the time whether the process lives.
pub struct Pulse {
    stopping: Arc<AtomicBool>,
    asking: JoinHandle<Duration>,
}

impl Pulse {
    /// Begins.
    pub fn of(server: &Server) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let (client, stop) = (server.anonymous(), Arc::clone(&stopping));
        let asking = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !stop.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let answer = client.get("/health/live").await;
                slowest = slowest.max(begun.elapsed());
                assert_eq!(answer.status, 200, "{answer}");
                sleep(Duration::from_millis(50)).await;
            }
            slowest
        });
        Self { stopping, asking }
    }

    /// Ends. How long the slowest answer took.
    pub async fn stop(self) -> Duration {
        self.stopping.store(true, Ordering::Relaxed);
        self.asking.await.unwrap()
    }
}

//! People who change a setting and look at it, through all that happens meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::PREFERENCES;
use super::replicas::Replicas;
use crate::support::{Answer, Client, for_good};

/// How many people there are. Few: what is asked is how long one request takes.
const PEOPLE: usize = 4;
/// How long each of them does nothing between two requests.
const PAUSE: Duration = Duration::from_millis(5);

/// People at work.
pub struct Traffic {
    stopping: Arc<AtomicBool>,
    people: JoinSet<Report>,
}

/// What they met with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// How many requests they made.
    pub requests: usize,
    /// How long the slowest took.
    pub slowest: Duration,
}

impl Traffic {
    /// Begins.
    pub fn on(replicas: &Replicas) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let mut people = JoinSet::new();
        for _ in 0..PEOPLE {
            let person = Person {
                clients: replicas.user(),
                report: Report::default(),
            };
            people.spawn(person.work(Arc::clone(&stopping)));
        }
        Self { stopping, people }
    }

    /// Ends. Panics if anything they were answered was wrong.
    pub async fn stop(self) -> Report {
        self.stopping.store(true, Ordering::Relaxed);
        let reports = self.people.join_all().await;
        reports.into_iter().fold(Report::default(), Report::and)
    }
}

impl Report {
    fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            slowest: self.slowest.max(other.slowest),
        }
    }
}

/// Somebody with a client of each server.
struct Person {
    clients: [Client; 2],
    report: Report,
}

impl Person {
    /// Changes a setting here and there, and looks at it here and there.
    async fn work(mut self, stopping: Arc<AtomicBool>) -> Report {
        let mut number = 0;
        while !stopping.load(Ordering::Relaxed) {
            number += 1;
            let color = format!("#{number:06x}");
            let [changing, looking] = if number % 2 == 0 { [0, 1] } else { [1, 0] };
            self.change(changing, &color).await;
            for server in [looking, changing, looking] {
                self.look(server, &color).await;
            }
        }
        self.report
    }

    async fn change(&mut self, server: usize, color: &str) {
        let body = json!({"theme.accent_color": color});
        let client = self.clients[server].clone();
        self.time(client.patch(PREFERENCES, body)).await;
    }

    async fn look(&mut self, server: usize, color: &str) {
        let client = self.clients[server].clone();
        let answer = self.time(client.get(PREFERENCES)).await;
        let shown = &answer.json()["theme"]["accent_color"];
        for_good(|| assert_eq!(shown, color, "server {server} shows something else"));
    }

    async fn time(&mut self, request: impl Future<Output = Answer>) -> Answer {
        sleep(PAUSE).await;
        let begun = Instant::now();
        let answer = request.await;
        self.report.slowest = self.report.slowest.max(begun.elapsed());
        self.report.requests += 1;
        assert_eq!(answer.status, 200, "{answer}");
        answer
    }
}

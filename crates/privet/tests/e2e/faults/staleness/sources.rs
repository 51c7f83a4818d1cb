//! Where decisions come from: the server itself, in one of three ways to ask it, or a stale copy.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use crate::support::asking::{check, decide, service};
use crate::support::{Client, Server};

/// A way to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    Decisions,
    /// By the viewer, who never learns why.
    Access,
    Evaluation,
}

impl Way {
    /// Every way there is.
    pub const ALL: [Self; 3] = [Self::Decisions, Self::Access, Self::Evaluation];
}

/// Whether, and if that is told, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    allowed: bool,
    reason: Option<String>,
}

impl Told {
    /// Whether this is the decision, as far as it goes.
    pub fn is(&self, allowed: bool, reason: &str) -> bool {
        let same_reason = self.reason.as_ref().is_none_or(|told| told == reason);
        self.allowed == allowed && same_reason
    }
}

type Question = (Way, Uuid, Uuid, &'static str);

/// Answers questions.
pub struct Source {
    service: Client,
    copies: Option<Copies>,
}

/// Answers that are given again until they are so old.
struct Copies {
    age: Duration,
    answers: Mutex<HashMap<Question, (Instant, Told)>>,
}

impl Source {
    /// The server itself.
    pub fn fresh(server: &Server) -> Self {
        Self {
            service: service(server),
            copies: None,
        }
    }

    /// Copies of the server's answers.
    pub fn copied(server: &Server, age: Duration) -> Self {
        let copies = Copies {
            age,
            answers: Mutex::default(),
        };
        Self {
            copies: Some(copies),
            ..Self::fresh(server)
        }
    }

    /// The answer to one question.
    pub async fn ask(
        &self,
        way: Way,
        viewer: &Client,
        subject: Uuid,
        action: &'static str,
    ) -> Told {
        let Some(copies) = &self.copies else {
            return self.ask_server(way, viewer, subject, action).await;
        };
        let question = (way, viewer.id(), subject, action);
        if let Some((made, copy)) = copies.answers.lock().unwrap().get(&question)
            && made.elapsed() < copies.age
        {
            return copy.clone();
        }
        let told = self.ask_server(way, viewer, subject, action).await;
        let copy = (Instant::now(), told.clone());
        copies.answers.lock().unwrap().insert(question, copy);
        told
    }

    async fn ask_server(&self, way: Way, viewer: &Client, subject: Uuid, action: &str) -> Told {
        match way {
            Way::Decisions => {
                let check = check(viewer.id(), subject, action);
                let (allowed, reason) = decide(&self.service, vec![check]).await.remove(0);
                let reason = Some(reason);
                Told { allowed, reason }
            }
            Way::Access => {
                let path = format!("/api/v1/privacy/users/{subject}/access");
                let answer = viewer.get(&path).await;
                assert_eq!(answer.status, 200, "{answer}");
                let allowed = answer.json()["permissions"][action].as_bool().unwrap();
                let reason = None;
                Told { allowed, reason }
            }
            Way::Evaluation => {
                let request = json!({"subject": {"type": "user", "id": viewer.id()},
                    "action": {"name": action}, "resource": {"type": "user", "id": subject}});
                let answer = self.service.post("/access/v1/evaluation", request).await;
                assert_eq!(answer.status, 200, "{answer}");
                let answer = answer.json();
                let reason = answer["context"]["reason"].as_str().unwrap();
                Told {
                    allowed: answer["decision"].as_bool().unwrap(),
                    reason: Some(reason.to_owned()),
                }
            }
        }
    }
}

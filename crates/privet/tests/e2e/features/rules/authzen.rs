//! The standard interface: OpenID AuthZEN Authorization API 1.0. The files follow its certification
//! scenario, with users and actions of ours, and add what Privet promises besides.

mod basic;
mod batch;
mod discovery;
mod malformed;
mod search;
mod semantics;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::set;
use crate::support::asking::service;
use crate::support::{Client, Database, Server};

const EVALUATION: &str = "/access/v1/evaluation";
const EVALUATIONS: &str = "/access/v1/evaluations";
const SEARCH_ACTION: &str = "/access/v1/search/action";

/// What the scenario calls its fixture: a service that asks, somebody who asks to see something, somebody
/// who shows their profile but hides when they were last seen, and somebody who shows nothing.
struct Fixture {
    server: Server,
    service: Client,
    alice: Uuid,
    bob: Uuid,
    closed: Uuid,
}

impl Fixture {
    async fn on(database: &Database) -> Self {
        let server = Server::start(database).await;
        let [alice, bob, closed] = [(); 3].map(|()| server.new_user());
        set(&bob, "show_last_seen", false).await;
        crate::support::acting::close_everything(&closed).await;
        Self {
            service: service(&server),
            alice: alice.id(),
            bob: bob.id(),
            closed: closed.id(),
            server,
        }
    }

    /// That Alice wants this of Bob.
    fn request(&self, action: &str) -> Value {
        json!({"subject": user(self.alice), "action": {"name": action}, "resource": user(self.bob)})
    }

    /// What is permitted.
    fn permitted(&self) -> Value {
        self.request("view_profile")
    }

    /// What is denied.
    fn denied(&self) -> Value {
        self.request("view_last_seen")
    }

    /// The answer to a request that must be answered.
    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.service.post(path, body).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("Content-Type"), "application/json");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        answer.json()
    }
}

fn user(id: Uuid) -> Value {
    json!({"type": "user", "id": id})
}

/// Permitted for this reason.
fn permit(reason: &str) -> Value {
    json!({"decision": true, "context": {"reason": reason}})
}

/// Denied for this reason.
fn deny(reason: &str) -> Value {
    json!({"decision": false, "context": {"reason": reason}})
}

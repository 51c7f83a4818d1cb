//! What the clients of one user asked to have changed, and whether the service has it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::settings::history;
use crate::support::{Answer, Client, Server, for_good};

const PREFERENCES: &str = "/api/users/me/preferences/";

/// The changes that were sent for one user.
pub struct Sent {
    id: Uuid,
    changes: Mutex<BTreeMap<String, Change>>,
}

/// A change, by the id of its request.
#[derive(Debug, Clone)]
struct Change {
    color: String,
    acknowledged: bool,
}

impl Sent {
    /// None yet.
    pub fn by(id: Uuid) -> Self {
        Self {
            id,
            changes: Mutex::default(),
        }
    }

    /// Whose changes they are.
    pub fn user(&self) -> Uuid {
        self.id
    }

    /// Notes a change that is about to be sent: from now on it may be there.
    fn note(&self, request_id: &str, color: &str) {
        let change = Change {
            color: color.to_owned(),
            acknowledged: false,
        };
        self.changes
            .lock()
            .unwrap()
            .insert(request_id.to_owned(), change);
    }

    /// Notes that it was answered as made: from now on it must be there.
    fn acknowledge(&self, request_id: &str) {
        self.changes
            .lock()
            .unwrap()
            .get_mut(request_id)
            .unwrap()
            .acknowledged = true;
    }

    /// Asks for a change as the user, and notes both that it was sent and, where it was made, that it was.
    pub async fn change(&self, user: &Client, request_id: &str, color: &str) -> Answer {
        self.note(request_id, color);
        let answer = user
            .request(Method::PATCH, PREFERENCES)
            .header("X-Request-Id", request_id)
            .json(json!({"theme.accent_color": color}))
            .send()
            .await;
        if answer.status == 200 {
            self.acknowledge(request_id);
        }
        answer
    }

    /// How many were.
    pub fn acknowledged(&self) -> usize {
        let changes = self.changes.lock().unwrap();
        changes
            .values()
            .filter(|change| change.acknowledged)
            .count()
    }

    /// Asserts that each acknowledged change is on record, each other one at most once, that the record is one
    /// unbroken chain, and that its end and its length are what the row says. Answers how long it is.
    pub async fn assert_nothing_is_lost(&self, server: &Server) -> usize {
        let client = server.user(self.id);
        let history = history(&client).await;
        let shown = client.get(PREFERENCES).await;
        assert_eq!(shown.status, 200, "{shown}");
        for_good(|| {
            self.assert_all_is_in(&history);
            assert_is_the_end(&history, &shown);
        });
        history.len()
    }

    fn assert_all_is_in(&self, history: &[Value]) {
        let mut changes = self.changes.lock().unwrap().clone();
        for entry in history {
            let id = entry["request_id"].as_str().unwrap();
            let change = changes.remove(id);
            let change = change.unwrap_or_else(|| panic!("{id} was not sent, or is there twice"));
            assert_eq!(entry["new_value"], change.color.as_str(), "{entry}");
        }
        let lost: Vec<_> = changes
            .iter()
            .filter(|(_, change)| change.acknowledged)
            .collect();
        assert!(
            lost.is_empty(),
            "{} of {} are lost: {lost:?}",
            lost.len(),
            history.len()
        );
        for pair in history.windows(2) {
            assert_eq!(pair[0]["old_value"], pair[1]["new_value"], "{pair:?}");
        }
    }
}

fn assert_is_the_end(history: &[Value], shown: &Answer) {
    let newest = history.first().map(|entry| &entry["new_value"]);
    if let Some(newest) = newest {
        assert_eq!(shown.json()["theme"]["accent_color"], *newest, "{shown}");
    }
    // The first part of an entity tag is the row's revision: 1, and one more for each change.
    let (revision, _) = shown
        .header("ETag")
        .trim_matches('"')
        .split_once('-')
        .unwrap();
    let revision = usize::from_str_radix(revision, 16).unwrap();
    assert_eq!(revision, 1 + history.len(), "{shown}");
}

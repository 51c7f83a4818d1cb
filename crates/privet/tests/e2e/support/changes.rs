//! Following changes: as a service page by page, and as events of a stream.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use super::asking::with_scope;
use super::settings::{Settings, id, names, time};
use super::{Client, Server};
use crate::support::http::client::Request;

/// Where services follow changes.
pub const CHANGES: &str = "/api/v1/privacy/changes";
/// Where a user's devices do.
pub const OWN_CHANGES: &str = "/api/v1/users/me/changes";

/// Longer than a change takes to be told, also while another test holds a transaction open on the same server.
const PATIENCE: Duration = Duration::from_mins(1);

/// A service that may follow changes.
pub fn watcher(server: &Server) -> Client {
    with_scope(server, "privacy:watch")
}

/// A page of changes.
#[derive(Debug, Clone)]
pub struct Page {
    /// The changes.
    pub changes: Vec<Value>,
    /// The cursor after them.
    pub next: String,
    /// Whether these are all.
    pub caught_up: bool,
}

/// The page that this query selects.
pub async fn page(watcher: &Client, query: &str) -> Page {
    let answer = watcher.get(&format!("{CHANGES}?{query}")).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    let body = answer.json();
    let changes = body["changes"].as_array().unwrap().clone();
    let (next, caught_up) = (&body["next"], &body["caught_up"]);
    let whole = json!({"changes": changes, "next": next, "caught_up": caught_up});
    assert_eq!(body, whole, "{answer}");
    changes.iter().for_each(assert_shape);
    Page {
        changes,
        next: next.as_str().unwrap().to_owned(),
        caught_up: caught_up.as_bool().unwrap(),
    }
}

/// Fails if a change tells anything but whom, what and when.
pub fn assert_shape(change: &Value) {
    time(&change["at"]);
    let kinds = change["kinds"].as_array().unwrap();
    assert!(!kinds.is_empty(), "{change}");
    if change.get("all").is_some() {
        assert_eq!(names(change), ["all", "at", "kinds"]);
        assert_eq!(
            (&change["all"], &change["kinds"]),
            (&json!(true), &json!(["catalogue"]))
        );
    } else {
        assert_eq!(names(change), ["at", "kinds", "user_id"]);
        id(&change["user_id"]);
    }
}

/// The cursor of now.
pub async fn now(watcher: &Client) -> String {
    page(watcher, "").await.next
}

/// All changes after a cursor, up to one that this function makes itself.
pub async fn changes_after(server: &Server, watcher: &Client, after: &str) -> Vec<Value> {
    let marker = server.new_user();
    Settings::EmailContact.set(&marker, false).await;
    let (mut changes, mut cursor, begun) = (Vec::new(), after.to_owned(), Instant::now());
    loop {
        let page = page(watcher, &format!("after={cursor}&wait=5")).await;
        cursor = page.next;
        for change in page.changes {
            if change["user_id"] == json!(marker.id()) {
                return changes;
            }
            changes.push(change);
        }
        assert!(begun.elapsed() < PATIENCE, "{changes:?}");
    }
}

/// What changed of a user: the kinds of each change, in order.
pub fn kinds_of(changes: &[Value], user: Uuid) -> Vec<Vec<String>> {
    let of_user = changes
        .iter()
        .filter(|change| change["user_id"] == json!(user));
    let kinds = of_user.map(|change| change["kinds"].as_array().unwrap().iter());
    kinds
        .map(|kinds| {
            kinds
                .map(|kind| kind.as_str().unwrap().to_owned())
                .collect()
        })
        .collect()
}

/// An event of a stream, or a comment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// The id.
    pub id: Option<String>,
    /// The JSON of the data.
    pub data: Option<Value>,
    /// How long a client waits before it connects again.
    pub retry: Option<Duration>,
    /// Whether there is a comment.
    pub is_comment: bool,
}

/// A stream of server-sent events.
pub struct EventStream {
    response: Response,
    text: String,
}

impl EventStream {
    /// The stream that answers this request.
    pub async fn of(request: Request) -> Self {
        let response = request.open().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["Content-Type"], "text/event-stream");
        Self {
            response,
            text: String::new(),
        }
    }

    /// All changes after a cursor.
    pub async fn of_changes(watcher: &Client, query: &str) -> Self {
        let request = watcher.request(Method::GET, &format!("{CHANGES}?{query}"));
        Self::of(request.header("Accept", "text/event-stream")).await
    }

    /// The changes of a user.
    pub async fn of_user(user: &Client) -> Self {
        Self::of(user.request(Method::GET, OWN_CHANGES)).await
    }

    /// What comes next; `None` at the end.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (parse(event), rest.to_owned());
                self.text = rest;
                return Some(event);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("something should have come").ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next event.
    pub async fn data(&mut self) -> Value {
        loop {
            let event = self.next().await.expect("the stream has ended");
            if let Some(data) = event.data {
                return data;
            }
        }
    }

    /// Everything until the end.
    pub async fn rest(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

fn parse(text: &str) -> Event {
    let mut event = Event::default();
    for line in text.lines() {
        let (field, value) = line.split_once(':').unwrap();
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => event.is_comment = true,
            "id" => event.id = Some(value.to_owned()),
            "data" => event.data = Some(serde_json::from_str(value).unwrap()),
            "retry" => event.retry = Some(Duration::from_millis(value.parse().unwrap())),
            _ => panic!("{text}"),
        }
    }
    event
}

//! Everything that a viewer can ask about an owner and about themselves, and what the answers tell.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::PENDING;
use crate::support::acting::{contact_path, exceptions_path, follow_path};
use crate::support::follows::FOLLOWS;
use crate::support::{Answer, Client};

/// What an answer tells: the status, the header fields and the body, but the times and ids of what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    question: String,
    status: u16,
    fields: Vec<(String, String)>,
    body: String,
}

/// The members that hold times, or ids of records.
const OWN: [&str; 9] = [
    "action_time",
    "added_at",
    "createdAt",
    "created_at",
    "exported_at",
    "id",
    "request_id",
    "updatedAt",
    "updated_at",
];

fn without_own(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if OWN.contains(&name.as_str()) {
                    member.take();
                } else {
                    without_own(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_own),
        _ => {}
    }
}

fn told(question: &str, answer: &Answer, owner: &Client) -> Told {
    let mut body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    without_own(&mut body);
    let anonymous = |text: &str| text.replace(&owner.id().to_string(), "OWNER");
    let fields = answer.headers.iter().filter(|(name, _)| {
        // They are the request's.
        !["date", "x-request-id"].contains(&name.as_str())
    });
    let mut fields: Vec<_> = fields
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    fields.sort();
    Told {
        question: anonymous(question),
        status: answer.status,
        fields,
        body: anonymous(&body.to_string()),
    }
}

/// A request: method, path and body.
pub type Question = (Method, String, Option<Value>);

/// The lists of an owner, by every kind of page.
fn lists(id: Uuid) -> Vec<Question> {
    let queries = [
        "",
        "?page=1&size=1",
        "?page=2",
        "?page=0",
        "?size=101",
        "?cursor=x",
        "?page=1&cursor=x",
    ];
    let mut lists = Vec::new();
    for list in ["followers", "following"] {
        for query in queries {
            let path = format!("{FOLLOWS}/{list}/{id}{query}");
            lists.push((Method::GET, path.clone(), None));
            lists.push((Method::HEAD, path, None));
        }
    }
    lists
}

/// What a viewer can ask about themselves.
fn about_oneself(viewer: Uuid) -> Vec<Question> {
    let mut paths = vec![
        "/api/v1/users/me/export".to_owned(),
        "/api/v1/contacts".to_owned(),
        "/api/v1/blocks".to_owned(),
        "/api/v1/privacy/exceptions".to_owned(),
        "/api/v1/privacy/catalogue".to_owned(),
        "/api/v1/privacy/audit".to_owned(),
        PENDING.to_owned(),
    ];
    for what in ["followers", "following", "stats"] {
        paths.push(format!("{FOLLOWS}/{what}/{viewer}"));
    }
    let get = |path| (Method::GET, path, None);
    paths.into_iter().map(get).collect()
}

/// Everything that a viewer can ask about an owner, in an order in which each question finds what the one before left.
/// In the end nothing is left.
pub fn questions(viewer: Uuid, owner: Uuid) -> Vec<Question> {
    let get = |path: String| (Method::GET, path, None);
    let head = |path: String| (Method::HEAD, path, None);
    let access = format!("/api/v1/privacy/users/{owner}/access");
    let check = format!("{FOLLOWS}/check/{owner}");
    let stats = format!("{FOLLOWS}/stats/{owner}");
    let wish = || (Method::POST, follow_path(owner), None);
    let withdrawal = || (Method::DELETE, follow_path(owner), None);
    let mut asked = vec![get(access.clone()), head(access)];
    asked.extend(lists(owner));
    asked.extend([get(check.clone()), head(check.clone()), get(stats.clone())]);
    asked.extend([withdrawal(), wish(), get(check.clone()), wish()]);
    asked.push(get(stats));
    asked.extend(lists(owner));
    asked.extend(about_oneself(viewer));
    let removal = format!("{FOLLOWS}/followers/{owner}");
    asked.extend([(Method::DELETE, removal, None), withdrawal(), withdrawal()]);
    asked.push(get(check));
    let contact = contact_path(owner);
    asked.extend([
        get(contact.clone()),
        (Method::PUT, contact.clone(), None),
        (
            Method::PATCH,
            contact.clone(),
            Some(json!({"close_friend": true})),
        ),
        get(contact.clone()),
    ]);
    let exceptions = exceptions_path(owner);
    let never = json!({"exceptions": {"view_typing": "never"}});
    asked.extend([
        (Method::PUT, exceptions.clone(), Some(never)),
        get(exceptions.clone()),
    ]);
    let profile = json!({"profile": {"bio": "Reads.", "is_online": true}});
    asked.extend([
        get(format!("/api/v1/privacy/explain?viewer={owner}")),
        (
            Method::POST,
            format!("/api/v1/privacy/preview?viewer={owner}"),
            Some(profile),
        ),
    ]);
    asked.extend(about_oneself(viewer));
    asked.extend([
        (Method::DELETE, exceptions, None),
        (Method::DELETE, contact, None),
    ]);
    asked
}

pub async fn ask(viewer: &Client, (method, path, body): Question) -> Answer {
    let request = viewer.request(method, &path);
    match body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

async fn ask_everything(viewer: &Client, owner: &Client) -> Vec<Told> {
    let mut all = Vec::new();
    for question in questions(viewer.id(), owner.id()) {
        let (method, path, _) = &question;
        let name = format!("{method} {path}");
        let answer = ask(viewer, question).await;
        all.push(told(&name, &answer, owner));
    }
    all
}

/// Fails where an answer about the one differs from that about the other.
pub async fn assert_told_the_same(viewer: &Client, closed: &Client, blocking: &Client) {
    let expected = ask_everything(viewer, closed).await;
    assert!(expected[0].body.contains("false") && !expected[0].body.contains("true"));
    for (found, expected) in ask_everything(viewer, blocking).await.iter().zip(expected) {
        assert_eq!(*found, expected);
    }
}

//! The four families of settings, for tests of what holds for each of them alike, and what their answers
//! are made of.

use chrono::{DateTime, FixedOffset};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::http::client::Request;
use crate::support::{Answer, Client};

/// A family of settings, which is one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    EmailContact,
    AccountPrivacy,
    MessagingPrivacy,
    Preferences,
}

impl Settings {
    /// All there are.
    pub const ALL: [Self; 4] = [
        Self::EmailContact,
        Self::AccountPrivacy,
        Self::MessagingPrivacy,
        Self::Preferences,
    ];

    /// Where they are read and updated.
    pub fn path(self) -> &'static str {
        match self {
            Self::EmailContact => "/api/users/me/privacy-settings/",
            Self::AccountPrivacy => "/api/v1/e-social/privacy/account",
            Self::MessagingPrivacy => "/api/v1/privacy/settings",
            Self::Preferences => "/api/users/me/preferences/",
        }
    }

    /// The dotted name of the boolean setting that [`Self::switch`] sets.
    pub fn setting(self) -> &'static str {
        match self {
            Self::EmailContact => "email.allow_email_contact",
            Self::AccountPrivacy => "account.is_private",
            Self::MessagingPrivacy => "messaging.show_last_seen",
            Self::Preferences => "preferences.notifications.slack_enabled",
        }
    }

    /// What that setting is for whoever never changed it.
    pub fn default(self) -> bool {
        matches!(self, Self::EmailContact | Self::MessagingPrivacy)
    }

    /// What that setting is in the answer to a `GET`.
    pub fn value(self, answer: &Answer) -> bool {
        let shown = self.shown(answer);
        let value = match self {
            Self::EmailContact => &shown["allow_email_contact"],
            Self::AccountPrivacy => &shown["isPrivate"],
            Self::MessagingPrivacy => &shown["show_last_seen"],
            Self::Preferences => &shown["notifications"]["slack_enabled"],
        };
        value.as_bool().unwrap()
    }

    /// What the entity tag of the answer to a `GET` names: in the envelope only `data`.
    pub fn shown(self, answer: &Answer) -> Value {
        assert_eq!(answer.status, 200, "{answer}");
        match self {
            Self::AccountPrivacy => answer.json()["data"].take(),
            _ => answer.json(),
        }
    }

    /// The answer to `GET`, which must be a success.
    pub async fn get(self, client: &Client) -> Answer {
        let answer = client.get(self.path()).await;
        assert_eq!(answer.status, 200, "{answer}");
        answer
    }

    /// The entity tag that `GET` sends.
    pub async fn tag(self, client: &Client) -> String {
        self.get(client).await.header("ETag").to_owned()
    }

    /// A request that sets the boolean setting.
    pub fn switch(self, client: &Client, on: bool) -> Request {
        let (method, body) = match self {
            Self::EmailContact => (Method::PATCH, json!({"allow_email_contact": on})),
            Self::AccountPrivacy => (Method::PUT, json!({"isPrivate": on})),
            Self::MessagingPrivacy => (
                Method::PUT,
                json!({"setting": "show_last_seen", "value": on}),
            ),
            Self::Preferences => (
                Method::PATCH,
                json!({"notifications": {"slack_enabled": on}}),
            ),
        };
        client.request(method, self.path()).json(body)
    }

    /// Sets the boolean setting, which must succeed, and answers the new entity tag.
    pub async fn set(self, client: &Client, on: bool) -> String {
        let answer = self.switch(client, on).send().await;
        assert_eq!(answer.status, 200, "{answer}");
        answer.header("ETag").to_owned()
    }
}

/// The names of an object's members, sorted.
pub fn names(object: &Value) -> Vec<String> {
    let members = object.as_object().unwrap_or_else(|| panic!("{object}"));
    let mut names: Vec<_> = members.keys().cloned().collect();
    names.sort();
    names
}

/// A time of RFC 3339 in UTC with `Z`.
pub fn time(value: &Value) -> DateTime<FixedOffset> {
    let text = value.as_str().unwrap_or_else(|| panic!("no time: {value}"));
    assert!(text.ends_with('Z'), "{text}");
    DateTime::parse_from_rfc3339(text).unwrap()
}

/// A UUID in lower case.
pub fn id(value: &Value) -> Uuid {
    let text = value.as_str().unwrap_or_else(|| panic!("no id: {value}"));
    let id: Uuid = text.parse().unwrap();
    assert_eq!(id.as_hyphenated().to_string(), text);
    id
}

/// The caller's whole history, newest first.
pub async fn history(client: &Client) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut path = "/api/v1/privacy/audit?limit=200".to_owned();
    loop {
        let answer = client.get(&path).await;
        assert_eq!(answer.status, 200, "{answer}");
        let page = answer.json();
        entries.extend(page["entries"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else {
            return entries;
        };
        path = format!("/api/v1/privacy/audit?limit=200&cursor={cursor}");
    }
}

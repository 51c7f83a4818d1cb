//! Writes what a service holds as lines.

use serde_json::{Map, Value, json};

use super::{BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine};
use crate::catalogue::{Catalogue, Family};
use crate::relationships::follows::{Follow, FollowStatus};
use crate::settings::user::User;
use crate::{Pair, Timestamp};

/// The line of a user. Choices and cohorts that the catalogue does not know are left out: another service would refuse
/// them.
#[must_use]
pub fn user_line(catalogue: &Catalogue, user: &User) -> Value {
    let mut line = json!({
        "user": user.id.to_string(),
        "settings": known_choices(catalogue, user),
        "created_at": user.created_at.to_string(),
    });
    let cohorts = user.cohorts.known_to(catalogue);
    if let Some(members) = line.as_object_mut().filter(|_| !cohorts.is_empty()) {
        members.insert("cohorts".to_owned(), cohorts.to_stored());
    }
    line
}

/// The choices of a user by dotted name, as far as the catalogue knows them.
#[must_use]
pub fn known_choices(catalogue: &Catalogue, user: &User) -> Map<String, Value> {
    let settings = user.choices.iter();
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let preferences = user.preferences.iter();
    let prefix = Family::Preferences.as_str();
    let preferences = preferences.map(|(key, value)| (format!("{prefix}.{key}"), value));
    settings
        .chain(preferences)
        .filter(|(name, value)| catalogue.parse_choice(name, value).is_ok())
        .map(|(name, value)| (name, value.clone()))
        .collect()
}

impl ContactLine {
    /// The line.
    #[must_use]
    pub fn to_json(self) -> Value {
        let (owner, user) = ids(self.pair);
        let mut contact = json!({"owner": owner, "user": user});
        if self.close_friend == Some(true) {
            insert(&mut contact, "close_friend", true);
        }
        insert_time(&mut contact, "added_at", self.added_at);
        json!({"contact": contact})
    }
}

impl BlockLine {
    /// The line.
    #[must_use]
    pub fn to_json(self) -> Value {
        let (actor, target) = ids(self.pair);
        let mut block = json!({"blocker": actor, "blocked": target});
        insert_time(&mut block, "blocked_at", self.blocked_at);
        json!({"block": block})
    }
}

impl FollowLine {
    /// The line of a follow or a request. A withheld request is a pending one, as for the user who sent it.
    #[must_use]
    pub fn of(pair: Pair, follow: &Follow) -> Self {
        Self {
            pair,
            is_accepted: follow.status == FollowStatus::Accepted,
            created_at: Some(follow.created_at),
        }
    }

    /// The line.
    #[must_use]
    pub fn to_json(self) -> Value {
        let (follower, following) = ids(self.pair);
        let status = if self.is_accepted {
            "ACCEPTED"
        } else {
            "PENDING"
        };
        let mut follow = json!({"follower": follower, "following": following, "status": status});
        insert_time(&mut follow, "created_at", self.created_at);
        json!({"follow": follow})
    }
}

impl ExceptionLine {
    /// The line, with the actions that the catalogue knows; `None` if it knows none of them.
    #[must_use]
    pub fn to_json(&self, catalogue: &Catalogue) -> Option<Value> {
        let shown = self.exceptions.shown(catalogue);
        let shown = shown.map(|(action, it)| (action.to_owned(), it.as_str().into()));
        let exceptions: Map<String, Value> = shown.collect();
        if exceptions.is_empty() {
            return None;
        }
        let (owner, user) = ids(self.pair);
        let line = json!({"owner": owner, "user": user, "exceptions": exceptions});
        Some(json!({"exception": line}))
    }
}

impl ErasedLine {
    /// The line.
    #[must_use]
    pub fn to_json(self) -> Value {
        json!({"erased": {"user": self.user_id.to_string(), "at": self.at.to_string()}})
    }
}

fn ids(pair: Pair) -> (String, String) {
    (pair.actor().to_string(), pair.other().to_string())
}

fn insert(line: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = line.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

fn insert_time(line: &mut Value, name: &str, time: Option<Timestamp>) {
    if let Some(time) = time {
        insert(line, name, time.to_string());
    }
}

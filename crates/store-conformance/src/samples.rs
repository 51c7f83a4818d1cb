//! Users, changes and entries to test stores with.

use privet_application::settings::RowChange;
use privet_domain::audit::{AuditEntry, SettingChange};
use privet_domain::catalogue::{Choices, Family};
use privet_domain::user::{Revision, User, Version};
use privet_domain::{AccountId, Pair, RequestId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

/// Some time, so many seconds later.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_769_855_445_123_456 + seconds * 1_000_000).unwrap()
}

/// A user whom no store has seen.
#[must_use]
pub fn somebody() -> User {
    first_seen(some_id())
}

/// The id of a user whom no store has seen.
#[must_use]
pub fn some_id() -> UserId {
    UserId::from_uuid(Uuid::new_v4())
}

/// Two users whom no store has seen.
#[must_use]
pub fn some_pair() -> Pair {
    Pair::new(some_id(), some_id()).unwrap()
}

/// A row for that user, with an account id of its own.
#[must_use]
pub fn first_seen(id: UserId) -> User {
    User::first_seen(id, AccountId::from_uuid(Uuid::now_v7()), at(0))
}

/// The row with another choice, at the next revision, and an entry for it.
#[must_use]
pub fn change(user: &User, name: &str, value: Value) -> RowChange {
    let mut row = user.clone();
    row.choices.choose(name, value);
    change_to(user, row, family_of(name), name)
}

/// The row with other preferences, at the next revision, and an entry for it.
#[must_use]
pub fn change_preferences(user: &User, preferences: Choices) -> RowChange {
    let row = User {
        preferences,
        ..user.clone()
    };
    change_to(user, row, Family::Preferences, "preferences.theme.mode")
}

fn change_to(user: &User, mut row: User, family: Family, setting: &str) -> RowChange {
    row.revision = Revision::new(user.revision.get() + 1).unwrap();
    let version = Version {
        revision: row.revision,
        updated_at: at(row.revision.get()),
    };
    row.versions.set(family, version);
    RowChange {
        expected: user.revision,
        row,
        entries: vec![entry(user.id, setting)],
    }
}

fn family_of(name: &str) -> Family {
    Family::parse(name.split_once('.').unwrap().0).unwrap()
}

/// An entry for a change of that setting.
#[must_use]
pub fn entry(user_id: UserId, setting: &str) -> AuditEntry {
    AuditEntry {
        id: Uuid::now_v7(),
        user_id,
        actor_id: UserId::from_uuid(Uuid::new_v4()),
        occurred_at: at(1),
        change: SettingChange {
            setting: setting.to_owned(),
            old_value: json!(true),
            new_value: json!(false),
        },
        request_id: RequestId::parse("a-request").unwrap(),
    }
}

/// Choices of these names and values.
#[must_use]
pub fn choices<const N: usize>(chosen: [(&str, Value); N]) -> Choices {
    let chosen = chosen.map(|(key, value)| (key.to_owned(), value));
    Choices::from_stored(chosen.into_iter().collect())
}

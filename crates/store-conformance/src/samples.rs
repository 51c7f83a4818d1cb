//! Sample users, changes and audit entries, and a complete erasure.

use std::sync::Arc;

use privet_application::accounts::erasure::{ErasureStart, ErasureStore, Progress};
use privet_application::settings::RowChange;
use privet_application::user_events::{UserEvent, UserEventKind};
use privet_domain::catalogue::{Choices, Family};
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::settings::revision::{Revision, Version};
use privet_domain::settings::user::User;
use privet_domain::{AccountId, Pair, RequestId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

/// A fixed time plus this number of seconds.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(1_769_855_445_123_456 + seconds * 1_000_000).unwrap()
}

/// A user with a new id.
#[must_use]
pub fn somebody() -> User {
    first_seen(some_id())
}

/// A new user id.
#[must_use]
pub fn some_id() -> UserId {
    UserId::from_uuid(Uuid::new_v4())
}

/// A pair of two new user ids.
#[must_use]
pub fn some_pair() -> Pair {
    Pair::new(some_id(), some_id()).unwrap()
}

/// A new row for this user, with a new account id.
#[must_use]
pub fn first_seen(id: UserId) -> User {
    User::first_seen(id, AccountId::from_uuid(Uuid::now_v7()), at(0))
}

/// The choice of a user: the family, the name of the setting, and the value.
#[derive(Debug, Clone)]
pub struct Choice(pub Family, pub &'static str, pub Value);

/// The choice that nobody may contact the user by e-mail.
#[must_use]
pub fn no_email() -> Choice {
    Choice(Family::Email, "email.allow_email_contact", false.into())
}

/// Choosing whether the account is private.
#[must_use]
pub fn private_account(is_private: bool) -> Choice {
    Choice(Family::Account, "account.is_private", is_private.into())
}

/// The row after this choice, with the next revision, and its audit entry.
#[must_use]
pub fn change(user: &User, choice: Choice) -> RowChange {
    let Choice(family, name, value) = choice;
    let mut row = user.clone();
    row.revision = Revision::new(user.revision.get() + 1).unwrap();
    let version = Version {
        revision: row.revision,
        updated_at: at(row.revision.get()),
    };
    row.versions.set(family, version);
    match family {
        Family::Preferences => row.preferences.choose(name, value),
        Family::Account | Family::Email | Family::Messaging => row.choices.choose(name, value),
    }
    RowChange {
        expected: user.revision,
        row,
        event: settings_event(user.id, vec![entry(user.id, "email.allow_email_contact")]),
    }
}

/// An event for a change of the user's settings, with these entries.
#[must_use]
pub fn settings_event(user_id: UserId, entries: Vec<AuditEntry>) -> UserEvent {
    UserEvent {
        user_id,
        actor_id: user_id,
        occurred_at: at(1),
        request_id: None,
        kind: UserEventKind::Settings {
            families: vec![Family::Email],
            entries,
        },
    }
}

/// An audit entry for a change of this setting.
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
        reason: None,
    }
}

/// Choices with these names and values.
#[must_use]
pub fn choices<const N: usize>(chosen: [(&str, Value); N]) -> Choices {
    let chosen = chosen.map(|(name, value)| (name.to_owned(), value));
    Choices::from_stored(chosen.into_iter().collect())
}

/// Erases the user, two rows at a time.
pub(crate) async fn erase<S: ErasureStore>(store: &Arc<S>, user_id: UserId, now: Timestamp) {
    let begun = store.begin_erasure(start(user_id, now, 2)).await;
    finish_erasure(store, user_id, begun.unwrap()).await;
}

/// The same, with a receipt.
pub(crate) async fn erase_with_receipt<S: ErasureStore>(
    store: &Arc<S>,
    user_id: UserId,
    now: Timestamp,
) {
    let start = ErasureStart {
        has_receipt: true,
        ..start(user_id, now, 2)
    };
    let begun = store.begin_erasure(start).await.unwrap();
    finish_erasure(store, user_id, begun).await;
}

/// The beginning of an erasure without a receipt.
pub(crate) fn start(user_id: UserId, now: Timestamp, most: u32) -> ErasureStart {
    ErasureStart {
        user_id,
        at: now,
        now,
        most,
        has_receipt: false,
    }
}

async fn finish_erasure<S: ErasureStore>(store: &Arc<S>, user_id: UserId, begun: Progress) {
    let mut progress = begun;
    while progress != Progress::Finished {
        progress = store.continue_erasure(user_id, at(3), 2).await.unwrap();
    }
}

//! Requirements on every [`AuditStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod expiry;

use privet_application::settings::audit::{AuditQuery, AuditStore};
use privet_application::settings::{Outcome, RowChange, SettingsStore};
use privet_domain::catalogue::Catalogue;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use privet_domain::settings::looks::SupportReason;
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;
use privet_domain::{RequestId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Backend;
use crate::samples::{entry, settings_event, somebody};

pub use expiry::*;

/// The newest entries of a user.
pub(crate) fn newest(user_id: UserId, limit: u32) -> AuditQuery {
    AuditQuery {
        user_id,
        setting: None,
        before: None,
        limit,
    }
}

/// Creates a user with these audit entries, one change each.
async fn somebody_with<B: Backend>(
    backend: &B,
    entries: impl IntoIterator<Item = impl Fn(UserId) -> AuditEntry>,
) -> (User, Vec<AuditEntry>) {
    let mut user = somebody();
    backend.store().create(user.clone().into()).await.unwrap();
    let mut written = Vec::new();
    for entry in entries {
        let entry = entry(user.id);
        let expected = user.revision;
        user.revision = Revision::new(expected.get() + 1).unwrap();
        let change = RowChange {
            expected,
            row: user.clone(),
            event: settings_event(user.id, vec![entry.clone()]),
        };
        let outcome = backend.store().compare_and_set(&change).await.unwrap();
        assert_eq!(outcome, Outcome::Stored);
        written.push(entry);
    }
    (user, written)
}

fn of(setting: &str) -> impl Fn(UserId) -> AuditEntry {
    move |user_id| entry(user_id, setting)
}

pub async fn a_user_without_history_has_no_entries<B: Backend>(backend: &B) {
    let user = somebody();
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
    backend.store().create(user.clone().into()).await.unwrap();
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, []);
}

pub async fn entries_keep_everything<B: Backend>(backend: &B) {
    let longest = format!("preferences.{}", "x".repeat(SettingName::MAX_LENGTH - 12));
    let full = |user_id| {
        let mut entry = entry(user_id, &longest);
        entry.change.old_value =
            json!({"Größe": ["ß", "日本語", "🦀", "\u{1}", "\\\"'"], "n": -1.5});
        entry.change.new_value = json!([null, 9_007_199_254_740_993_i64, "", {}]);
        let visible: String = ('!'..='~').cycle().take(RequestId::MAX_LENGTH).collect();
        entry.request_id = RequestId::parse(&visible).unwrap();
        entry
    };
    let (user, written) = somebody_with(backend, [full]).await;
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, written);
}

pub async fn entries_are_listed_newest_first<B: Backend>(backend: &B) {
    let (user, mut written) = somebody_with(backend, ["a.b", "c.d", "e.f"].map(of)).await;
    written.reverse();
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, written);
}

pub async fn a_page_goes_on_where_the_last_one_ended<B: Backend>(backend: &B) {
    let (user, mut written) = somebody_with(backend, ["a.b"; 7].map(of)).await;
    written.reverse();
    let mut query = newest(user.id, 3);
    let mut pages = Vec::new();
    loop {
        let page = backend.store().list(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.before = Some(last.id);
        pages.push(page);
    }
    let lengths: Vec<_> = pages.iter().map(Vec::len).collect();
    assert_eq!(lengths, [3, 3, 1]);
    assert_eq!(pages.concat(), written);
}

pub async fn the_history_of_one_setting_holds_no_other<B: Backend>(backend: &B) {
    let settings = [
        "account.is_private",
        "preferences.theme.mode",
        "account.is_private",
        "account.is_private",
    ];
    let (user, written) = somebody_with(backend, settings.map(of)).await;
    let mut query = AuditQuery {
        setting: Some(SettingName::parse(&Catalogue::core(), "account.is_private").unwrap()),
        ..newest(user.id, 2)
    };
    let listed = backend.store().list(&query).await.unwrap();
    assert_eq!(listed, [written[3].clone(), written[2].clone()]);

    query.before = Some(written[2].id);
    let listed = backend.store().list(&query).await.unwrap();
    assert_eq!(listed, [written[0].clone()]);

    // A group of settings is not a setting.
    query = AuditQuery {
        setting: Some(SettingName::parse(&Catalogue::core(), "preferences.theme").unwrap()),
        ..newest(user.id, 10)
    };
    assert_eq!(backend.store().list(&query).await.unwrap(), []);
}

pub async fn nobody_elses_entries_are_listed<B: Backend>(backend: &B) {
    let (first, written) = somebody_with(backend, [of("a.b")]).await;
    let (_second, _) = somebody_with(backend, [of("a.b")]).await;
    let mut query = newest(first.id, 10);
    assert_eq!(backend.store().list(&query).await.unwrap(), written);
    query.before = Some(Uuid::max());
    assert_eq!(backend.store().list(&query).await.unwrap(), written);
}

pub async fn the_reason_of_the_staff_is_kept<B: Backend>(backend: &B) {
    let reason: String = (' '..='~').cycle().skip(1).take(200).collect();
    let reason = SupportReason::parse(&reason).unwrap();
    let with_reason = |user_id| AuditEntry {
        reason: Some(reason.clone()),
        ..entry(user_id, "a.b")
    };
    let (user, written) = somebody_with(backend, [with_reason]).await;
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, written);
}

pub async fn null_values_are_kept_in_the_audit_log<B: Backend>(backend: &B) {
    let with_nulls = |user_id| {
        let mut entry = entry(user_id, "messaging.disappearing_messages_default");
        entry.change.old_value = Value::Null;
        entry.change.new_value = Value::Null;
        entry
    };
    let (user, written) = somebody_with(backend, [with_nulls]).await;
    let listed = backend.store().list(&newest(user.id, 10)).await.unwrap();
    assert_eq!(listed, written);
}

pub async fn the_database_refuses_an_entry_that_the_domain_refuses<B: Backend>(backend: &B) {
    somebody_with(backend, [of("a.b")]).await;
    let too_long = "x".repeat(256);
    for assignment in [
        "setting = ''".to_owned(),
        format!("setting = '{too_long}'"),
        "request_id = ''".to_owned(),
        "request_id = 'two words'".to_owned(),
        "request_id = 'é'".to_owned(),
        format!("request_id = '{}'", &too_long[..129]),
        "old_value = NULL".to_owned(),
        "new_value = '{'".to_owned(),
    ] {
        let refusal = backend.execute(&format!("UPDATE audit_log SET {assignment}"));
        assert!(refusal.is_err(), "{assignment}");
    }
}

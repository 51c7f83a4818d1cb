//! Retention of history.

use std::time::Duration;

use privet_domain::UserId;
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::{RequestId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::fakes::{FakeCounters, Services, at, user};

const DAY: i64 = 86_400;
const RETENTION: Duration = Duration::from_hours(24);

fn entry(number: u128, user_id: UserId, setting: &str, occurred_at: Timestamp) -> AuditEntry {
    AuditEntry {
        id: Uuid::from_u128(number),
        user_id,
        actor_id: user_id,
        occurred_at,
        change: SettingChange {
            setting: setting.to_owned(),
            old_value: json!(true),
            new_value: json!(false),
        },
        request_id: RequestId::parse("a-request").unwrap(),
        reason: None,
    }
}

/// Runs a pass, and some pauses.
async fn expire(services: &Services) {
    let settings = services.settings.clone();
    let running =
        tokio::spawn(async move { settings.expire_audit_entries_forever(RETENTION).await });
    tokio::time::sleep(Duration::from_mins(5)).await;
    running.abort();
}

fn ids(services: &Services) -> Vec<u128> {
    let entries = services.store.entries();
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id.as_u128()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test(start_paused = true)]
async fn entries_that_are_too_old_are_deleted_except_the_newest_of_each_setting() {
    let counters = FakeCounters::default();
    let _counting = counters.install();
    let services = Services::new();
    services.clock.set(at(10 * DAY));
    services.store.add_entries([
        entry(1, user(1), "a.b", at(0)),
        entry(2, user(1), "a.b", at(1)),
        // The only one of its setting.
        entry(3, user(1), "c.d", at(1)),
        // The newest one of this user.
        entry(4, user(2), "a.b", at(1)),
        // Young enough, so that the one before it is not the newest.
        entry(5, user(3), "a.b", at(8 * DAY)),
        entry(6, user(3), "a.b", at(10 * DAY - 1)),
        entry(7, user(3), "a.b", at(10 * DAY)),
    ]);
    expire(&services).await;
    assert_eq!(ids(&services), [2, 3, 4, 6, 7]);
    let counted = counters.read("privet_audit_entries_expired_total");
    assert_eq!(counted, [(String::new(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_goes_through_all_entries_whatever_their_number() {
    let services = Services::new();
    services.clock.set(at(10 * DAY));
    let entries = (1..=2_500).map(|number| entry(number, user(number % 3), "a.b", at(0)));
    services.store.add_entries(entries);
    expire(&services).await;
    assert_eq!(ids(&services), [2_498, 2_499, 2_500]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_goes_on_after_an_outage() {
    let services = Services::new();
    services.clock.set(at(10 * DAY));
    services.store.add_entries([
        entry(1, user(1), "a.b", at(0)),
        entry(2, user(1), "a.b", at(0)),
    ]);
    services.store.go_away();
    let settings = services.settings.clone();
    let running =
        tokio::spawn(async move { settings.expire_audit_entries_forever(RETENTION).await });
    tokio::time::sleep(Duration::from_secs(25)).await;
    assert_eq!(ids(&services), [1, 2]);
    services.store.come_back();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(ids(&services), [2]);
    running.abort();
}

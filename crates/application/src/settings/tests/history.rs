//! Pages of a user's own history.

use privet_domain::catalogue::Family;
use privet_domain::settings::audit::{AuditEntry, SettingName};
use serde_json::json;
use uuid::Uuid;

use crate::fakes::{Services, at, user};
use crate::settings::audit::{AuditPage, AuditQuery, MOST_BYTES};

const ALL: u32 = 100;

async fn page(services: &Services, before: Option<Uuid>, limit: u32) -> AuditPage {
    let query = AuditQuery {
        user_id: user(1),
        setting: None,
        before,
        limit,
    };
    services.settings.list_audit_entries(query).await.unwrap()
}

/// Every entry, by pages of so many at most; how many each page had.
async fn pages(services: &Services, limit: u32) -> (Vec<AuditEntry>, Vec<usize>) {
    let (mut entries, mut lengths) = (Vec::new(), Vec::new());
    let mut before = None;
    loop {
        let page = page(services, before, limit).await;
        lengths.push(page.entries.len());
        entries.extend(page.entries);
        before = page.next;
        if before.is_none() {
            return (entries, lengths);
        }
    }
}

/// So many changes of one setting, a second apart.
async fn change_email(services: &Services, times: i64) {
    for number in 0..times {
        services.clock.set(at(number));
        let wanted = json!({"allow_email_contact": number % 2 == 1});
        services
            .change(user(1), Family::Email, &wanted)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_user_who_changed_nothing_has_no_history() {
    let services = Services::new();
    services.settings.load(user(1)).await.unwrap();
    let page = page(&services, None, ALL).await;
    assert_eq!((page.entries, page.next), (vec![], None));
}

#[tokio::test]
async fn pages_hold_every_entry_once_newest_first() {
    let services = Services::new();
    change_email(&services, 7).await;
    let mut expected = services.store.entries();
    expected.reverse();
    for (limit, lengths) in [(3, vec![3, 3, 1]), (7, vec![7]), (ALL, vec![7])] {
        assert_eq!(pages(&services, limit).await, (expected.clone(), lengths));
    }
}

#[tokio::test]
async fn the_history_of_one_setting_holds_no_other() {
    let services = Services::new();
    change_email(&services, 2).await;
    services
        .change(user(1), Family::Account, &json!({"is_private": true}))
        .await
        .unwrap();
    let query = AuditQuery {
        user_id: user(1),
        setting: Some(SettingName::parse(&services.catalogue, "account.is_private").unwrap()),
        before: None,
        limit: ALL,
    };
    let page = services.settings.list_audit_entries(query).await.unwrap();
    let settings: Vec<_> = page
        .entries
        .iter()
        .map(|it| it.change.setting.as_str())
        .collect();
    assert_eq!(settings, ["account.is_private"]);
}

#[tokio::test]
async fn a_page_ends_early_where_its_entries_are_heavy_and_has_one_at_least() {
    let services = Services::new();
    change_email(&services, 1).await;
    let [light] = &services.store.entries()[..] else {
        panic!("one change, one entry")
    };
    let heavy = |number, bytes| {
        let mut entry = light.clone();
        entry.id = Uuid::from_u128(number);
        entry.change.new_value = "x".repeat(bytes).into();
        entry
    };
    services.store.add_entries([
        heavy(1, 2 * MOST_BYTES),
        heavy(2, MOST_BYTES / 2),
        heavy(3, MOST_BYTES / 3),
        heavy(4, MOST_BYTES / 3),
    ]);
    let (entries, lengths) = pages(&services, ALL).await;
    assert_eq!(lengths, [3, 1, 1]);
    assert_eq!(entries.len(), 5);
}

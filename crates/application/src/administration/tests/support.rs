//! Looks and changes of the staff.

use std::sync::Arc;

use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, ChoicesUpdate, Family};
use privet_domain::relationships::exceptions::{Exception, Exceptions};
use privet_domain::settings::looks::SupportReason;
use privet_domain::settings::user::User;
use serde_json::{Value, json};

use crate::administration::support::{LookQuery, OwnedCounts, SupportError};
use crate::fakes::{Services, at, caller, pair, user};
use crate::settings::audit::AuditQuery;

const STAFF: UserId = user(9);

fn reason() -> SupportReason {
    SupportReason::parse("ticket 4711").unwrap()
}

fn update(catalogue: &Catalogue, wanted: &[(&str, Value)]) -> ChoicesUpdate {
    let wanted = wanted.iter();
    let wanted = wanted.map(|(name, value)| catalogue.parse_choice(name, value).unwrap());
    ChoicesUpdate::new(wanted.collect())
}

async fn change(services: &Services, wanted: &[(&str, Value)]) -> Result<Arc<User>, SupportError> {
    let catalogue = &services.catalogue;
    services
        .administration
        .change_settings(
            &caller(STAFF),
            user(1),
            reason(),
            catalogue,
            update(catalogue, wanted),
        )
        .await
}

async fn looks(services: &Services) -> usize {
    let query = LookQuery {
        user_id: user(1),
        before: None,
        limit: 100,
    };
    let page = services.administration.list_looks(query).await.unwrap();
    page.looks.len()
}

#[tokio::test]
async fn a_view_counts_lists_and_is_on_record() {
    let services = Services::new();
    services.settings.load(user(1)).await.unwrap();
    let relationships = &services.relationships;
    relationships.add_contact(pair(1, 2)).await.unwrap();
    relationships.add_block(pair(1, 3)).await.unwrap();
    let exceptions = Exceptions::of([("view_profile", Exception::Never)]);
    let set = relationships.set_exceptions(pair(1, 4), &exceptions);
    set.await.unwrap();
    relationships.follow(pair(5, 1)).await.unwrap();
    services.clock.set(at(7));
    let staff = caller(STAFF);
    let view = services.administration.view_user(&staff, user(1), reason());
    let view = view.await.unwrap();
    assert_eq!(view.user.id, user(1));
    let expected = OwnedCounts {
        contacts: 1,
        blocks: 1,
        exceptions: 1,
    };
    assert_eq!(view.owned, expected);
    assert_eq!((view.follows.followers, view.follows.following), (1, 0));
    let query = LookQuery {
        user_id: user(1),
        before: None,
        limit: 10,
    };
    let page = services.administration.list_looks(query).await.unwrap();
    let [look] = &page.looks[..] else {
        panic!("{page:?}");
    };
    assert_eq!((look.actor_id, look.occurred_at), (STAFF, at(7)));
    assert_eq!((&look.reason, page.next), (&reason(), None));
}

#[tokio::test]
async fn nobody_unknown_or_erased_is_looked_at_or_made() {
    let services = Services::new();
    services.settings.load(user(2)).await.unwrap();
    services.accounts.erase_user(user(2)).await.unwrap();
    for user_id in [user(1), user(2)] {
        let staff = caller(STAFF);
        let view = services.administration.view_user(&staff, user_id, reason());
        assert!(matches!(view.await, Err(SupportError::NotFound)));
        assert_eq!(services.store.rows_of(user_id), 0);
    }
    let changed = change(&services, &[("account.is_private", json!(true))]).await;
    assert!(matches!(changed, Err(SupportError::NotFound)));
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test]
async fn looks_are_listed_newest_first_in_pages() {
    let services = Services::new();
    services.settings.load(user(1)).await.unwrap();
    for _ in 0..5 {
        services
            .administration
            .record_look(&caller(STAFF), user(1), reason())
            .await
            .unwrap();
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let query = LookQuery {
            user_id: user(1),
            before,
            limit: 2,
        };
        let page = services.administration.list_looks(query).await.unwrap();
        seen.extend(page.looks.iter().map(|look| look.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|one, other| one > other));
}

#[tokio::test]
async fn a_change_of_the_staff_is_in_the_history_with_its_reason_and_is_no_look() {
    let services = Services::new();
    services.settings.load(user(1)).await.unwrap();
    let wanted = [
        ("messaging.show_last_seen", json!(false)),
        ("preferences.theme.mode", json!("dark")),
    ];
    let changed = change(&services, &wanted).await.unwrap();
    assert_eq!(changed.choices.iter().count(), 1);
    let query = AuditQuery {
        user_id: user(1),
        setting: None,
        before: None,
        limit: 10,
    };
    let page = services.settings.list_audit_entries(query).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    for entry in &page.entries {
        assert_eq!((entry.actor_id, entry.user_id), (STAFF, user(1)));
        assert_eq!(entry.reason, Some(reason()));
    }
    assert_eq!(looks(&services).await, 0);
    let refused = json!({"allow_email_contact": false});
    let own = services.change(user(1), Family::Email, &refused);
    own.await.unwrap();
    assert!(services.store.entries().last().unwrap().reason.is_none());
}

#[tokio::test]
async fn a_change_that_a_layer_forbids_changes_nothing() {
    let document = json!({"layers": [{"name": "house", "note": "Not here.",
        "allowed": {"messaging.show_last_seen": [true]},
        "defaults": {"messaging.show_last_seen": true}}]});
    let services = Services::by(Catalogue::parse(&document.to_string()).unwrap());
    services.settings.load(user(1)).await.unwrap();
    let wanted = [
        ("messaging.show_read_receipts", json!(false)),
        ("messaging.show_last_seen", json!(false)),
    ];
    let changed = change(&services, &wanted).await;
    assert!(matches!(changed, Err(SupportError::Locked(_))));
    assert!(services.store.entries().is_empty());
}

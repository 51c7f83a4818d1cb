//! Cohorts over a store of one row.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::user::User;
use privet_domain::{RequestId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::settings::audit::{AuditQuery, AuditStore};
use crate::settings::{Outcome, RowChange, SettingsStore};
use crate::user_events::UserEventKind;
use crate::{Clock, IdSource, Scopes, StoreError};

const USER: UserId = UserId::from_uuid(Uuid::from_u128(1));
const SERVICE: UserId = UserId::from_uuid(Uuid::from_u128(2));

/// What is held of the user, and the changes that were made.
struct Kept {
    presence: Mutex<Presence>,
    changes: Mutex<Vec<RowChange>>,
}

#[async_trait]
impl SettingsStore for Kept {
    async fn find(&self, _: UserId) -> Result<Presence, StoreError> {
        Ok(self.presence.lock().unwrap().clone())
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        *self.presence.lock().unwrap() = Presence::Here(Box::new(row.clone()));
        self.find(row.id).await
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        *self.presence.lock().unwrap() = Presence::Here(Box::new(change.row.clone()));
        self.changes.lock().unwrap().push(change.clone());
        Ok(Outcome::Stored)
    }

    async fn settled(&self) {}
}

struct NoHistory;

#[async_trait]
impl AuditStore for NoHistory {
    async fn list(&self, _: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(Vec::new())
    }
}

/// One moment, and ids of no interest.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
    }
}

impl IdSource for Noon {
    fn new_id(&self) -> Uuid {
        Uuid::from_u128(3)
    }
}

fn administration(presence: Presence) -> (AdministrationService, Arc<Kept>) {
    let store = Arc::new(Kept {
        presence: Mutex::new(presence),
        changes: Mutex::default(),
    });
    let (rows, history) = (Arc::clone(&store) as _, Arc::new(NoHistory));
    let settings = SettingsService::new(rows, None, history, Arc::new(Noon), Arc::new(Noon));
    (AdministrationService::new(settings), store)
}

fn service() -> Caller {
    Caller {
        user_id: SERVICE,
        scopes: Scopes::default(),
        request_id: RequestId::parse("a-request").unwrap(),
    }
}

#[tokio::test]
async fn cohorts_are_on_record_with_the_service_as_actor() {
    let (administration, store) = administration(Presence::Unknown);
    let minor = Cohorts::of(["minor"]);
    let set = administration.set_cohorts(&service(), USER, minor.clone());
    assert_eq!(set.await.unwrap(), minor);
    assert_eq!(administration.get_cohorts(USER).await.unwrap(), minor);
    let changes = store.changes.lock().unwrap();
    let [change] = &**changes else {
        panic!("{changes:?}");
    };
    let event = &change.event;
    assert_eq!((event.user_id, event.actor_id), (USER, SERVICE));
    assert!(matches!(event.kind, UserEventKind::Cohorts { .. }));
    let [entry] = event.entries() else {
        panic!("{event:?}");
    };
    assert_eq!((entry.user_id, entry.actor_id), (USER, SERVICE));
    assert_eq!(entry.change.setting, "cohorts");
    assert_eq!(entry.change.old_value, json!([]));
    assert_eq!(entry.change.new_value, json!(["minor"]));
}

#[tokio::test]
async fn cohorts_that_hold_already_are_no_change() {
    let (administration, store) = administration(Presence::Unknown);
    for _ in 0..2 {
        let set = administration.set_cohorts(&service(), USER, Cohorts::of(["minor"]));
        set.await.unwrap();
    }
    assert_eq!(store.changes.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_never_seen_belongs_to_none_and_is_not_made_by_asking() {
    let (administration, store) = administration(Presence::Unknown);
    let cohorts = administration.get_cohorts(USER).await.unwrap();
    assert_eq!(cohorts, Cohorts::default());
    assert_eq!(*store.presence.lock().unwrap(), Presence::Unknown);
}

#[tokio::test]
async fn an_erased_user_belongs_to_nothing_and_cannot_be_classified() {
    let (administration, store) = administration(Presence::Erased);
    let got = administration.get_cohorts(USER).await;
    assert!(matches!(got, Err(LoadError::Erased)));
    let set = administration.set_cohorts(&service(), USER, Cohorts::of(["minor"]));
    assert!(matches!(set.await, Err(ChangeError::Erased)));
    assert!(store.changes.lock().unwrap().is_empty());
}

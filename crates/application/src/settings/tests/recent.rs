//! Changes that begin with a remembered row, which may be out of date.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use privet_domain::catalogue::{Catalogue, Family};
use privet_domain::settings::user::User;
use privet_domain::{AccountId, UserId};
use serde_json::Value;
use uuid::Uuid;

use crate::fakes::{FakeClock, FakeIds, FakeStore, at, caller, user};
use crate::settings::precondition::Precondition;
use crate::settings::{
    Creation, Outcome, Presence, RecentRows, RowChange, SettingsService, SettingsStore,
};
use crate::{ChangeError, StoreError};

/// One user's row, or their tombstone, and what the store was asked for.
struct OneRow {
    row: Mutex<Option<User>>,
    asked: Mutex<Vec<&'static str>>,
}

impl OneRow {
    fn take_asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[async_trait]
impl SettingsStore for OneRow {
    async fn find(&self, _: UserId) -> Result<Presence, StoreError> {
        self.asked.lock().unwrap().push("find");
        let row = self.row.lock().unwrap().clone();
        Ok(row.map_or(Presence::Erased, |row| Presence::Here(Box::new(row))))
    }

    async fn create(&self, creation: Creation) -> Result<Presence, StoreError> {
        Ok(Presence::Here(Box::new(creation.row)))
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        self.asked.lock().unwrap().push("compare and set");
        let mut row = self.row.lock().unwrap();
        if row.as_ref().map(|row| row.revision) != Some(change.expected) {
            return Ok(Outcome::Conflict);
        }
        *row = Some(change.row.clone());
        Ok(Outcome::Stored)
    }

    async fn settled(&self) {}
}

/// Remembers one row.
#[derive(Default)]
struct LastRow(Mutex<Option<Arc<User>>>);

impl RecentRows for LastRow {
    fn get(&self, _: UserId) -> Option<Arc<User>> {
        self.0.lock().unwrap().clone()
    }

    fn keep(&self, row: Arc<User>) {
        *self.0.lock().unwrap() = Some(row);
    }

    fn forget(&self, _: UserId) {
        *self.0.lock().unwrap() = None;
    }
}

/// The settings of a user whose row was read, and is remembered since.
async fn read_before() -> (SettingsService, Arc<OneRow>, Arc<LastRow>) {
    let account_id = AccountId::from_uuid(Uuid::from_u128(2));
    let store = Arc::new(OneRow {
        row: Mutex::new(Some(User::first_seen(user(1), account_id, at(0)))),
        asked: Mutex::default(),
    });
    let rows = Arc::new(LastRow::default());
    let settings = SettingsService::new(
        Arc::clone(&store) as _,
        None,
        Arc::<FakeStore>::default(),
        Arc::<FakeClock>::default(),
        Arc::<FakeIds>::default(),
    );
    let settings = settings.with_recent_rows(Arc::clone(&rows) as _);
    settings.load(user(1)).await.unwrap();
    assert_eq!(store.take_asked(), ["find"]);
    (settings, store, rows)
}

async fn allow_email(
    settings: &SettingsService,
    precondition: Precondition,
    allowed: bool,
) -> Result<Arc<User>, ChangeError> {
    let loaded = settings.recent(user(1)).unwrap();
    let core = Arc::new(Catalogue::core());
    let allowed = Value::from(allowed);
    let wanted = [("allow_email_contact", &allowed)];
    let update = core.parse_update(Family::Email, wanted).unwrap();
    settings
        .change(&caller(user(1)), &loaded, precondition, &core, update)
        .await
}

/// Forbids e-mail, and keeps the row from before as the recent one.
async fn outdate(settings: &SettingsService, store: &OneRow, rows: &LastRow) {
    let old = rows.get(user(1)).unwrap();
    allow_email(settings, Precondition::NONE, false)
        .await
        .unwrap();
    rows.keep(old);
    store.take_asked();
}

#[tokio::test]
async fn a_change_asks_the_store_once_where_the_remembered_row_is_the_latest() {
    let (settings, store, _) = read_before().await;
    for allowed in [false, true] {
        let changed = allow_email(&settings, Precondition::NONE, allowed).await;
        assert_eq!(store.row.lock().unwrap().as_ref(), Some(&*changed.unwrap()));
        assert_eq!(store.take_asked(), ["compare and set"]);
    }
}

#[tokio::test]
async fn a_change_that_begins_with_an_old_row_is_computed_again_from_the_latest() {
    let (settings, store, rows) = read_before().await;
    outdate(&settings, &store, &rows).await;
    // The old row would be changed by this; the latest says it already.
    let changed = allow_email(&settings, Precondition::NONE, false).await;
    assert_eq!(store.take_asked(), ["compare and set", "find"]);
    assert_eq!(changed.unwrap().revision.get(), 2);
}

#[tokio::test]
async fn a_remembered_row_is_not_what_an_update_without_effect_is_answered() {
    let (settings, store, rows) = read_before().await;
    // Chosen, which a default is not.
    allow_email(&settings, Precondition::NONE, true)
        .await
        .unwrap();
    outdate(&settings, &store, &rows).await;
    // What the old row says; the latest says otherwise.
    let changed = allow_email(&settings, Precondition::NONE, true).await;
    assert_eq!(store.take_asked(), ["find", "compare and set"]);
    assert_eq!(changed.unwrap().revision.get(), 4);
}

#[tokio::test]
async fn an_erased_user_is_told_so_whatever_is_remembered_and_is_forgotten() {
    let (settings, store, rows) = read_before().await;
    *store.row.lock().unwrap() = None;
    let error = allow_email(&settings, Precondition::NONE, false).await;
    assert!(matches!(error, Err(ChangeError::Erased)));
    assert_eq!(store.take_asked(), ["compare and set", "find"]);
    assert!(rows.get(user(1)).is_none());
}

//! What the cache is told of changes that nobody knows the outcome of. What a jumping clock does to the record
//! is in `clocks`.

mod clocks;
mod recent;

use std::sync::Mutex;
use std::time::Duration;

use privet_domain::RequestId;
use privet_domain::catalogue::Family;
use serde_json::Value;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::cache::Cached;
use super::*;
use crate::Scopes;

const USER: UserId = UserId::from_uuid(Uuid::from_u128(1));

/// Answers every change that the database is away, and goes on with it until it is let go.
struct Stalled(Semaphore);

#[async_trait]
impl SettingsStore for Stalled {
    async fn find(&self, user_id: UserId) -> Result<Presence, StoreError> {
        let account_id = AccountId::from_uuid(Uuid::from_u128(2));
        let row = User::first_seen(user_id, account_id, now());
        Ok(Presence::Here(Box::new(row)))
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        Ok(Presence::Here(Box::new(row.clone())))
    }

    async fn compare_and_set(&self, _: &RowChange) -> Result<Outcome, StoreError> {
        Err(StoreError::unavailable("too slow"))
    }

    async fn settled(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

/// Holds nothing, and notes when changes begin and end.
#[derive(Default)]
struct Noting(Mutex<Vec<&'static str>>);

impl Noting {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn notes(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl SettingsCache for Noting {
    async fn get(&self, user_id: UserId) -> Cached {
        Cached::Nothing(Some(lease(user_id)))
    }

    async fn fill(&self, _: Lease, _: Arc<User>) {}

    async fn begin_change(&self, user_id: UserId) -> Result<Lease, StoreError> {
        self.note("begun");
        Ok(lease(user_id))
    }

    async fn end_change(&self, _: Lease, row: Option<Arc<User>>) -> Result<(), StoreError> {
        self.note(if row.is_some() {
            "left a row"
        } else {
            "left nothing"
        });
        Ok(())
    }
}

/// Keeps no history.
struct NoHistory;

#[async_trait]
impl AuditStore for NoHistory {
    async fn list(&self, _: &audit::AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(Vec::new())
    }
}

/// An update of one setting of the built-in catalogue.
fn update(family: Family, key: &str, value: &Value) -> SettingsUpdate {
    Catalogue::core()
        .parse_update(family, [(key, value)])
        .unwrap()
}

fn lease(user_id: UserId) -> Lease {
    Lease {
        user_id,
        epoch: Uuid::nil(),
        token: 1,
    }
}

/// Noon, and ids of no interest.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        now()
    }
}

impl IdSource for Noon {
    fn new_id(&self) -> Uuid {
        Uuid::from_u128(3)
    }
}

fn caller() -> Caller {
    Caller {
        user_id: USER,
        scopes: Scopes::default(),
        request_id: RequestId::parse("a-request").unwrap(),
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-01-31T12:00:00Z").unwrap()
}

fn settings() -> (SettingsService, Arc<Stalled>, Arc<Noting>) {
    let store = Arc::new(Stalled(Semaphore::new(0)));
    let cache = Arc::new(Noting::default());
    let settings = SettingsService::new(
        Arc::clone(&store) as _,
        Some(Arc::clone(&cache) as _),
        Arc::new(NoHistory),
        Arc::new(Noon),
        Arc::new(Noon),
    );
    (settings, store, cache)
}

async fn soon(cache: &Noting, expected: &[&str]) {
    for _ in 0..1_000 {
        if cache.notes() == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{:?}", cache.notes());
}

#[tokio::test]
async fn a_change_that_timed_out_keeps_its_row_out_of_the_cache_until_it_cannot_happen_any_more() {
    let (settings, store, cache) = settings();
    let loaded = settings.load(USER).await.unwrap();
    let caller = caller();
    let update = update(Family::Email, "allow_email_contact", &false.into());
    let core = Arc::new(Catalogue::core());
    let change = settings.change(&caller, &loaded, Precondition::NONE, &core, update);
    assert!(matches!(
        change.await,
        Err(ChangeError::Store(StoreError::Unavailable(_)))
    ));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(cache.notes(), ["begun"]);
    store.0.add_permits(1);
    soon(&cache, &["begun", "left nothing"]).await;
}

#[tokio::test]
async fn an_erasure_that_timed_out_keeps_the_row_out_of_the_cache_until_it_cannot_happen_any_more()
{
    let (settings, store, cache) = settings();
    let erasing = async { Err::<(), _>(StoreError::unavailable("too slow")) };
    assert!(settings.erase(USER, erasing).await.is_err());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(cache.notes(), ["begun"]);
    store.0.add_permits(1);
    soon(&cache, &["begun", "left nothing"]).await;
}

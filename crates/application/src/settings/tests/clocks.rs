//! The history while the clock jumps, or with different clocks on replicas.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// One row with its history.
struct Kept {
    row: Mutex<User>,
    entries: Mutex<Vec<AuditEntry>>,
}

#[async_trait]
impl SettingsStore for Kept {
    async fn find(&self, _: UserId) -> Result<Presence, StoreError> {
        Ok(Presence::Here(Box::new(self.row.lock().unwrap().clone())))
    }

    async fn create(&self, row: &User) -> Result<Presence, StoreError> {
        Ok(Presence::Here(Box::new(row.clone())))
    }

    async fn compare_and_set(&self, change: &RowChange) -> Result<Outcome, StoreError> {
        *self.row.lock().unwrap() = change.row.clone();
        let mut entries = self.entries.lock().unwrap();
        entries.extend(change.event.entries().iter().cloned());
        Ok(Outcome::Stored)
    }

    async fn settled(&self) {}
}

/// Shows the time that it was set to, in microseconds.
struct Jumping(AtomicI64);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

const HOUR: i64 = 3_600_000_000;

/// A change at each of these times, in this order, each by a new process.
async fn changes_at(times: &[i64]) -> Vec<AuditEntry> {
    let account_id = AccountId::from_uuid(Uuid::from_u128(2));
    let row = User::first_seen(USER, account_id, Timestamp::from_micros(times[0]).unwrap());
    let store = Arc::new(Kept {
        row: Mutex::new(row),
        entries: Mutex::default(),
    });
    for (number, time) in times.iter().enumerate() {
        let clock = Arc::new(Jumping(AtomicI64::new(*time)));
        let (rows, history) = (Arc::clone(&store) as _, Arc::new(NoHistory));
        let settings = SettingsService::new(rows, None, history, clock, Arc::new(Noon));
        let loaded = settings.load(USER).await.unwrap();
        // Two families in turn: each has its own time.
        let update = if number % 4 < 2 {
            let allowed = number % 4 == 1;
            update(Family::Email, "allow_email_contact", &allowed.into())
        } else {
            let is_private = number % 4 == 2;
            update(Family::Account, "is_private", &is_private.into())
        };
        let core = Arc::new(Catalogue::core());
        let changed = settings
            .change(&caller(), &loaded, Precondition::NONE, &core, update)
            .await;
        changed.unwrap();
    }
    store.entries.lock().unwrap().clone()
}

#[tokio::test]
async fn what_is_on_record_stays_in_order_whatever_the_clock_says() {
    let noon = now().as_micros();
    let times = [
        0,
        1,
        1,
        HOUR,
        -HOUR,
        -HOUR + 1,
        7,
        -9 * HOUR,
        HOUR + 1,
        0,
        2 * HOUR,
        -1,
    ];
    let entries = changes_at(&times.map(|time| noon + time)).await;
    assert_eq!(entries.len(), times.len());
    assert!(
        entries.is_sorted_by(|one, next| one.id < next.id),
        "{entries:?}"
    );
    assert!(
        entries.is_sorted_by_key(|entry| entry.occurred_at),
        "{entries:?}"
    );
}

#[tokio::test]
async fn a_clock_that_is_right_again_is_gone_by_again() {
    let noon = now().as_micros();
    let entries = changes_at(&[noon + HOUR, noon, noon + 2 * HOUR]).await;
    let times: Vec<_> = entries
        .iter()
        .map(|entry| entry.occurred_at.as_micros() - noon)
        .collect();
    assert_eq!(times, [HOUR, HOUR, 2 * HOUR]);
}

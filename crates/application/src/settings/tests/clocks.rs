//! What goes on record while the clock jumps, or while replicas' clocks differ.

use std::sync::Arc;

use privet_domain::catalogue::Family;
use privet_domain::settings::audit::AuditEntry;
use serde_json::json;

use crate::fakes::{FakeStore, Services, at, user};

const HOUR: i64 = 3_600;

/// A change at each of these times, in seconds, in this order, each by a process that was just started.
async fn changes_at(times: &[i64]) -> Vec<AuditEntry> {
    let store = Arc::<FakeStore>::default();
    for (number, time) in times.iter().enumerate() {
        let services = Services::over(Arc::clone(&store), false);
        services.clock.set(at(*time));
        // Two families in turn: each has a time of its own.
        let (family, wanted) = if number % 4 < 2 {
            (
                Family::Email,
                json!({"allow_email_contact": number % 4 == 1}),
            )
        } else {
            (Family::Account, json!({"is_private": number % 4 == 2}))
        };
        services.change(user(1), family, &wanted).await.unwrap();
    }
    store.entries()
}

#[tokio::test]
async fn what_is_on_record_stays_in_order_whatever_the_clock_says() {
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
    let entries = changes_at(&times).await;
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
    let entries = changes_at(&[HOUR, 0, 2 * HOUR]).await;
    let times: Vec<_> = entries.iter().map(|entry| entry.occurred_at).collect();
    assert_eq!(times, [at(HOUR), at(HOUR), at(2 * HOUR)]);
}

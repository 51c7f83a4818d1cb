//! When a cached row is used, and what the cache is told of changes.

use std::time::Duration;

use privet_domain::catalogue::Family;
use serde_json::json;

use crate::fakes::{FakeCounters, FakeSettingsCache, Services, user};
use crate::settings::cache::EXTEND_EVERY;
use crate::settings::{Loaded, Lookup};
use crate::{ChangeError, StoreError};

async fn load(services: &Services) -> Loaded {
    services.settings.load(user(1)).await.unwrap()
}

async fn make_private(services: &Services) -> Result<(), ChangeError> {
    let wanted = json!({"is_private": true});
    let changed = services.change(user(1), Family::Account, &wanted).await;
    changed.map(|_| ())
}

async fn soon(cache: &FakeSettingsCache, expected: &[&str]) {
    for _ in 0..1_000 {
        if cache.notes() == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("{:?}", cache.notes());
}

#[tokio::test]
async fn a_row_that_was_read_once_is_served_without_the_store() {
    let services = Services::with_cache();
    let first = load(&services).await;
    services.store.go_away();
    assert_eq!(load(&services).await.user(), first.user());
    assert_eq!(services.cache.notes(), ["filled"]);
}

#[tokio::test]
async fn a_change_takes_the_old_row_out_and_leaves_the_new_one() {
    let services = Services::with_cache();
    make_private(&services).await.unwrap();
    assert_eq!(services.cache.notes(), ["filled", "begun", "left a row"]);
    services.store.go_away();
    let cached = load(&services).await;
    assert_eq!(
        cached.user().choices.get("account.is_private"),
        Some(&json!(true))
    );
}

#[tokio::test]
async fn what_stands_already_leaves_the_cache_alone() {
    let services = Services::with_cache();
    make_private(&services).await.unwrap();
    make_private(&services).await.unwrap();
    assert_eq!(services.cache.notes(), ["filled", "begun", "left a row"]);
}

#[tokio::test]
async fn a_change_that_comes_second_leaves_nothing_and_tries_again() {
    let services = Services::with_cache();
    let other = services.update(Family::Email, &json!({"allow_email_contact": false}));
    let catalogue = services.catalogue.clone();
    services
        .store
        .change_before_next(move |row| row.change(&catalogue, &other, row.created_at).unwrap().0);
    make_private(&services).await.unwrap();
    let notes = ["filled", "begun", "left nothing", "begun", "left a row"];
    assert_eq!(services.cache.notes(), notes);
}

#[tokio::test]
async fn a_slow_reader_puts_no_old_row_behind_a_change() {
    let services = Services::with_cache();
    let Lookup::Missing(slow) = services.settings.look_up(user(1)).await else {
        panic!("nobody has read the row yet");
    };
    make_private(&services).await.unwrap();
    services.settings.fetch(slow).await.unwrap();
    assert_eq!(services.cache.notes(), ["filled", "begun", "left a row"]);
}

#[tokio::test]
async fn while_the_cache_is_away_the_store_is_read() {
    let services = Services::with_cache();
    load(&services).await;
    let elsewhere = Services::over(services.store.clone(), false);
    make_private(&elsewhere).await.unwrap();
    services.cache.go_away();
    let row = load(&services).await;
    assert_eq!(
        row.user().choices.get("account.is_private"),
        Some(&json!(true))
    );
    assert_eq!(services.cache.notes(), ["filled"]);
}

#[tokio::test]
async fn a_change_that_the_cache_cannot_be_told_of_is_not_made() {
    let services = Services::with_cache();
    services.cache.go_away();
    let refused = make_private(&services).await;
    assert!(matches!(
        refused,
        Err(ChangeError::Store(StoreError::Unavailable(_)))
    ));
    assert!(services.store.settings_events().is_empty());
}

#[tokio::test]
async fn a_change_whose_end_the_cache_is_not_told_of_is_not_acknowledged() {
    let services = Services::with_cache();
    load(&services).await;
    let cache = services.cache.clone();
    services.store.change_before_next(move |row| {
        cache.go_away();
        row.clone()
    });
    let refused = make_private(&services).await;
    assert!(matches!(
        refused,
        Err(ChangeError::Store(StoreError::Unavailable(_)))
    ));
    assert_eq!(services.store.settings_events().len(), 1);
    assert_eq!(services.cache.row(user(1)), None);
}

#[tokio::test]
async fn a_change_that_timed_out_keeps_its_row_out_of_the_cache_until_it_cannot_happen_any_more() {
    let services = Services::with_cache();
    load(&services).await;
    services.store.time_out();
    let failed = make_private(&services).await;
    assert!(matches!(
        failed,
        Err(ChangeError::Store(StoreError::Unavailable(_)))
    ));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(services.cache.notes(), ["filled", "begun"]);
    services.store.come_back();
    soon(&services.cache, &["filled", "begun", "left nothing"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_that_may_still_be_made_is_extended_and_ended_with_the_last_extension() {
    let services = Services::with_cache();
    load(&services).await;
    services.store.time_out();
    assert!(make_private(&services).await.is_err());
    tokio::time::sleep(EXTEND_EVERY * 10 + EXTEND_EVERY / 2).await;
    services.store.come_back();
    soon(&services.cache, &["filled", "begun", "left nothing"]).await;
    assert_eq!(services.cache.extensions(), 10);
}

#[tokio::test]
async fn an_erasure_takes_the_row_out_and_leaves_nothing() {
    let services = Services::with_cache();
    load(&services).await;
    services.accounts.erase_user(user(1)).await.unwrap();
    assert_eq!(services.cache.notes(), ["filled", "begun", "left nothing"]);
    assert_eq!(services.cache.row(user(1)), None);
}

#[tokio::test]
async fn an_erasure_that_timed_out_keeps_the_row_out_of_the_cache_until_it_cannot_happen_any_more()
{
    let services = Services::with_cache();
    load(&services).await;
    services.store.time_out();
    assert!(services.accounts.erase_user(user(1)).await.is_err());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(services.cache.notes(), ["filled", "begun"]);
    services.store.come_back();
    soon(&services.cache, &["filled", "begun", "left nothing"]).await;
}

#[tokio::test]
async fn reads_are_counted_by_what_the_cache_says() {
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let services = Services::with_cache();
    for _ in 0..3 {
        load(&services).await;
    }
    services.cache.go_away();
    load(&services).await;
    let counted = [("away", 1), ("hit", 2), ("miss", 1)];
    let counted = counted.map(|(result, number)| (result.to_owned(), number));
    assert_eq!(counters.read("privet_cache_reads_total"), counted);
}

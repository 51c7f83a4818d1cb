//! What a user's first and later reads answer.

use futures_util::future::join_all;
use privet_domain::catalogue::Family;
use privet_domain::settings::revision::Revision;

use crate::errors::LoadError;
use crate::fakes::{Services, at, user};

#[tokio::test]
async fn a_user_never_seen_gets_a_row_without_choices() {
    let services = Services::new();
    services.clock.set(at(7));
    let loaded = services.settings.load(user(1)).await.unwrap();
    let row = loaded.user();
    assert_eq!((row.id, row.created_at), (user(1), at(7)));
    assert_eq!(row.revision, Revision::FIRST);
    assert!(row.choices.is_empty() && row.preferences.is_empty());
    for family in Family::ALL {
        assert_eq!(row.version(family).updated_at, at(7), "{family:?}");
    }
    assert!(services.store.settings_events().is_empty());
}

#[tokio::test]
async fn a_row_is_made_once_and_stays_what_it_was() {
    let services = Services::new();
    let first = services.settings.load(user(1)).await.unwrap();
    services.clock.set(at(60));
    let second = services.settings.load(user(1)).await.unwrap();
    assert_eq!(first.user(), second.user());
    let other = services.settings.load(user(2)).await.unwrap();
    assert_ne!(first.user().account_id, other.user().account_id);
}

#[tokio::test]
async fn ten_first_reads_at_once_answer_one_row() {
    let services = Services::new();
    let loading = (0..10).map(|_| services.settings.load(user(1)));
    let loaded = join_all(loading).await;
    let rows: Vec<_> = loaded
        .iter()
        .map(|it| it.as_ref().unwrap().user())
        .collect();
    assert!(rows.iter().all(|row| *row == rows[0]), "{rows:?}");
    assert_eq!(services.store.rows_of(user(1)), 1);
}

#[tokio::test]
async fn an_erased_user_is_refused_and_not_made_again() {
    let services = Services::new();
    services.accounts.erase_user(user(1)).await.unwrap();
    for _ in 0..2 {
        let loaded = services.settings.load(user(1)).await;
        assert!(matches!(loaded, Err(LoadError::Erased)), "{loaded:?}");
    }
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test]
async fn a_store_that_is_away_is_an_error_and_no_default() {
    let services = Services::new();
    services.store.go_away();
    let loaded = services.settings.load(user(1)).await;
    assert!(matches!(loaded, Err(LoadError::Store(_))), "{loaded:?}");
    services.store.come_back();
    assert_eq!(services.store.rows_of(user(1)), 0);
}

//! Cohorts over fakes.

use privet_domain::catalogue::Cohorts;
use serde_json::json;

use crate::fakes::{Services, caller, user};
use crate::user_events::UserEventKind;
use crate::{ChangeError, LoadError};

async fn classify(services: &Services, cohorts: &Cohorts) -> Result<Cohorts, ChangeError> {
    let service = caller(user(2));
    let administration = &services.administration;
    administration
        .set_cohorts(&service, user(1), cohorts.clone())
        .await
}

#[tokio::test]
async fn cohorts_are_on_record_with_the_service_as_actor() {
    let services = Services::new();
    let minor = Cohorts::of(["minor"]);
    assert_eq!(classify(&services, &minor).await.unwrap(), minor);
    let stored = services.administration.get_cohorts(user(1)).await;
    assert_eq!(stored.unwrap(), minor);
    let events = services.store.settings_events();
    let [event] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!((event.user_id, event.actor_id), (user(1), user(2)));
    assert!(matches!(event.kind, UserEventKind::Cohorts { .. }));
    let [entry] = event.entries() else {
        panic!("{event:?}");
    };
    assert_eq!((entry.user_id, entry.actor_id), (user(1), user(2)));
    assert_eq!(entry.change.setting, "cohorts");
    assert_eq!(entry.change.old_value, json!([]));
    assert_eq!(entry.change.new_value, json!(["minor"]));
}

#[tokio::test]
async fn cohorts_that_hold_already_are_no_change() {
    let services = Services::new();
    for _ in 0..2 {
        let classified = classify(&services, &Cohorts::of(["minor"])).await;
        classified.unwrap();
    }
    assert_eq!(services.store.settings_events().len(), 1);
}

#[tokio::test]
async fn a_user_never_seen_belongs_to_none_and_is_not_made_by_asking() {
    let services = Services::new();
    let cohorts = services.administration.get_cohorts(user(1)).await;
    assert_eq!(cohorts.unwrap(), Cohorts::default());
    assert_eq!(services.store.rows_of(user(1)), 0);
}

#[tokio::test]
async fn an_erased_user_belongs_to_nothing_and_cannot_be_classified() {
    let services = Services::new();
    services.accounts.erase_user(user(1)).await.unwrap();
    let got = services.administration.get_cohorts(user(1)).await;
    assert!(matches!(got, Err(LoadError::Erased)));
    let set = classify(&services, &Cohorts::of(["minor"])).await;
    assert!(matches!(set, Err(ChangeError::Erased)));
    assert!(services.store.settings_events().is_empty());
}

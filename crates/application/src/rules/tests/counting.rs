//! What is counted of decisions.

use privet_domain::catalogue::CoreAction;
use serde_json::json;

use super::{question, with};
use crate::fakes::{FakeCounters, user};

#[tokio::test]
async fn decisions_are_counted_by_action_outcome_and_reason() {
    let services = with(&json!({"show_typing_indicator": false})).await;
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let rules = &services.rules;
    rules
        .decide_core_action(question(1, 2), CoreAction::ViewTyping)
        .await
        .unwrap();
    rules
        .enforce_typing(user(2), vec![user(1), user(3), user(2)])
        .await
        .unwrap();
    let rule = services
        .catalogue
        .core_action(CoreAction::ViewTyping)
        .name();
    assert_eq!(
        counters.read("privet_decisions_total"),
        [
            (format!("{rule} allowed self"), 1),
            (format!("{rule} refused setting_off"), 3),
        ]
    );
}

#[tokio::test]
async fn each_action_that_enforcement_decides_within_is_counted() {
    let services = with(&json!({})).await;
    let counters = FakeCounters::default();
    let _installed = counters.install();
    let profiles = vec![(
        user(2),
        privet_domain::rules::enforcement::Profile::default(),
    )];
    services
        .rules
        .enforce_profiles(user(1), profiles)
        .await
        .unwrap();
    let actions = [
        CoreAction::ViewProfile,
        CoreAction::ViewOnlineStatus,
        CoreAction::ViewLastSeen,
    ];
    let mut expected = actions.map(|action| services.catalogue.core_action(action).name());
    expected.sort_unstable();
    let counted = counters.read("privet_decisions_total");
    let named = counted
        .iter()
        .map(|(labels, _)| labels.split(' ').next().unwrap());
    assert!(named.eq(expected), "{counted:?}");
}

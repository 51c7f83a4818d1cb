//! Several decisions at once, and all about one pair.

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::catalogue::{ActionRule, Catalogue, CoreAction};
use privet_domain::rules::decisions::Reason;
use serde_json::json;

use super::{question, reason, with};
use crate::StoreError;
use crate::catalogue::CurrentCatalogue;
use crate::fakes::{Services, user};
use crate::rules::RuleService;
use crate::rules::decisions::{
    Check, DecisionStore, Inquiry, MOST_PAIRS, Needs, Question, StoredFacts,
};

fn check(rule: &ActionRule, question: Question) -> Check<'_> {
    Check {
        question,
        rule,
        viewer_is_admin: false,
    }
}

#[tokio::test]
async fn checks_are_answered_in_their_order_from_one_snapshot() {
    let services = with(&json!({"show_typing_indicator": false})).await;
    let rule = services.catalogue.core_action(CoreAction::ViewTyping);
    let questions = [
        question(1, 2),
        question(1, 3),
        question(1, 1),
        question(1, 2),
    ];
    let checks = questions.map(|question| check(rule, question));
    let decisions = services
        .rules
        .decide(&services.catalogue, &checks)
        .await
        .unwrap();
    let reasons: Vec<_> = decisions.iter().map(|it| it.reason).collect();
    let expected = [
        Reason::SettingOff,
        Reason::SettingOn,
        Reason::Oneself,
        Reason::SettingOff,
    ];
    assert_eq!(reasons, expected);
    let [asked] = &services.store.inquiries()[..] else {
        panic!("asked more than once");
    };
    assert!(asked.iter().map(|inquiry| inquiry.question).eq(questions));
}

#[tokio::test]
async fn as_many_checks_as_there_may_be_are_answered_from_one_snapshot() {
    let services = with(&json!({"show_last_seen": false})).await;
    let rule = services.catalogue.core_action(CoreAction::ViewLastSeen);
    let viewers = (10..).take(MOST_PAIRS);
    let checks: Vec<_> = viewers
        .enumerate()
        .map(|(place, viewer)| check(rule, question(viewer, 2 + (place % 2) as u128)))
        .collect();
    let decisions = services
        .rules
        .decide(&services.catalogue, &checks)
        .await
        .unwrap();
    assert_eq!(decisions.len(), MOST_PAIRS);
    let expected = [Reason::SettingOff, Reason::Everyone].into_iter().cycle();
    assert!(
        decisions
            .iter()
            .map(|it| it.reason)
            .eq(expected.take(MOST_PAIRS))
    );
    assert_eq!(services.store.inquiries().len(), 1);
}

#[tokio::test]
async fn each_check_is_decided_by_its_own_action_and_its_own_viewer() {
    let services = with(&json!({"who_can_add_to_groups": "nobody"})).await;
    let rule = |action| services.catalogue.core_action(action);
    let add_to_group = check(rule(CoreAction::AddToGroup), question(1, 2));
    let checks = [
        add_to_group,
        Check {
            viewer_is_admin: true,
            ..add_to_group
        },
        check(rule(CoreAction::ViewProfile), question(1, 2)),
    ];
    let decisions = services
        .rules
        .decide(&services.catalogue, &checks)
        .await
        .unwrap();
    let reasons: Vec<_> = decisions.iter().map(|it| it.reason).collect();
    assert_eq!(reasons, [Reason::Nobody, Reason::Admin, Reason::Everyone]);
}

#[tokio::test]
async fn no_checks_ask_for_nothing() {
    let services = Services::new();
    let decisions = services.rules.decide(&services.catalogue, &[]).await;
    assert_eq!(decisions.unwrap(), []);
    assert!(services.store.inquiries().is_empty());
}

#[tokio::test]
async fn only_what_an_action_needs_is_asked() {
    let services = Services::new();
    for action in CoreAction::ALL {
        reason(&services, question(1, 2), action).await;
    }
    let core = &services.catalogue;
    let expected = CoreAction::ALL.map(|action| Needs::of([core.core_action(action)]));
    let asked = services.store.inquiries();
    assert!(asked.iter().flatten().map(|it| it.needs).eq(expected));
    assert!(asked.iter().flatten().any(|it| !it.needs.contacts));
}

#[tokio::test]
async fn every_action_of_the_catalogue_is_decided_in_its_order_from_one_snapshot() {
    let services = with(&json!({"who_can_add_to_groups": "nobody"})).await;
    let core = &services.catalogue;
    for (is_admin, add_to_group) in [(false, Reason::Nobody), (true, Reason::Admin)] {
        let all = services
            .rules
            .decide_all_actions(core, question(1, 2), is_admin);
        let decided = all.await.unwrap();
        let names = decided.iter().map(|(rule, _)| rule.name());
        assert!(names.eq(core.actions().iter().map(ActionRule::name)));
        let name = core.core_action(CoreAction::AddToGroup).name();
        let found = decided.iter().find(|(rule, _)| rule.name() == name);
        assert_eq!(found.unwrap().1.reason, add_to_group);
    }
    assert_eq!(services.store.inquiries().len(), 2);
}

#[tokio::test]
async fn actions_of_an_operators_catalogue_are_decided_by_its_settings() {
    let services = Services::new();
    let document = json!({
        "settings": {"show_in_search": {"type": "switch", "title": "Search",
            "description": "Whether people find you by name.", "default": false}},
        "actions": {"find_in_search": {"title": "Find you", "description": "Find you by name.",
            "needs": ["show_in_search"]}},
    });
    let catalogue = Catalogue::parse(&document.to_string()).unwrap();
    let (_, rule) = catalogue.find_action("find_in_search").unwrap();
    let check = check(rule, question(1, 2));
    let decisions = services.rules.decide(&catalogue, &[check]).await.unwrap();
    assert_eq!(decisions[0].reason, Reason::SettingOff);
}

#[tokio::test]
async fn a_catalogue_that_is_replaced_decides_from_then_on() {
    let services = with(&json!({"who_can_see_profile": "contacts"})).await;
    let current = Arc::new(CurrentCatalogue::new(Arc::clone(&services.catalogue)));
    let rules = RuleService::new(Arc::clone(&services.store) as _, Arc::clone(&current));
    let decide = || rules.decide_core_action(question(1, 2), CoreAction::ViewProfile);
    assert_eq!(decide().await.unwrap().reason, Reason::NotAContact);
    // What is chosen is no longer allowed, and reads as the default.
    let document = json!({"settings": {"who_can_see_profile": {"values": ["nobody", "everyone"]}}});
    current.replace(Arc::new(Catalogue::parse(&document.to_string()).unwrap()));
    assert_eq!(decide().await.unwrap().reason, Reason::Everyone);
}

/// Answers about one pair too few.
struct TooFew(Arc<crate::fakes::FakeStore>);

#[async_trait]
impl DecisionStore for TooFew {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        self.0.facts(&inquiries[1..]).await
    }
}

#[tokio::test]
async fn a_store_that_answers_too_few_facts_is_an_error() {
    let services = Services::new();
    let current = Arc::new(CurrentCatalogue::new(Arc::clone(&services.catalogue)));
    let rules = RuleService::new(Arc::new(TooFew(services.store)), current);
    let decision = rules.decide_core_action(question(1, 2), CoreAction::ViewProfile);
    assert!(matches!(decision.await, Err(StoreError::Internal(_))));
    let enforced = rules.enforce_typing(user(2), vec![user(1), user(3)]);
    assert!(matches!(enforced.await, Err(StoreError::Internal(_))));
}

#[tokio::test]
async fn a_store_that_is_away_decides_nothing() {
    let services = Services::new();
    services.store.go_away();
    let decision = services
        .rules
        .decide_core_action(question(1, 2), CoreAction::ViewProfile);
    assert!(matches!(decision.await, Err(StoreError::Unavailable(_))));
}

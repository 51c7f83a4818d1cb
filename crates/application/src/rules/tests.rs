//! Decisions and enforcement with a fake store.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::catalogue::{ActionRule, Catalogue, Choices, CoreAction};
use privet_domain::rules::decisions::{Reason, Relationship};
use privet_domain::rules::enforcement::{Profile, ReceiptStatus, Visibility};
use serde_json::json;
use uuid::Uuid;

use super::decisions::{Check, Inquiry, Needs, Question, StoredFacts};
use super::enforcement::{GroupAdditions, Receipt};
use super::*;
use crate::StoreError;

const VIEWER: UserId = user(1);
const SUBJECT: UserId = user(2);
const OTHER: UserId = user(3);

const fn user(number: u128) -> UserId {
    UserId::from_uuid(Uuid::from_u128(number))
}

/// The choices of subjects, and the requested facts.
#[derive(Default)]
struct Fake {
    choices: HashMap<UserId, Choices>,
    answers_too_few: bool,
    asked: Mutex<Vec<Vec<Inquiry>>>,
}

#[async_trait]
impl DecisionStore for Fake {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        self.asked.lock().unwrap().push(inquiries.to_vec());
        let facts = inquiries.iter().skip(usize::from(self.answers_too_few));
        let facts = facts.map(|Inquiry { question, .. }| StoredFacts {
            choices: self
                .choices
                .get(&question.subject)
                .cloned()
                .unwrap_or_default(),
            relationship: Relationship {
                is_oneself: question.viewer == question.subject,
                ..Relationship::default()
            },
        });
        Ok(facts.collect())
    }
}

fn service(store: Fake) -> (RuleService, Arc<Fake>) {
    let store = Arc::new(store);
    let catalogue = Arc::new(CurrentCatalogue::new(Arc::new(Catalogue::core())));
    (RuleService::new(Arc::clone(&store) as _, catalogue), store)
}

/// A store in which the subject has these choices.
fn with(name: &str, value: serde_json::Value) -> Fake {
    let mut choices = Choices::default();
    choices.choose(name, value);
    Fake {
        choices: HashMap::from([(SUBJECT, choices)]),
        ..Fake::default()
    }
}

fn question(subject: UserId) -> Question {
    Question {
        viewer: VIEWER,
        subject,
    }
}

#[tokio::test]
async fn checks_are_answered_in_their_order_from_one_snapshot() {
    let (rules, store) = service(with("messaging.show_typing_indicator", json!(false)));
    let core = Catalogue::core();
    let rule = core.core_action(CoreAction::ViewTyping);
    let checks = [SUBJECT, OTHER, VIEWER].map(|subject| Check {
        question: question(subject),
        rule,
        viewer_is_admin: false,
    });
    let decisions = rules.decide(&core, &checks).await.unwrap();
    let reasons: Vec<_> = decisions.iter().map(|it| it.reason).collect();
    assert_eq!(
        reasons,
        [Reason::SettingOff, Reason::SettingOn, Reason::Oneself]
    );
    assert_eq!(store.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_store_that_answers_too_few_facts_is_an_error() {
    let (rules, _) = service(Fake {
        answers_too_few: true,
        ..Fake::default()
    });
    let decision = rules.decide_core_action(question(SUBJECT), CoreAction::ViewProfile);
    assert!(matches!(decision.await, Err(StoreError::Internal(_))));
}

#[tokio::test]
async fn nobody_is_asked_about_nothing() {
    let (rules, store) = service(Fake::default());
    assert_eq!(rules.enforce_typing(VIEWER, Vec::new()).await.unwrap(), []);
    assert!(store.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn only_what_an_action_needs_is_asked() {
    let (rules, store) = service(Fake::default());
    for action in CoreAction::ALL {
        rules
            .decide_core_action(question(SUBJECT), action)
            .await
            .unwrap();
    }
    let core = Catalogue::core();
    let expected = CoreAction::ALL.map(|action| Needs::of([core.core_action(action)]));
    let asked = store.asked.lock().unwrap();
    assert!(asked.iter().flatten().map(|it| it.needs).eq(expected));
    assert!(asked.iter().flatten().any(|it| !it.needs.contacts));
}

#[tokio::test]
async fn every_action_of_the_catalogue_is_decided_in_its_order() {
    let (rules, _) = service(Fake::default());
    let core = Catalogue::core();
    let decided = rules
        .decide_all_actions(&core, question(SUBJECT), false)
        .await
        .unwrap();
    let names = decided.iter().map(|(rule, _)| rule.name());
    assert!(names.eq(core.actions().iter().map(ActionRule::name)));
}

#[tokio::test]
async fn a_hidden_profile_is_cut() {
    let (rules, _) = service(with("messaging.who_can_see_profile", json!("nobody")));
    let profiles = [SUBJECT, OTHER].map(|id| (id, Profile::default()));
    let enforced = rules
        .enforce_profiles(VIEWER, profiles.to_vec())
        .await
        .unwrap();
    let seen: Vec<_> = enforced.iter().map(|it| it.visibility).collect();
    assert_eq!(seen, [Visibility::Limited, Visibility::Full]);
}

#[tokio::test]
async fn hidden_receipts_say_delivered() {
    let (rules, _) = service(with("messaging.show_read_receipts", json!(false)));
    let receipts = [SUBJECT, OTHER].map(|recipient| Receipt {
        recipient,
        status: ReceiptStatus::Read,
    });
    let enforced = rules.enforce_receipts(VIEWER, &receipts).await.unwrap();
    assert_eq!(
        enforced,
        [
            (ReceiptStatus::Delivered, false),
            (ReceiptStatus::Read, true)
        ]
    );
}

#[tokio::test]
async fn nobody_is_told_of_the_typing_of_who_hides_it() {
    for (typist, told) in [(SUBJECT, vec![]), (OTHER, vec![VIEWER])] {
        let (rules, _) = service(with("messaging.show_typing_indicator", json!(false)));
        assert_eq!(
            rules.enforce_typing(typist, vec![VIEWER]).await.unwrap(),
            told
        );
    }
}

#[tokio::test]
async fn an_administrator_adds_whom_others_may_not() {
    for (is_admin, expected) in [
        (
            false,
            GroupAdditions {
                allowed: vec![OTHER],
                refused: vec![SUBJECT],
            },
        ),
        (
            true,
            GroupAdditions {
                allowed: vec![SUBJECT, OTHER],
                refused: vec![],
            },
        ),
    ] {
        let (rules, _) = service(with("messaging.who_can_add_to_groups", json!("nobody")));
        let invitees = vec![SUBJECT, OTHER];
        let additions = rules
            .enforce_group_additions(VIEWER, is_admin, invitees)
            .await
            .unwrap();
        assert_eq!(additions, expected);
    }
}

#[tokio::test]
async fn messages_disappear_when_their_sender_said() {
    let (rules, _) = service(with(
        "messaging.disappearing_messages_default",
        json!(86400),
    ));
    let expiries = rules
        .enforce_message_expiry(&[SUBJECT, OTHER])
        .await
        .unwrap();
    assert_eq!(expiries, [json!(86400), json!(null)]);
}

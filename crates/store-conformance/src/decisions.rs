//! What every [`DecisionStore`] must do.

#![expect(missing_docs, reason = "a behaviour's name says what it is")]

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{FollowRequestDecision, FollowStore};
use privet_application::rules::decisions::{
    DecisionStore, Inquiry, MOST_PAIRS, Needs, Question, StoredFacts,
};
use privet_application::settings::SettingsStore;
use privet_domain::catalogue::Choices;
use privet_domain::rules::decisions::Relationship;
use privet_domain::{Pair, UserId};
use serde_json::json;

use crate::Backend;
use crate::follows::{ending, make_private, wish};
use crate::samples::{at, choices, erase, first_seen, some_id, some_pair};

const EVERYTHING: Needs = Needs {
    contacts: true,
    follows: true,
};

fn question(viewer: UserId, subject: UserId) -> Question {
    Question { viewer, subject }
}

/// What the one of the pair who acts may know of the other.
fn about(pair: Pair) -> Question {
    question(pair.actor(), pair.other())
}

async fn ask<B: Backend>(backend: &B, questions: &[Question], needs: Needs) -> Vec<StoredFacts> {
    let inquiry = |question| Inquiry { question, needs };
    let inquiries: Vec<_> = questions.iter().copied().map(inquiry).collect();
    backend.store().facts(&inquiries).await.unwrap()
}

async fn ask_one<B: Backend>(backend: &B, question: Question) -> StoredFacts {
    let facts = ask(backend, &[question], EVERYTHING).await;
    let [facts] = facts.try_into().unwrap();
    facts
}

/// Stores a user who chose this.
async fn set<B: Backend>(backend: &B, user_id: UserId, choices: Choices) {
    let mut user = first_seen(user_id);
    user.choices = choices;
    backend.store().create(&user).await.unwrap();
}

fn nothing() -> StoredFacts {
    StoredFacts {
        choices: Choices::default(),
        relationship: Relationship::default(),
    }
}

pub async fn users_never_seen_chose_nothing_and_nothing_is_between_them<B: Backend>(backend: &B) {
    assert_eq!(ask_one(backend, about(some_pair())).await, nothing());
}

pub async fn what_the_subject_chose_is_told<B: Backend>(backend: &B) {
    for chosen in [
        choices([]),
        choices([("account.is_private", json!(true))]),
        choices([
            ("messaging.who_can_see_profile", json!("nobody")),
            ("messaging.disappearing_messages_default", json!(300)),
            (
                "messaging.a_setting_of_another_catalogue",
                json!({"ß": [null, 0.5]}),
            ),
        ]),
    ] {
        let pair = some_pair();
        set(backend, pair.other(), chosen.clone()).await;
        let expected = StoredFacts {
            choices: chosen,
            ..nothing()
        };
        assert_eq!(ask_one(backend, about(pair)).await, expected);
        // The viewer's own choices are not the subject's.
        assert_eq!(ask_one(backend, about(pair.reversed())).await, nothing());
    }
}

pub async fn oneself_is_recognised<B: Backend>(backend: &B) {
    let (seen, unseen) = (some_id(), some_id());
    make_private(backend, seen).await;
    for user_id in [seen, unseen] {
        let facts = ask_one(backend, question(user_id, user_id)).await;
        let expected = Relationship {
            is_oneself: true,
            ..Relationship::default()
        };
        assert_eq!(facts.relationship, expected);
        assert_eq!(facts.choices.is_empty(), user_id != seen);
    }
}

/// What may stand between viewer and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    None,
    ByViewer,
    BySubject,
    Both,
}

impl Tie {
    const ALL: [Self; 4] = [Self::None, Self::ByViewer, Self::BySubject, Self::Both];

    /// The directions in which it stands.
    fn directions(self, pair: Pair) -> Vec<Pair> {
        match self {
            Self::None => vec![],
            Self::ByViewer => vec![pair],
            Self::BySubject => vec![pair.reversed()],
            Self::Both => vec![pair, pair.reversed()],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    No,
    Waiting,
    Accepted,
    Declined,
}

/// Makes a pair that stands to each other like this.
async fn tied<B: Backend>(backend: &B, contacts: Tie, blocks: Tie, asked: Asked) -> Pair {
    let store = backend.store();
    let pair = some_pair();
    for pair in contacts.directions(pair) {
        store.add_contact(pair, at(1)).await.unwrap();
    }
    if asked != Asked::No {
        make_private(backend, pair.other()).await;
        let wish = wish(pair, 1);
        store.follow(&wish).await.unwrap();
        let decision = match asked {
            Asked::Accepted => Some(FollowRequestDecision::Accept),
            Asked::Declined => Some(FollowRequestDecision::Decline),
            Asked::No | Asked::Waiting => None,
        };
        if let Some(decision) = decision {
            let decided = store.decide_follow_request(pair.other(), wish.id, decision, at(2));
            decided.await.unwrap();
        }
    }
    for pair in blocks.directions(pair) {
        store.add_block(pair, at(3)).await.unwrap();
    }
    pair
}

fn expected(contacts: Tie, blocks: Tie, asked: Asked) -> Relationship {
    Relationship {
        is_blocked: matches!(blocks, Tie::BySubject | Tie::Both),
        are_mutual_contacts: contacts == Tie::Both,
        // A block ended it.
        is_accepted_follower: asked == Asked::Accepted && blocks == Tie::None,
        ..Relationship::default()
    }
}

pub async fn all_that_may_stand_between_two_users_is_told_in_every_combination<B: Backend>(
    backend: &B,
) {
    let mut questions = Vec::new();
    let mut relationships = Vec::new();
    for contacts in Tie::ALL {
        for blocks in Tie::ALL {
            for asked in [Asked::No, Asked::Waiting, Asked::Accepted, Asked::Declined] {
                questions.push(about(tied(backend, contacts, blocks, asked).await));
                relationships.push(expected(contacts, blocks, asked));
            }
        }
    }
    for (contacts, follows) in [(true, true), (true, false), (false, true), (false, false)] {
        let needs = Needs { contacts, follows };
        let found = ask(backend, &questions, needs).await;
        assert_eq!(found.len(), questions.len());
        for (mut expected, found) in relationships.iter().copied().zip(found) {
            let mut found = found.relationship;
            // What is not needed may be told or not.
            if !contacts {
                expected.are_mutual_contacts = false;
                found.are_mutual_contacts = false;
            }
            if !follows {
                expected.is_accepted_follower = false;
                found.is_accepted_follower = false;
            }
            assert_eq!(found, expected, "{needs:?}");
        }
    }
}

pub async fn being_followed_makes_no_follower<B: Backend>(backend: &B) {
    let pair = some_pair();
    backend.store().follow(&wish(pair, 1)).await.unwrap();
    let facts = ask_one(backend, about(pair)).await;
    assert!(facts.relationship.is_accepted_follower);
    let facts = ask_one(backend, about(pair.reversed())).await;
    assert!(!facts.relationship.is_accepted_follower);
}

pub async fn either_of_two_who_was_erased_is_told<B: Backend>(backend: &B) {
    let erased = Relationship {
        is_erased: true,
        ..Relationship::default()
    };
    for seen in [false, true] {
        let (gone, left) = (some_id(), some_id());
        if seen {
            make_private(backend, gone).await;
            make_private(backend, left).await;
        }
        erase(backend.store(), gone, at(1)).await;
        let facts = ask_one(backend, question(gone, left)).await;
        assert_eq!(facts.relationship, erased);
        assert_eq!(!facts.choices.is_empty(), seen);
        let facts = ask_one(backend, question(left, gone)).await;
        assert_eq!(facts.relationship, erased);
        assert!(facts.choices.is_empty());
        let facts = ask_one(backend, question(gone, gone)).await;
        assert!(facts.relationship.is_oneself && facts.relationship.is_erased);
    }
}

pub async fn order_and_repeats_of_the_pairs_are_kept<B: Backend>(backend: &B) {
    let (private, public, blocked) = (some_pair(), some_pair(), some_pair());
    make_private(backend, private.other()).await;
    let block = blocked.reversed();
    backend.store().add_block(block, at(1)).await.unwrap();
    let pairs = [
        blocked,
        private,
        public,
        private,
        public.reversed(),
        blocked,
    ];
    let found = ask(backend, &pairs.map(about), EVERYTHING).await;
    let told: Vec<_> = found
        .iter()
        .map(|facts| (!facts.choices.is_empty(), facts.relationship.is_blocked))
        .collect();
    let expected = [
        (false, true),
        (true, false),
        (false, false),
        (true, false),
        (false, false),
        (false, true),
    ];
    assert_eq!(told, expected);
}

pub async fn as_many_pairs_as_there_may_be_are_answered_at_once<B: Backend>(backend: &B) {
    let mutual = tied(backend, Tie::Both, Tie::None, Asked::Accepted).await;
    let mut questions: Vec<_> = (0..MOST_PAIRS).map(|_| about(some_pair())).collect();
    questions[MOST_PAIRS - 1] = about(mutual);
    let found = ask(backend, &questions, EVERYTHING).await;
    assert_eq!(found.len(), MOST_PAIRS);
    let (last, others) = found.split_last().unwrap();
    assert!(others.iter().all(|facts| *facts == nothing()));
    assert!(last.relationship.are_mutual_contacts && last.relationship.is_accepted_follower);
    assert!(!last.choices.is_empty());
}

pub async fn no_pairs_have_no_facts<B: Backend>(backend: &B) {
    assert_eq!(ask(backend, &[], EVERYTHING).await, []);
}

pub async fn facts_are_those_of_the_moment<B: Backend>(backend: &B) {
    let store = backend.store();
    let pair = some_pair();
    let relationship = async || ask_one(backend, about(pair)).await.relationship;
    store.add_contact(pair, at(1)).await.unwrap();
    store.add_contact(pair.reversed(), at(1)).await.unwrap();
    assert!(relationship().await.are_mutual_contacts);
    store.remove_contact(pair, at(8)).await.unwrap();
    assert!(!relationship().await.are_mutual_contacts);
    store.add_block(pair.reversed(), at(2)).await.unwrap();
    assert!(relationship().await.is_blocked);
    store.remove_block(pair.reversed(), at(8)).await.unwrap();
    assert!(!relationship().await.is_blocked);
    store.follow(&wish(pair, 3)).await.unwrap();
    assert!(relationship().await.is_accepted_follower);
    store.end_follow(&ending(pair, None)).await.unwrap();
    assert!(!relationship().await.is_accepted_follower);
}

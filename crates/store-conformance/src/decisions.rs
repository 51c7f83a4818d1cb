//! Requirements on every [`DecisionStore`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod many;
mod parties;

use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{FollowRequestDecision, FollowStore};
use privet_application::rules::decisions::{
    DecisionStore, Inquiry, MOST_PAIRS, Needs, Question, StoredFacts, StoredParty,
};
use privet_application::settings::SettingsStore;
use privet_domain::catalogue::Choices;
use privet_domain::rules::decisions::{Relationship, Ties};
use privet_domain::{Pair, UserId};
use serde_json::json;

use crate::Backend;
use crate::follows::{ending, make_private, wish};
use crate::samples::{at, choices, erase, first_seen, some_id, some_pair};

pub use many::*;
pub use parties::*;

pub(crate) const EVERYTHING: Needs = Needs {
    contacts: true,
    follows: true,
    followed: true,
    viewer: true,
};

fn question(viewer: UserId, subject: UserId) -> Question {
    Question { viewer, subject }
}

/// The question about the other user, with the actor as the viewer.
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

/// Stores a user with these choices.
async fn set<B: Backend>(backend: &B, user_id: UserId, choices: Choices) {
    let mut user = first_seen(user_id);
    user.choices = choices;
    backend.store().create(user.clone().into()).await.unwrap();
}

fn nothing() -> StoredFacts {
    StoredFacts {
        viewer: Some(StoredParty::default()),
        ..StoredFacts::default()
    }
}

fn chose(choices: Choices) -> StoredParty {
    StoredParty {
        choices,
        ..StoredParty::default()
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
            subject: chose(chosen.clone()),
            ..nothing()
        };
        assert_eq!(ask_one(backend, about(pair)).await, expected);
        // The viewer's choices are not in the subject's facts.
        let expected = StoredFacts {
            viewer: Some(chose(chosen)),
            ..nothing()
        };
        let found = ask_one(backend, about(pair.reversed())).await;
        assert_eq!(found, expected);
        let needs = Needs::default();
        let found = ask(backend, &[about(pair.reversed())], needs).await;
        assert_eq!(found, [StoredFacts::default()]);
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
        assert_eq!(facts.subject.choices.is_empty(), user_id != seen);
    }
}

/// The directions of a relationship between viewer and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    None,
    ByViewer,
    BySubject,
    Both,
}

impl Tie {
    const ALL: [Self; 4] = [Self::None, Self::ByViewer, Self::BySubject, Self::Both];

    const fn by_viewer(self) -> bool {
        matches!(self, Self::ByViewer | Self::Both)
    }

    const fn by_subject(self) -> bool {
        matches!(self, Self::BySubject | Self::Both)
    }

    /// The pairs of users for which it exists.
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

/// Creates a pair with these relationships.
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
        is_blocked: blocks.by_subject(),
        subject: Ties {
            added: contacts.by_subject(),
            ..Ties::default()
        },
        viewer: Ties {
            added: contacts.by_viewer(),
            // A block ends a follow.
            follows: asked == Asked::Accepted && blocks == Tie::None,
            ..Ties::default()
        },
        ..Relationship::default()
    }
}

fn ties_of(relationship: &mut Relationship) -> [&mut Ties; 2] {
    [&mut relationship.subject, &mut relationship.viewer]
}

fn are_mutual_contacts(relationship: Relationship) -> bool {
    relationship.subject.added && relationship.viewer.added
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
        let needs = Needs {
            contacts,
            follows,
            ..EVERYTHING
        };
        let found = ask(backend, &questions, needs).await;
        assert_eq!(found.len(), questions.len());
        for (mut expected, found) in relationships.iter().copied().zip(found) {
            let mut found = found.relationship;
            // Facts that are not needed may be in the result or not.
            for ties in ties_of(&mut expected)
                .into_iter()
                .chain(ties_of(&mut found))
            {
                ties.added &= contacts;
                ties.follows &= follows;
            }
            assert_eq!(found, expected, "{needs:?}");
        }
    }
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
        assert_eq!(!facts.subject.choices.is_empty(), seen);
        let facts = ask_one(backend, question(left, gone)).await;
        assert_eq!(facts.relationship, erased);
        assert!(facts.subject.choices.is_empty());
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
        .map(|facts| {
            (
                !facts.subject.choices.is_empty(),
                facts.relationship.is_blocked,
            )
        })
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
    assert!(are_mutual_contacts(last.relationship) && last.relationship.viewer.follows);
    assert!(!last.subject.choices.is_empty());
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
    assert!(are_mutual_contacts(relationship().await));
    store.remove_contact(pair, at(8)).await.unwrap();
    assert!(!are_mutual_contacts(relationship().await));
    store.add_block(pair.reversed(), at(2)).await.unwrap();
    assert!(relationship().await.is_blocked);
    store.remove_block(pair.reversed(), at(8)).await.unwrap();
    assert!(!relationship().await.is_blocked);
    store.follow(&wish(pair, 3)).await.unwrap();
    assert!(relationship().await.viewer.follows);
    store.end_follow(&ending(pair, None)).await.unwrap();
    assert!(!relationship().await.viewer.follows);
}

//! What decisions are made from, and who was erased.

use async_trait::async_trait;
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::rules::decisions::{Relationship, Ties};
use privet_domain::{Pair, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::rules::decisions::{DecisionStore, Inquiry, Question, StoredFacts, StoredParty};
use crate::tombstones::TombstoneStore;

/// What the pair's actor has with the other.
fn ties(state: &State, pair: Pair) -> Ties {
    let contact = state.contact(pair);
    let follow = state.follow(pair);
    Ties {
        added: contact.is_some(),
        close_friend: contact.is_some_and(|contact| contact.close_friend),
        follows: follow.is_some_and(|it| it.status == FollowStatus::Accepted),
    }
}

/// Every fact, needed or not.
fn relationship(state: &State, question: Question) -> Relationship {
    let Question { viewer, subject } = question;
    let is_erased = [viewer, subject]
        .iter()
        .any(|user_id| state.is_erased(*user_id));
    let Ok(pair) = Pair::new(viewer, subject) else {
        return Relationship {
            is_oneself: true,
            is_erased,
            ..Relationship::default()
        };
    };
    Relationship {
        is_oneself: false,
        is_erased,
        is_blocked: state.block(pair.reversed()).is_some(),
        subject: ties(state, pair.reversed()),
        viewer: ties(state, pair),
    }
}

/// What one of the two has for the other.
fn party(state: &State, owner: UserId, other: UserId) -> StoredParty {
    match Pair::new(owner, other) {
        Ok(pair) => state.party(pair),
        Err(_) => state.party_alone(owner),
    }
}

#[async_trait]
impl DecisionStore for FakeStore {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        let mut state = self.state()?;
        state.inquiries.push(inquiries.to_vec());
        let facts = inquiries
            .iter()
            .map(|Inquiry { question, needs }| StoredFacts {
                subject: party(&state, question.subject, question.viewer),
                viewer: needs
                    .viewer
                    .then(|| party(&state, question.viewer, question.subject)),
                relationship: relationship(&state, *question),
            });
        Ok(facts.collect())
    }
}

#[async_trait]
impl TombstoneStore for FakeStore {
    async fn is_erased(&self, user_id: UserId) -> Result<bool, StoreError> {
        Ok(self.state()?.is_erased(user_id))
    }
}

//! What decisions are made from, and who was erased.

use async_trait::async_trait;
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::rules::decisions::Relationship;
use privet_domain::{Pair, UserId};

use super::FakeStore;
use super::state::State;
use crate::StoreError;
use crate::rules::decisions::{DecisionStore, Inquiry, Question, StoredFacts};
use crate::tombstones::TombstoneStore;

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
    let follow = state.follow(pair);
    Relationship {
        is_oneself: false,
        is_erased,
        is_blocked: state.block(pair.reversed()).is_some(),
        are_mutual_contacts: state.contact(pair).is_some_and(|contact| contact.mutual),
        is_accepted_follower: follow.is_some_and(|it| it.status == FollowStatus::Accepted),
    }
}

#[async_trait]
impl DecisionStore for FakeStore {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        let mut state = self.state()?;
        state.inquiries.push(inquiries.to_vec());
        let facts = inquiries
            .iter()
            .map(|Inquiry { question, .. }| StoredFacts {
                choices: state.choices(question.subject),
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

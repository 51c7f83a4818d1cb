//! Decisions: what users' settings allow others. Never from a cache: a decision asked for after the
//! answer to a change reflects the change.

pub(crate) mod counts;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::decisions::{Action, Decision, Facts, decide};

use crate::{Privet, StoreError};

/// The most pairs that are decided about at once.
pub const MOST_PAIRS: usize = 1_000;

/// Whose settings count for whom. The two may be the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// Who acts.
    pub viewer: UserId,
    /// Whose settings count.
    pub subject: UserId,
}

/// What has to be known of a pair, besides the settings and whether anybody is erased or blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Whether the two are mutual contacts.
    pub contacts: bool,
    /// Whether the viewer is an accepted follower.
    pub follows: bool,
}

impl Needs {
    /// What these actions ask for.
    #[must_use]
    pub fn of(actions: impl IntoIterator<Item = Action>) -> Self {
        actions
            .into_iter()
            .fold(Self::default(), |needs, action| Self {
                contacts: needs.contacts || action.asks_for_contacts(),
                follows: needs.follows || action.asks_for_follows(),
            })
    }
}

/// A pair to learn the facts about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inquiry {
    /// Whose settings count for whom.
    pub question: Question,
    /// What has to be known of them.
    pub needs: Needs,
}

/// Knows what decisions are made from.
#[async_trait]
pub trait DecisionStore: Send + Sync {
    /// The facts about each pair, in order, all from one snapshot that holds every change acknowledged
    /// before the call. A user without a row has the settings' defaults. A fact that is not needed MAY
    /// be `false`.
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<Facts>, StoreError>;
}

/// Something to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Who acts, on whom.
    pub question: Question,
    /// What they want.
    pub action: Action,
    /// Whether the viewer administrates the group that it is about.
    pub viewer_is_admin: bool,
}

impl Privet {
    /// Decides all checks, in order, from one snapshot.
    pub async fn decide(&self, checks: &[Check]) -> Result<Vec<Decision>, StoreError> {
        let inquiries = checks.iter().map(|check| Inquiry {
            question: check.question,
            needs: Needs::of([check.action]),
        });
        let facts = self.facts(inquiries.collect()).await?;
        let decisions = checks
            .iter()
            .zip(&facts)
            .map(|(check, facts)| decide(check.action, facts, check.viewer_is_admin));
        let decisions: Vec<_> = decisions.collect();
        let actions = checks.iter().map(|check| check.action);
        counts::count(actions.zip(decisions.iter().copied()));
        Ok(decisions)
    }

    /// Decides every action of one viewer on one subject, in the order of [`Action::ALL`].
    pub async fn decide_all_actions(
        &self,
        question: Question,
        viewer_is_admin: bool,
    ) -> Result<Vec<(Action, Decision)>, StoreError> {
        let facts = self.facts_of_one(question, Needs::of(Action::ALL)).await?;
        let decided = |action| (action, decide(action, &facts, viewer_is_admin));
        let decisions = Action::ALL.map(decided);
        counts::count(decisions);
        Ok(decisions.to_vec())
    }

    pub(crate) async fn decide_one(
        &self,
        question: Question,
        action: Action,
    ) -> Result<Decision, StoreError> {
        let facts = self.facts_of_one(question, Needs::of([action])).await?;
        let decision = decide(action, &facts, false);
        counts::count([(action, decision)]);
        Ok(decision)
    }

    async fn facts_of_one(&self, question: Question, needs: Needs) -> Result<Facts, StoreError> {
        let facts = self.facts(vec![Inquiry { question, needs }]).await?;
        let missing = || StoreError::internal("a pair has no facts");
        facts.first().copied().ok_or_else(missing)
    }

    /// The facts about each pair, one for each.
    pub(crate) async fn facts(&self, inquiries: Vec<Inquiry>) -> Result<Vec<Facts>, StoreError> {
        let facts = if inquiries.is_empty() {
            Vec::new()
        } else {
            self.decisions.facts(&inquiries).await?
        };
        // A fact too few would leave somebody out, or give one pair the facts of another.
        if facts.len() == inquiries.len() {
            Ok(facts)
        } else {
            Err(StoreError::internal("not every pair has its facts"))
        }
    }
}
